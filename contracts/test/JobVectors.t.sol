// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IOnchainJobs, Input} from "../src/interfaces/IOnchainJobs.sol";
import {JobBlock} from "../src/libraries/JobBlock.sol";
import {ResultFile} from "../src/libraries/ResultFile.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice The blocks that nodes write, as contracts read and write them: test/vectors/job.json, directory.json.
contract JobVectorsTest is TestBase {
    string private json;

    function test_jobs() public {
        json = vm.readFile("../test/vectors/job.json");
        uint256 index;
        for (; vm.keyExistsJson(json, _at(index, "")); ++index) {
            Input[] memory inputs = new Input[](vm.parseJsonUint(json, _at(index, ".count")));
            for (uint256 i = 0; i < inputs.length; ++i) {
                string memory input = string.concat(_at(index, ".inputs["), vm.toString(i));
                inputs[i].name = vm.parseJsonString(json, string.concat(input, "].name"));
                inputs[i].value = string(vm.parseJsonBytes(json, string.concat(input, "].value")));
            }
            bytes32 module = vm.parseJsonBytes32(json, _at(index, ".module"));
            uint256 nonce = vm.parseJsonUint(json, _at(index, ".nonce"));
            bytes32 expected = vm.parseJsonBytes32(json, _at(index, ".digest"));
            eq(this.digest(module, nonce, inputs), expected, vm.parseJsonString(json, _at(index, ".what")));
        }
        eq(index, 11, "cases");
    }

    function test_directories() public {
        json = vm.readFile("../test/vectors/directory.json");
        ResultFile.Link memory link = _find("small", "stdout");
        ok(link.exists && link.isRaw, "a file of one block");
        eq(link.size, 14, "its size");
        eq(link.digest, sha256("hello lilypad\n"), "its digest");
        eq(_find("small", "exitCode").digest, sha256("42"), "another");
        ok(!_find("small", "outputs").isRaw, "a directory is not of bytes");
        link = _find("large", "stdout");
        ok(link.exists && !link.isRaw, "a file of several blocks");
        eq(link.size, 2_097_300, "a size of several bytes");
        ok(!_find("small", "stdou").exists && !_find("bare", "stdout").exists, "no such file");
    }

    /// @notice Whatever the block is, a wrong root is refused; with its own root nothing is found in noise but by chance.
    function testFuzz_directories_refuseAnotherRoot(bytes calldata noise, bytes32 root) public {
        vm.assume(sha256(noise) != root);
        vm.expectRevert(abi.encodeWithSelector(IOnchainJobs.DeliveryBadFile.selector, sha256(noise), root));
        this.find(noise, root, "stdout");
    }

    function digest(bytes32 module, uint256 nonce, Input[] calldata inputs) external pure returns (bytes32) {
        return JobBlock.digest(module, nonce, inputs);
    }

    function find(bytes calldata directory, bytes32 root, string calldata name)
        external
        pure
        returns (ResultFile.Link memory)
    {
        return ResultFile.find(directory, root, name);
    }

    function _find(string memory directory, string memory name) private view returns (ResultFile.Link memory) {
        bytes memory encoded = vm.parseJsonBytes(json, string.concat(".", directory, ".block"));
        return this.find(encoded, vm.parseJsonBytes32(json, string.concat(".", directory, ".root")), name);
    }

    function _at(uint256 index, string memory key) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(index), "]", key);
    }
}
