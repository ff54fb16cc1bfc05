// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IOnchainJobs, Input} from "../interfaces/IOnchainJobs.sol";

/// @title The block of a job, as nodes keep it
/// @notice Canonical dag-cbor of `{v: 1, salt, files: {}, module, values}` (protocols/job/job.ts). Its sha-256 digest is the
///   `spec` of a deal, so that every node can rebuild the block of a request from the request's event.
library JobBlock {
    uint256 private constant MAX_INPUTS = 23; // what a head of one byte counts
    uint256 private constant MAX_NAME = 32; // compared as a word
    uint256 private constant MAX_VALUE = 16 * 1024; // as JOB of protocols/job/job.ts
    uint256 private constant MAX_BLOCK = 64 * 1024;

    /// @notice The digest of the job that runs `module` (digest of the CID of a dag-pb directory) on `inputs`.
    /// @param salt a number, written in decimal
    function digest(bytes32 module, uint256 salt, Input[] calldata inputs) internal pure returns (bytes32) {
        bytes memory text = _decimal(salt);
        bytes memory encoded = abi.encodePacked(
            hex"a5", // a map of five
            hex"617601", // "v": 1
            hex"6473616c74", // "salt"
            _head(text.length),
            text,
            hex"6566696c6573a0", // "files": {}
            hex"666d6f64756c65d82a58250001701220", // "module": CID 1, dag-pb, sha-256
            module,
            hex"6676616c756573", // "values"
            _values(inputs)
        );
        if (encoded.length > MAX_BLOCK) revert IOnchainJobs.OrderTerms("inputs", encoded.length, MAX_BLOCK);
        return sha256(encoded);
    }

    function _values(Input[] calldata inputs) private pure returns (bytes memory encoded) {
        if (inputs.length > MAX_INPUTS) revert IOnchainJobs.OrderTerms("inputs", inputs.length, MAX_INPUTS);
        encoded = abi.encodePacked(bytes1(uint8(0xa0 + inputs.length)));
        uint256 last;
        for (uint256 i = 0; i < inputs.length; ++i) {
            bytes calldata name = bytes(inputs[i].name);
            bytes calldata value = bytes(inputs[i].value);
            if (name.length == 0 || name.length > MAX_NAME) revert IOnchainJobs.OrderInputs(i);
            if (value.length > MAX_VALUE) revert IOnchainJobs.OrderInputs(i);
            // Shorter names first, then by their bytes: the names' order and that there is none twice, in one number.
            uint256 rank = name.length << 248 | uint256(bytes32(name)) >> 8;
            if (rank < last || (rank == last && !_isGreater(inputs, i))) revert IOnchainJobs.OrderInputs(i);
            last = rank;
            encoded = abi.encodePacked(encoded, _head(name.length), name, _head(value.length), value);
        }
    }

    /// @dev Names of 32 bytes differ by the last one only.
    function _isGreater(Input[] calldata inputs, uint256 i) private pure returns (bool) {
        bytes calldata name = bytes(inputs[i].name);
        return i > 0 && name.length == MAX_NAME && name[31] > bytes(inputs[i - 1].name)[31];
    }

    /// @dev The head of a text of that many bytes.
    function _head(uint256 length) private pure returns (bytes memory) {
        if (length < 24) return abi.encodePacked(bytes1(uint8(0x60 + length)));
        if (length < 256) return abi.encodePacked(hex"78", bytes1(uint8(length)));
        return abi.encodePacked(hex"79", bytes2(uint16(length)));
    }

    function _decimal(uint256 number) private pure returns (bytes memory text) {
        uint256 digits = 1;
        for (uint256 rest = number / 10; rest != 0; rest /= 10) {
            ++digits;
        }
        text = new bytes(digits);
        for (; digits != 0; number /= 10) {
            text[--digits] = bytes1(uint8(48 + number % 10));
        }
    }
}
