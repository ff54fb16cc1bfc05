// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Factory} from "../src/Factory.sol";
import {Spawner} from "../src/Spawner.sol";
import {MockBeacon} from "./support/MockBeacon.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice An address is the caller's and the salt's, whatever is put there.
contract FactoryTest is TestBase {
    event Made(address indexed by, bytes32 indexed salt, address made);

    Factory private factory = new Factory();

    function testFuzz_make_whereItIsExpected(address by, bytes32 salt) public {
        address expected = _addressOf(by, salt);
        vm.expectEmit();
        emit Made(by, salt, expected);
        vm.prank(by);
        address made = factory.make(salt, type(MockBeacon).creationCode);
        eq(made, expected, "address");
        eq(keccak256(made.code), keccak256(type(MockBeacon).runtimeCode), "code");
        eq(MockBeacon(made).nextRound(), 1, "its constructor ran");
    }

    function test_make_theAddressIsNotTheCodes() public {
        uint256 snapshot = vm.snapshotState();
        address first = factory.make("salt", type(MockBeacon).creationCode);
        vm.revertToState(snapshot);
        eq(factory.make("salt", type(Factory).creationCode), first, "address");
    }

    function test_make_nobodyIsFirstAtAnothersAddress() public {
        vm.prank(address(0xBAD));
        address theirs = factory.make("salt", type(MockBeacon).creationCode);
        ok(theirs != factory.make("salt", type(MockBeacon).creationCode), "each has its own");
    }

    function test_make_onlyOnce() public {
        factory.make("salt", type(MockBeacon).creationCode);
        vm.expectRevert();
        factory.make("salt", type(MockBeacon).creationCode);
    }

    function test_make_tellsOfAConstructorThatReverts() public {
        vm.expectRevert(abi.encodeWithSelector(Factory.FactoryFailed.selector, bytes32("salt")));
        factory.make("salt", hex"60006000fd");
    }

    function _addressOf(address by, bytes32 salt) private view returns (address) {
        bytes32 mixed = keccak256(abi.encode(by, salt));
        bytes32 spawner = keccak256(abi.encodePacked(hex"ff", factory, mixed, keccak256(type(Spawner).creationCode)));
        return
            address(
                uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(uint160(uint256(spawner))), hex"01"))))
            );
    }
}
