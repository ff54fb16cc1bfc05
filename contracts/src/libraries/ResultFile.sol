// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IOnchainJobs} from "../interfaces/IOnchainJobs.sol";

/// @title Files of a result, proved by its CID
/// @notice A result is a UnixFS directory in canonical form (docs/decisions/0009): one dag-pb block whose links are `0a 24
///   <CID> 12 <name> 18 <size>`, and files of up to a chunk are raw blocks. So the sha-256 of the directory's block is the
///   result's root, and the sha-256 of a file's bytes is in its link.
library ResultFile {
    /// @notice What a directory says of a file.
    struct Link {
        bool exists;
        bool isRaw; // one block: its digest is that of its bytes
        bytes32 digest;
        uint256 size; // with what the graph adds to it, if it is not raw
    }

    bytes4 private constant RAW_CID = 0x01551220;
    uint256 private constant CID_BYTES = 36;

    /// @notice The entry `name` of the directory whose block is `directory` and whose CID's digest is `root`.
    function find(bytes calldata directory, bytes32 root, string memory name) internal pure returns (Link memory link) {
        bytes32 found = sha256(directory);
        if (found != root) revert IOnchainJobs.DeliveryBadFile(found, root);
        bytes32 wanted = keccak256(bytes(name));
        // A block that is no directory reads as one without the file, or reverts: no honest provider serves one.
        for (uint256 start = 0; start + 1 < directory.length && directory[start] == 0x12;) {
            uint256 end = start + 2 + uint8(directory[start + 1]);
            bytes calldata entry = directory[start + 2:end];
            uint256 nameEnd = 4 + CID_BYTES + uint8(entry[CID_BYTES + 3]);
            if (keccak256(entry[CID_BYTES + 4:nameEnd]) == wanted) {
                link.exists = true;
                link.isRaw = bytes4(entry[2:6]) == RAW_CID;
                link.digest = bytes32(entry[6:CID_BYTES + 2]);
                link.size = _varint(entry[nameEnd + 1:]);
                return link;
            }
            start = end;
        }
    }

    function _varint(bytes calldata encoded) private pure returns (uint256 value) {
        for (uint256 i = 0; i < encoded.length && i < 10; ++i) {
            value |= uint256(uint8(encoded[i]) & 0x7f) << (7 * i);
            if (uint8(encoded[i]) < 0x80) break;
        }
    }
}
