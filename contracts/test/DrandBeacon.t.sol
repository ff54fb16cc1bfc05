// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DrandBeacon} from "../src/DrandBeacon.sol";
import {IRandomnessBeacon} from "../src/interfaces/IRandomnessBeacon.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice Real rounds of quicknet, rounds of a key made here, and what is no signature. See test/vectors/drand.json.
contract DrandBeaconTest is TestBase {
    string private json;
    DrandBeacon private quicknet;
    DrandBeacon private local;

    function setUp() public {
        json = vm.readFile("../test/vectors/drand.json");
        quicknet = new DrandBeacon(_network(".quicknet"));
        local = new DrandBeacon(_network(".local"));
    }

    function test_fulfil_givesThePublishedRandomnessOfQuicknet() public {
        eq(_fulfilAll(quicknet, ".quicknet"), 2, "rounds 1000 and 1001");
    }

    function test_fulfil_takesALocalKey() public {
        // Among these are signatures with the greater and with the smaller y, which compress differently.
        eq(_fulfilAll(local, ".local"), 4, "rounds");
    }

    function test_fulfil_refusesWhatIsNoSignatureOfTheRound() public {
        bytes memory signature = _signature(".quicknet", 0);
        _expectRefused(1_001, signature);
        _expectRefused(1_000, vm.parseJsonBytes(json, ".negated"));
        _expectRefused(1_000, new bytes(128));
        _expectRefused(1_000, vm.parseJsonBytes(json, ".local.rounds[0].signature"));
        _expectRefused(1_000, "");
        signature[127] ^= 0x01; // off the curve
        _expectRefused(1_000, signature);
        signature[127] ^= 0x01;
        signature[0] = 0x80; // as if compressed
        _expectRefused(1_000, signature);
    }

    function test_fulfil_onceIsEnough() public {
        bytes32 seed = quicknet.fulfil(1_000, _signature(".quicknet", 0));
        eq(quicknet.fulfil(1_000, ""), seed, "no second proof");
        eq(quicknet.seedOf(1_000), seed, "kept");
        eq(quicknet.seedOf(1_001), 0, "not the next");
    }

    function test_nextRound_isUnknownToEverybody() public {
        uint256 genesis = vm.parseJsonUint(json, ".quicknet.genesis");
        vm.warp(genesis - 100);
        eq(quicknet.nextRound(), 1, "before the first round");
        // Round n begins at genesis + 3 (n - 1); the margin is 12 s.
        vm.warp(genesis);
        eq(quicknet.nextRound(), 6, "begins at + 15 s");
        vm.warp(genesis + 2);
        eq(quicknet.nextRound(), 6, "still");
        vm.warp(genesis + 3);
        eq(quicknet.nextRound(), 7, "begins at + 18 s");
    }

    function test_lateAt_followsTheRoundsTime() public view {
        eq(quicknet.lateAt(1), vm.parseJsonUint(json, ".quicknet.genesis") + 3_600, "first");
        eq(quicknet.lateAt(101), vm.parseJsonUint(json, ".quicknet.genesis") + 300 + 3_600, "later");
    }

    function test_constructor_refusesBadParams() public {
        DrandBeacon.Network memory network = _network(".quicknet");
        network.period = 0;
        vm.expectRevert(DrandBeacon.BeaconBadParams.selector);
        new DrandBeacon(network);
        network = _network(".quicknet");
        network.genesis = 0;
        vm.expectRevert(DrandBeacon.BeaconBadParams.selector);
        new DrandBeacon(network);
    }

    function _fulfilAll(DrandBeacon beacon, string memory network) private returns (uint256 i) {
        for (; vm.keyExistsJson(json, _round(network, i, "")); ++i) {
            uint64 round = uint64(vm.parseJsonUint(json, _round(network, i, ".round")));
            bytes32 expected = vm.parseJsonBytes32(json, _round(network, i, ".randomness"));
            eq(beacon.fulfil(round, _signature(network, i)), expected, "randomness");
        }
    }

    function _expectRefused(uint64 round, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IRandomnessBeacon.BeaconBadProof.selector, round));
        quicknet.fulfil(round, signature);
    }

    function _signature(string memory network, uint256 i) private view returns (bytes memory) {
        return vm.parseJsonBytes(json, _round(network, i, ".signature"));
    }

    function _network(string memory name) private view returns (DrandBeacon.Network memory network) {
        bytes memory key = vm.parseJsonBytes(json, string.concat(name, ".key"));
        network.key = abi.decode(key, (bytes32[8]));
        network.genesis = uint64(vm.parseJsonUint(json, string.concat(name, ".genesis")));
        network.period = uint64(vm.parseJsonUint(json, string.concat(name, ".period")));
        (network.margin, network.lateAfter) = (12, 3_600);
    }

    function _round(string memory network, uint256 i, string memory key) private pure returns (string memory) {
        return string.concat(network, ".rounds[", vm.toString(i), "]", key);
    }
}
