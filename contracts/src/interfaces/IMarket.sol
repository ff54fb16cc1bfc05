// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "./ILedger.sol";
import {Deal, DealStatus, Payee, Result, Ruling} from "./Types.sol";

/// @title Market: escrow of every deal
/// @notice Holds all money, moves a deal from status to status, pays each deal exactly once. P = price * jobs,
///   C = collateral * jobs, B = seatFee * (seats of all rounds). "By t" includes t; "after t" does not.
///
///   None -> Committed -> Submitted -> Settled
///   Committed -> Settled | Refunded | Cancelled;  Submitted -> Disputed -> Settled | Slashed | Void
/// @dev No owner, no upgrade, no pause. The Court may lock an appeal's deposit and resolve; it never holds escrow.
interface IMarket is ILedger {
    /// @notice What a deployment fixes for ever.
    struct MarketParams {
        address court; // the only caller of `resolve`
        address registry; // module authors and the public-goods list; 0 = neither author fees nor waivers
        address pool; // receives protocol fees, penalties and what is left of slashed collateral
        uint16 feeBps; // protocol fee on what the provider earns, <= 1000
        uint32 maxRunTime; // longest `runTime` of a deal
        uint32 maxWindow; // longest `window` of a deal
        uint96 minSeatFee; // least `seatFee` of a deal in the native coin: mediators may not refuse a seat
        address token; // the one ERC-20 that deals may be in; 0 = native coin only
        uint96 minTokenSeatFee; // least `seatFee` of a deal in that token
    }

    // --- events: enough to rebuild every deal and balance

    /// @notice None -> Committed. P left the creator's balance, C the provider's.
    event Committed(bytes32 indexed id, address indexed provider, address indexed creator, Deal deal);

    /// @notice Committed -> Submitted. `commitment` blinds the result; its first 26 bytes are stored.
    event Submitted(bytes32 indexed id, bytes32 commitment);

    /// @notice Submitted -> Disputed. `challenger` paid `budget` for all rounds.
    event Challenged(bytes32 indexed id, address indexed challenger, uint256 budget);

    /// @notice Committed | Submitted | Disputed -> Settled.
    /// @param digest of the result that was accepted, opened or found; 0 when a window ran out over a blinded one
    /// @param paid to the provider, without its collateral
    /// @param refunded of the price, to the creator (metered deals)
    /// @param fee to the pool
    /// @param authorFee to the module's author
    event Settled(bytes32 indexed id, bytes32 digest, uint256 paid, uint256 refunded, uint256 fee, uint256 authorFee);

    /// @notice Disputed -> Slashed: the provider lost its whole collateral.
    /// @param digest of the result that the committee found; 0 when the provider did not open its own
    /// @param compensation to the creator, on top of the price
    /// @param forfeited to the pool
    event Slashed(bytes32 indexed id, bytes32 digest, uint256 compensation, uint256 forfeited);

    /// @notice Committed -> Refunded: no result in time.
    /// @param penalty taken from the provider's collateral, half for the creator (rounded down), half for the pool
    event Refunded(bytes32 indexed id, uint256 penalty);

    /// @notice Committed -> Cancelled by both parties.
    event Cancelled(bytes32 indexed id);

    /// @notice Disputed -> Void: no verdict; both parties got their own back.
    event Voided(bytes32 indexed id);

    /// @notice A deal credited `amount` to `account`. Returned escrow is part of the amount.
    event Paid(bytes32 indexed id, address indexed account, Payee payee, uint256 amount);

    // --- errors

    error DealUnexpectedStatus(bytes32 id, DealStatus current, uint256 allowed);
    error DealTerms(bytes32 field, uint256 found, uint256 limit);
    error DealSameParties(address account);
    error DealExpired(uint256 blockNumber, uint256 validUntil);
    error DealWrongChain(uint256 chainId, uint256 expected);
    error DealBadSignature(bytes32 digest, address signer);
    error DealNotParty(address caller, address expected);
    error DealTooEarly(bytes32 id, uint256 time, uint256 after_);
    error DealTooLate(bytes32 id, uint256 time, uint256 by);
    error DealNotMetered(bytes32 id);
    error DealBadOpening(bytes32 id, bytes32 found, bytes32 expected);
    error DealUnfundedChallenge(bytes32 id);
    error MarketBadParams();
    error MarketLengths(uint256 deals, uint256 others);

