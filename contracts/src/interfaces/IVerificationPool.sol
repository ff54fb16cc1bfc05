// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Deal} from "./Types.sol";

/// @title VerificationPool: fees, penalties and slashed money in, audits out
/// @notice The Market's `pool` account. It pays for the audits of deals that ask for them (`auditBps`): after a submission
///   anyone ties the deal to a beacon round that nobody can know; when that round's seed hits the deal's odds, anyone has
///   the pool challenge the deal and earns a bounty of one seat's fee.
/// @dev Nobody owns the pool and nothing else leaves it. It pays for an audit only if the odds times its cost are no more
///   than the fee the deal pays, so that deals made to be audited bring their makers nothing.
interface IVerificationPool {
    /// @notice Whether `id` is audited will be decided by beacon round `seedRound`.
    event Armed(bytes32 indexed id, uint64 seedRound);
    /// @notice The lottery hit: the pool challenged the deal, and `caller` earned `bounty`.
    event Audited(bytes32 indexed id, address indexed caller, uint256 bounty);

    error AuditNotSubmitted(bytes32 id);
    error AuditArmedAlready(bytes32 id, uint64 seedRound);
    error AuditNotArmed(bytes32 id);
    error AuditSeedUnknown(bytes32 id, uint64 seedRound);
    error AuditMissed(bytes32 id, uint256 drawn, uint256 auditBps);
    error AuditTooDear(bytes32 id, uint256 expectedCost, uint256 fee);

    /// @notice Ties a submitted deal to a beacon round. Anyone, once.
    function arm(Deal calldata deal) external returns (uint64 seedRound);

    /// @notice Challenges an armed deal that the lottery hit. Anyone, by submit time + window.
    function audit(Deal calldata deal) external;

    /// @notice The beacon round that decides about a deal; 0 = not armed.
    function seedRoundOf(bytes32 id) external view returns (uint64);

    /// @notice Whether a deal is hit: `keccak256(abi.encode(seed, id)) mod 10000 < auditBps`.
    function isHit(bytes32 id, bytes32 seed, uint16 auditBps) external pure returns (bool);
}
