// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Deal, Result} from "../src/interfaces/Types.sol";
import {ISlots} from "../src/interfaces/ISlots.sol";
import {Committee} from "../src/libraries/Committee.sol";
import {DealLib} from "../src/libraries/DealLib.sol";
import {Tally} from "../src/libraries/Tally.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice The libraries against test/vectors, which TypeScript reads too.
contract VectorsTest is TestBase {
    string private constant DIR = "../test/vectors/";

    ISlots.Slot[] private _slots;

    function test_deal() public {
        string memory json = _read("deal.json");
        vm.chainId(vm.parseJsonUint(json, ".domain.chainId"));
        bytes32 domain = DealLib.domain(vm.parseJsonAddress(json, ".domain.verifyingContract"));
        eq(domain, vm.parseJsonBytes32(json, ".domainSeparator"), "domain separator");
        uint256 i = 0;
        for (; vm.keyExistsJson(json, _at(i, "")); ++i) {
            bytes32 id = this.hashDeal(_deal(json, i), domain);
            eq(id, vm.parseJsonBytes32(json, _at(i, ".id")), "id");
            bytes32 accepted = vm.parseJsonBytes32(json, _at(i, ".result"));
            eq(DealLib.acceptance(id, accepted, domain), vm.parseJsonBytes32(json, _at(i, ".acceptance")), "acceptance");
            eq(DealLib.cancellation(id, domain), vm.parseJsonBytes32(json, _at(i, ".cancellation")), "cancellation");
        }
        eq(i, 3, "cases");
    }

    function test_result() public view {
        string memory json = _read("result.json");
        uint256 i = 0;
        for (; vm.keyExistsJson(json, _at(i, "")); ++i) {
            Result memory result = Result(
                vm.parseJsonBytes32(json, _at(i, ".root")),
                uint8(vm.parseJsonUint(json, _at(i, ".status"))),
                uint64(vm.parseJsonUint(json, _at(i, ".used")))
            );
            bytes32 digest = this.hashResult(result);
            eq(digest, vm.parseJsonBytes32(json, _at(i, ".digest")), "digest");
            bytes32 salt = vm.parseJsonBytes32(json, _at(i, ".salt"));
            address provider = vm.parseJsonAddress(json, _at(i, ".provider"));
            eq(DealLib.blind(digest, salt, provider), vm.parseJsonBytes32(json, _at(i, ".commitment")), "commitment");
        }
        eq(i, 3, "cases");
    }

    function test_vote() public {
        string memory json = _read("vote.json");
        vm.chainId(vm.parseJsonUint(json, ".domain.chainId"));
        address court = vm.parseJsonAddress(json, ".domain.verifyingContract");
        bytes32 domain = DealLib.domain(court);
        eq(domain, vm.parseJsonBytes32(json, ".domainSeparator"), "domain separator");
        eq(Tally.UNVERIFIABLE, vm.parseJsonBytes32(json, ".unverifiable"), "unverifiable");
        uint256 i = 0;
        for (; vm.keyExistsJson(json, _at(i, "")); ++i) {
            bytes32 id = vm.parseJsonBytes32(json, _at(i, ".deal"));
            uint8 round = uint8(vm.parseJsonUint(json, _at(i, ".round")));
            bytes32 commitment = vm.parseJsonBytes32(json, _at(i, ".commitment"));
            eq(_commitment(json, i, court, id, round), commitment, "commitment");
            eq(DealLib.ballot(id, round, commitment, domain), vm.parseJsonBytes32(json, _at(i, ".ballot")), "ballot");
        }
        eq(i, 3, "cases");
    }

    function test_committee() public {
        string memory json = _read("committee.json");
        uint40 time = uint40(vm.parseJsonUint(json, ".requestedAt"));
        for (uint256 i = 0; vm.keyExistsJson(json, _slot(i, "")); ++i) {
            _slots.push(
                ISlots.Slot(
                    vm.parseJsonAddress(json, _slot(i, ".owner")),
                    uint40(vm.parseJsonUint(json, _slot(i, ".activeFrom"))),
                    uint40(vm.parseJsonUint(json, _slot(i, ".exitAt"))),
                    0
                )
            );
        }
        uint256 drawn = 0;
        for (; vm.keyExistsJson(json, _at(drawn, "")); ++drawn) {
            _expectCommittee(json, drawn, time);
        }
        eq(drawn, 10, "cases");
    }

    function test_tally() public view {
        string memory json = _read("tally.json");
        uint256 i = 0;
        for (; vm.keyExistsJson(json, _at(i, "")); ++i) {
            bytes32[] memory votes = vm.parseJsonBytes32Array(json, _at(i, ".votes"));
            eq(Tally.decide(votes, false), vm.parseJsonBytes32(json, _at(i, ".notLast")), "not the last round");
            eq(Tally.decide(votes, true), vm.parseJsonBytes32(json, _at(i, ".last")), "the last round");
            eq(Tally.decideAlone(votes), vm.parseJsonBytes32(json, _at(i, ".alone")), "no next round");
        }
        eq(i, 13, "cases");
    }

    function test_seats() public view {
        string memory json = _read("seats.json");
        for (uint256 i = 0; i < 7; ++i) {
            uint256[] memory rounds = vm.parseJsonUintArray(json, _at(i, ".rounds"));
            for (uint8 round = 0; round < rounds.length; ++round) {
                eq(DealLib.seatsIn(uint8(i + 1), round), rounds[round], "seats");
            }
        }
    }

    function hashDeal(Deal calldata deal, bytes32 domain) external pure returns (bytes32) {
        return DealLib.id(deal, domain);
    }

    function hashResult(Result calldata result) external pure returns (bytes32) {
        return DealLib.digest(result);
    }

    function _expectCommittee(string memory json, uint256 i, uint40 time) private view {
        Committee.Request memory request = Committee.Request(
            vm.parseJsonBytes32(json, _at(i, ".deal")),
            vm.parseJsonBytes32(json, _at(i, ".seed")),
            time,
            uint32(vm.parseJsonUint(json, _at(i, ".slots"))),
            uint8(vm.parseJsonUint(json, _at(i, ".round"))),
            uint8(vm.parseJsonUint(json, _at(i, ".seats")))
        );
        address[] memory excluded = vm.parseJsonAddressArray(json, _at(i, ".excluded"));
        (uint256 word, address[] memory members) = Committee.draw(_slots, request, excluded);
        address[] memory expected = vm.parseJsonAddressArray(json, _at(i, ".members"));
        uint256[] memory slots = vm.parseJsonUintArray(json, _at(i, ".seatSlots"));
        eq(members.length, expected.length, "size");
        for (uint256 seat = 0; seat < members.length; ++seat) {
            eq(members[seat], expected[seat], "member");
            eq(Committee.slotAt(word, seat), slots[seat], "slot");
        }
        eq(Committee.timeOf(word), time, "time");
        eq(Committee.sizeOf(word), request.seats, "seats asked for");
    }

    function _commitment(string memory json, uint256 i, address court, bytes32 id, uint8 round)
        private
        view
        returns (bytes32)
    {
        address member = vm.parseJsonAddress(json, _at(i, ".member"));
        bytes32 digest = vm.parseJsonBytes32(json, _at(i, ".digest"));
        bytes32 salt = vm.parseJsonBytes32(json, _at(i, ".salt"));
        return keccak256(abi.encode(block.chainid, court, id, round, member, digest, salt));
    }

    function _deal(string memory json, uint256 i) private pure returns (Deal memory deal) {
        deal.creator = vm.parseJsonAddress(json, _at(i, ".deal.creator"));
        deal.provider = vm.parseJsonAddress(json, _at(i, ".deal.provider"));
        deal.token = vm.parseJsonAddress(json, _at(i, ".deal.token"));
        deal.price = uint96(vm.parseJsonUint(json, _at(i, ".deal.price")));
        deal.unitPrice = uint96(vm.parseJsonUint(json, _at(i, ".deal.unitPrice")));
        deal.collateral = uint96(vm.parseJsonUint(json, _at(i, ".deal.collateral")));
        deal.seatFee = uint96(vm.parseJsonUint(json, _at(i, ".deal.seatFee")));
        deal.jobs = uint32(vm.parseJsonUint(json, _at(i, ".deal.jobs")));
        deal.runTime = uint32(vm.parseJsonUint(json, _at(i, ".deal.runTime")));
        deal.window = uint32(vm.parseJsonUint(json, _at(i, ".deal.window")));
        deal.seats = uint8(vm.parseJsonUint(json, _at(i, ".deal.seats")));
        deal.rounds = uint8(vm.parseJsonUint(json, _at(i, ".deal.rounds")));
        deal.auditBps = uint16(vm.parseJsonUint(json, _at(i, ".deal.auditBps")));
        deal.jobOffer = vm.parseJsonBytes32(json, _at(i, ".deal.jobOffer"));
        deal.resourceOffer = vm.parseJsonBytes32(json, _at(i, ".deal.resourceOffer"));
        deal.spec = vm.parseJsonBytes32(json, _at(i, ".deal.spec"));
        deal.module = vm.parseJsonBytes32(json, _at(i, ".deal.module"));
        deal.validUntil = uint64(vm.parseJsonUint(json, _at(i, ".deal.validUntil")));
        deal.nonce = vm.parseJsonUint(json, _at(i, ".deal.nonce"));
    }

    function _read(string memory name) private view returns (string memory) {
        return vm.readFile(string.concat(DIR, name));
    }

    function _at(uint256 i, string memory key) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(i), "]", key);
    }

    function _slot(uint256 i, string memory key) private pure returns (string memory) {
        return string.concat(".slots[", vm.toString(i), "]", key);
    }
}