    // --- commit

    /// @notice The provider takes a deal that the creator signed. By block `validUntil`.
    /// @param creatorSig over the deal's id: 65 or 64 bytes (EIP-2098), or whatever an ERC-1271 creator expects
    /// @return id of the deal
    function commit(Deal calldata deal, bytes calldata creatorSig) external returns (bytes32 id);

    /// @notice As `commit`, sent by anybody who has both signatures over the deal's id.
    function commitSigned(Deal calldata deal, bytes calldata creatorSig, bytes calldata providerSig)
        external
        returns (bytes32 id);

    /// @notice As many `commit`s; one that fails reverts all.
    function commitMany(Deal[] calldata deals, bytes[] calldata creatorSigs) external;

    // --- result

    /// @notice The provider hands in its blinded result. By commit time + runTime.
    /// @param commitment `keccak256(abi.encode(resultDigest, salt, provider))`
    function submit(Deal calldata deal, bytes32 commitment) external;

    /// @notice The creator accepts `result`; pays at once, with or without a submission.
    function accept(Deal calldata deal, Result calldata result) external;

    /// @notice As `accept`, sent by anybody who has the creator's signature over `Accept{deal, result digest}`.
    function settleAccepted(Deal calldata deal, Result calldata result, bytes calldata creatorSig) external;

    /// @notice As many `settleAccepted`s; one that fails reverts all.
    function settleAcceptedMany(Deal[] calldata deals, Result[] calldata results, bytes[] calldata creatorSigs) external;

    /// @notice Pays an unchallenged result. Anyone, after submit time + window.
    /// @dev A metered deal pays nothing here, and only after a second window: its provider is expected to use
    ///   `settleMetered`. Nor does one that pays `IF_ACCEPTED`: its creator is expected to accept.
    function settle(Deal calldata deal) external;

    /// @notice Pays an unchallenged result by the gas it used. Anyone who can open it, after submit time + window.
    function settleMetered(Deal calldata deal, Result calldata result, bytes32 salt) external;

    // --- the other ends

    /// @notice Refunds a deal without a result. Anyone, after commit time + runTime.
    function timeout(Deal calldata deal) external;

    /// @notice Calls a committed deal off. A party that sends it may leave its own signature (over `Cancel{deal}`) empty.
    function cancel(Deal calldata deal, bytes calldata creatorSig, bytes calldata providerSig) external;

    /// @notice Asks for a committee, paying B for all rounds up front. By submit time + window. The creator, or
    ///   anybody else when the deal pays its seats.
    function challenge(Deal calldata deal) external;

    /// @notice Locks the deposit of an appeal out of `account`'s balance. Only the Court, in a dispute.
    function lockDeposit(Deal calldata deal, address account, uint256 amount) external;

    /// @notice Ends a dispute and pays everybody. Only the Court, once per dispute.
    /// @dev Deposits: back to who won or where there is no verdict, else to who paid the seats (challenger or pool).
    function resolve(Deal calldata deal, Ruling calldata ruling) external;

    // --- views

    /// @notice The id of a deal: its EIP-712 digest.
    function hashDeal(Deal calldata deal) external view returns (bytes32);

    /// @notice What is stored of a deal.
    /// @return status where it stands
    /// @return since when it came to Committed or Submitted, or ended
    /// @return commitment first 26 bytes of the blinded result; once the deal has ended, of
    ///   `keccak256(abi.encode(result digest, wei credited to the creator, as challenger too))`
    function stateOf(bytes32 id) external view returns (DealStatus status, uint40 since, bytes26 commitment);

    /// @notice Who paid for the dispute of a deal; 0 when the creator did.
    function challengerOf(bytes32 id) external view returns (address);

    /// @notice What this deployment fixed.
    function params() external view returns (MarketParams memory);

    /// @notice The EIP-712 domain separator of deals, acceptances and cancellations.
    function domainSeparator() external view returns (bytes32);
}
