// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title As much RLP as a block header needs
/// @dev The input's hash was checked by the caller, so it is a well-formed list; reading beyond it reverts.
library Rlp {
    error RlpNotAWord(uint256 field);

    /// @notice The field with index `field` of a list, which must be a string of 32 bytes.
    function word(bytes calldata list, uint256 field) internal pure returns (bytes32) {
        (uint256 offset, uint256 length) = _payload(list, 0);
        length = 0; // the fields lie in the list's payload: step into it, not over it
        for (uint256 i = 0; i <= field; ++i) {
            (offset, length) = _payload(list, offset + length);
        }
        if (length != 32) revert RlpNotAWord(field);
        return bytes32(list[offset:offset + 32]);
    }

    /// @dev Where the item at `offset` has its payload, and how long that is. Bytes beyond the end read as 0; `word` checks
    ///   where it arrives.
    function _payload(bytes calldata data, uint256 offset) private pure returns (uint256 start, uint256 length) {
        uint256 head;
        assembly ("memory-safe") {
            head := calldataload(add(data.offset, offset))
        }
        // unchecked: no header is long enough for its offsets to overflow
        unchecked {
            uint256 prefix = head >> 248;
            if (prefix < 0x80) return (offset, 1);
            if (prefix <= 0xb7) return (offset + 1, prefix - 0x80);
            if (prefix >= 0xc0 && prefix <= 0xf7) return (offset + 1, prefix - 0xc0);
            uint256 lengthBytes = prefix < 0xc0 ? prefix - 0xb7 : prefix - 0xf7;
            start = offset + 1 + lengthBytes;
            length = head << 8 >> (256 - 8 * lengthBytes);
        }
    }
}
