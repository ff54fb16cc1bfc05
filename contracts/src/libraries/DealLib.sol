// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Deal, Result} from "../interfaces/Types.sol";

/// @title Digests and totals of a deal
/// @notice EIP-712 digests (the domain is the Market's) and the amounts that follow from the terms.
library DealLib {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant DEAL_TYPEHASH = keccak256(
        "Deal(address creator,address provider,address token,uint96 price,uint96 unitPrice,uint96 collateral,"
        "uint96 seatFee,uint32 jobs,uint32 runTime,uint32 window,uint8 seats,uint8 rounds,uint16 auditBps,"
        "bytes32 jobOffer,bytes32 resourceOffer,bytes32 spec,bytes32 module,uint64 validUntil,uint256 nonce)"
    );
    bytes32 private constant ACCEPT_TYPEHASH = keccak256("Accept(bytes32 deal,bytes32 result)");
    bytes32 private constant CANCEL_TYPEHASH = keccak256("Cancel(bytes32 deal)");
    bytes32 private constant VOTE_TYPEHASH = keccak256("Vote(bytes32 deal,uint8 round,bytes32 commitment)");

    /// @dev 19 fields of a word each.
    uint256 private constant DEAL_BYTES = 608;

    /// @dev Most seats of a committee; a packed committee has room for no more.
    uint8 internal constant MAX_SEATS = 7;
    /// @dev Most rounds of a dispute.
    uint8 internal constant MAX_ROUNDS = 3;
    /// @dev Gas units that `unitPrice` pays for.
    uint256 internal constant UNIT_GAS = 1e6;
    /// @dev As `unitPrice`: the whole price, but only for a result that the creator accepts or a committee upholds.
    uint96 internal constant IF_ACCEPTED = type(uint96).max;

    /// @notice The EIP-712 domain separator of `verifier` on this chain.
    function domain(address verifier) internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("lilynode"), keccak256("1"), block.chainid, verifier));
    }

    /// @notice The deal's id: what its creator signs.
    /// @dev Copies the calldata as it is, which is `abi.encode` for a struct of words. Dirty upper bits give an id that no
    ///   deal has: `commit` emits the whole deal, and encoding it refuses them.
    function id(Deal calldata deal, bytes32 domainSeparator) internal pure returns (bytes32) {
        bytes32 typehash = DEAL_TYPEHASH;
        bytes32 structHash;
        assembly ("memory-safe") {
            let free := mload(0x40) // scratch beyond the free pointer
            mstore(free, typehash)
            calldatacopy(add(free, 0x20), deal, DEAL_BYTES)
            structHash := keccak256(free, add(DEAL_BYTES, 0x20))
        }
        return _typed(domainSeparator, structHash);
    }

    /// @notice What a creator signs to accept a result.
    function acceptance(bytes32 dealId, bytes32 resultDigest, bytes32 domainSeparator) internal pure returns (bytes32) {
        return _typed(domainSeparator, keccak256(abi.encode(ACCEPT_TYPEHASH, dealId, resultDigest)));
    }

    /// @notice What both parties sign to cancel.
    function cancellation(bytes32 dealId, bytes32 domainSeparator) internal pure returns (bytes32) {
        return _typed(domainSeparator, _pair(CANCEL_TYPEHASH, dealId));
    }

    /// @notice What a mediator signs to have its commitment relayed.
    function ballot(bytes32 dealId, uint8 round, bytes32 commitment, bytes32 domainSeparator)
        internal
        pure
        returns (bytes32)
    {
        return _typed(domainSeparator, keccak256(abi.encode(VOTE_TYPEHASH, dealId, round, commitment)));
    }

    /// @notice What a vote names and a creator accepts.
    function digest(Result calldata result) internal pure returns (bytes32) {
        return keccak256(abi.encode(result.root, result.status, result.used));
    }

    /// @notice A result, blinded by `salt` and bound to its provider.
    function blind(bytes32 resultDigest, bytes32 salt, address provider) internal pure returns (bytes32) {
        return keccak256(abi.encode(resultDigest, salt, provider));
    }

    /// @notice How a deal ended, for contracts that were not there: the digest of the result, and what the creator was
    ///   credited, as creator and as challenger.
    function outcome(bytes32 resultDigest, uint256 toCreator) internal pure returns (bytes32) {
        return _pair(resultDigest, bytes32(toCreator));
    }

    /// @notice P: the price of all jobs.
    function totalPrice(Deal calldata deal) internal pure returns (uint256) {
        return uint256(deal.price) * deal.jobs;
    }

    /// @notice C: the collateral of all jobs.
    function totalCollateral(Deal calldata deal) internal pure returns (uint256) {
        return uint256(deal.collateral) * deal.jobs;
    }

    /// @notice What the provider earns, fees included, for a result that took `used` gas units; rounded down.
    function earned(Deal calldata deal, uint64 used) internal pure returns (uint256) {
        uint256 cap = totalPrice(deal);
        if (deal.unitPrice == 0 || deal.unitPrice == IF_ACCEPTED) return cap;
        uint256 metered = uint256(deal.unitPrice) * used / UNIT_GAS;
        return metered < cap ? metered : cap;
    }

    /// @notice The size of the committee of `round`, when the first one has `seats`.
    function seatsIn(uint8 seats, uint8 round) internal pure returns (uint8) {
        for (; round > 0 && seats < MAX_SEATS; --round) {
            seats = seats < 3 ? 2 * seats + 1 : MAX_SEATS;
        }
        return seats;
    }

    /// @notice B: the fees of all seats of all rounds.
    function budget(Deal calldata deal) internal pure returns (uint256) {
        return uint256(deal.seatFee) * seatsOf(deal.seats, deal.rounds);
    }

    /// @notice The seats of all rounds, when the first committee has `seats`.
    function seatsOf(uint8 seats, uint8 rounds) internal pure returns (uint256 sum) {
        for (uint8 round = 0; round < rounds; ++round) {
            sum += seatsIn(seats, round);
        }
    }

    function _typed(bytes32 domainSeparator, bytes32 structHash) private pure returns (bytes32 typed) {
        assembly ("memory-safe") {
            let free := mload(0x40) // scratch beyond the free pointer
            mstore(free, 0x1901000000000000000000000000000000000000000000000000000000000000)
            mstore(add(free, 0x02), domainSeparator)
            mstore(add(free, 0x22), structHash)
            typed := keccak256(free, 0x42)
        }
    }

    /// @dev `keccak256(abi.encode(a, b))` in the scratch space.
    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0x00, a)
            mstore(0x20, b)
            hash := keccak256(0x00, 0x40)
        }
    }
}
