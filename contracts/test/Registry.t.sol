// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IModuleRegistry} from "../src/interfaces/IModuleRegistry.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice Names of modules, lists and attestations.
contract RegistryTest is MarketBase {
    event Published(bytes32 indexed module, address indexed author, string name, string version, uint16 feeBps);
    event Attested(bytes32 indexed module, address indexed attester, bool deterministic, uint32 runs);

    bytes32 private constant MODULE = keccak256("module");
    address private constant AUTHOR = address(0xA0);

    function test_publish_keepsTheEntry() public {
        vm.expectEmit();
        emit Published(MODULE, AUTHOR, "ascii/cow_say-2", "1.0.0", 30);
        _publish("ascii/cow_say-2", "1.0.0", MODULE, 30);
        IModuleRegistry.Entry memory entry = registry.find("ascii/cow_say-2", "1.0.0");
        eq(entry.module, MODULE, "module");
        eq(entry.author, AUTHOR, "author");
        eq(entry.feeBps, 30, "fee");
        eq(entry.publishedAt, block.timestamp, "time");
        eq(registry.ownerOf("ascii/cow_say-2"), AUTHOR, "owner of the name");
        eq(registry.find("ascii/cow_say-2", "1.0.1").module, 0, "no other version");
    }

    function test_publish_neverChangesAVersion() public {
        _publish("cowsay", "1", MODULE, 0);
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.ModuleVersionTaken.selector, "cowsay", "1"));
        _publish("cowsay", "1", keccak256("other"), 0);
    }

    function test_publish_onlyTheOwnerOfTheName() public {
        _publish("cowsay", "1", MODULE, 0);
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.ModuleNameTaken.selector, "cowsay", AUTHOR));
        registry.publish("cowsay", "2", MODULE, 0);
    }

    function test_publish_theFirstAuthorOfAModuleKeepsItsFee() public {
        _publish("cowsay", "1", MODULE, 30);
        registry.publish("copycat", "1", MODULE, 1_000);
        (address author, uint16 feeBps, bool isPublicGood) = registry.termsOf(MODULE);
        eq(author, AUTHOR, "author");
        eq(feeBps, 30, "fee");
        ok(!isPublicGood, "not listed");
    }

    function test_publish_refusesBadNames() public {
        string[8] memory bad = ["", "Cow", "cow say", "cow:say", "k\xc3\xb6", "a\x00", "@cow", "cow,"];
        for (uint256 i = 0; i < bad.length; ++i) {
            _expectBadName(bad[i], "1", bad[i]);
            _expectBadName("cow", bad[i], bad[i]);
        }
        string memory longest = "0123456789abcdefghijklmnopqrstuvwxyz-_./0123456789abcdefghijklmn";
        _publish(longest, longest, MODULE, 0);
        string memory tooLong = string.concat(longest, "o");
        _expectBadName(tooLong, "1", tooLong);
    }

    function test_publish_refusesNoModuleAndTooHighAFee() public {
        vm.expectRevert(IModuleRegistry.ModuleZero.selector);
        registry.publish("cowsay", "1", 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.ModuleFeeTooHigh.selector, 1_001, 1_000));
        registry.publish("cowsay", "1", MODULE, 1_001);
        registry.publish("cowsay", "1", MODULE, 1_000);
    }

    function test_curate_isEachCuratorsOwn() public {
        registry.curate(MODULE, true);
        ok(registry.isListed(address(this), MODULE), "listed here");
        ok(!registry.isListed(STEWARD, MODULE), "not there");
        (,, bool isPublicGood) = registry.termsOf(MODULE);
        ok(!isPublicGood, "only the steward's list counts");
        vm.prank(STEWARD);
        registry.curate(MODULE, true);
        (,, isPublicGood) = registry.termsOf(MODULE);
        ok(isPublicGood, "now it does");
        vm.prank(STEWARD);
        registry.curate(MODULE, false);
        (,, isPublicGood) = registry.termsOf(MODULE);
        ok(!isPublicGood, "and no longer");
    }

    function test_attest_isAnEvent() public {
        vm.expectEmit();
        emit Attested(MODULE, address(this), true, 12);
        registry.attest(MODULE, true, 12);
    }

    function _publish(string memory name, string memory version, bytes32 module, uint16 feeBps) private {
        vm.prank(AUTHOR);
        registry.publish(name, version, module, feeBps);
    }

    function _expectBadName(string memory name, string memory version, string memory culprit) private {
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.ModuleBadName.selector, culprit));
        registry.publish(name, version, MODULE, 0);
    }
}
