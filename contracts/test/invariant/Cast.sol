// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Deal, Result} from "../../src/interfaces/Types.sol";
import {TestBase} from "../support/TestBase.sol";

/// @notice Who acts in the invariant tests, and what they would say: accounts, keys, signatures, results, votes.
abstract contract Cast is TestBase {
    uint256 private constant FIRST_KEY = 0x5000;
    uint256 internal constant PARTIES = 4; // any of them creates, any other provides
    uint256 internal constant MEDIATORS = 14;
    bytes32 internal constant SALT = keccak256("salt");
    bytes32 private constant VOTE_TYPEHASH = keccak256("Vote(bytes32 deal,uint8 round,bytes32 commitment)");

    function party(uint256 i) public pure returns (address) {
        return vm.addr(_partyKey(i));
    }

    function mediator(uint256 i) public pure returns (address) {
        return vm.addr(FIRST_KEY + PARTIES + i % MEDIATORS);
    }

    function _result(Deal memory deal) internal pure returns (Result memory) {
        return Result(keccak256(abi.encode(deal.nonce)), 0, uint64(deal.nonce * 1e6));
    }

    function _digest(Deal memory deal) internal pure returns (bytes32) {
        Result memory result = _result(deal);
        return keccak256(abi.encode(result.root, result.status, result.used));
    }

    /// @dev What a seat votes for: two bits of the fuzzer's.
    function _choice(Deal memory deal, uint256 choice) internal pure returns (bytes32) {
        if (choice & 3 == 1) return keccak256("wrong");
        return choice & 3 == 2 ? keccak256("lilynode.unverifiable") : _digest(deal);
    }

    function _budget(Deal memory deal) internal pure returns (uint256) {
        (uint256 seats, uint256 sum) = (deal.seats, 0);
        for (uint256 round = 0; round < deal.rounds; ++round) {
            sum += seats;
            seats = seats < 3 ? 2 * seats + 1 : 7;
        }
        return sum * deal.seatFee;
    }

    function _signBallot(address member, bytes32 domain, bytes32 id, uint8 round, bytes32 commitment)
        internal
        pure
        returns (bytes memory)
    {
        return _signTyped(member, domain, keccak256(abi.encode(VOTE_TYPEHASH, id, round, commitment)));
    }

    function _signTyped(address account, bytes32 domain, bytes32 structHash) internal pure returns (bytes memory) {
        return _sign(_keyOf(account), keccak256(abi.encodePacked(hex"1901", domain, structHash)));
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _partyKey(uint256 i) internal pure returns (uint256) {
        return FIRST_KEY + i % PARTIES;
    }

    function _keyOf(address account) private pure returns (uint256) {
        for (uint256 key = FIRST_KEY; key < FIRST_KEY + PARTIES + MEDIATORS; ++key) {
            if (vm.addr(key) == account) return key;
        }
        revert NotTrue("a known account");
    }
}
