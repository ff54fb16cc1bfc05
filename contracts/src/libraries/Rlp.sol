// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title As much RLP as a block header needs
/// @dev The input's hash was checked by the caller, so it is a well-formed list; reading beyond it reverts.
library Rlp {
    error RlpNotAWord(uint256 field);

    /// @notice The field with index `field` of a list, which must be a string of 32 bytes.
    function word(bytes calldata list, uint256 field) internal pure returns (bytes32) {
        (uint256 offset,) = _payload(list, 0);
        for (uint256 i = 0; i < field; ++i) {
            (uint256 start, uint256 length) = _payload(list, offset);
            offset = start + length;
        }
        (uint256 begin, uint256 size) = _payload(list, offset);
        if (size != 32) revert RlpNotAWord(field);
        return bytes32(list[begin:begin + 32]);
    }

    /// @dev Where the item at `offset` has its payload, and how long that is.
    function _payload(bytes calldata data, uint256 offset) private pure returns (uint256 start, uint256 length) {
        uint256 prefix = uint8(data[offset]);
        if (prefix < 0x80) return (offset, 1);
        if (prefix <= 0xb7) return (offset + 1, prefix - 0x80);
        if (prefix >= 0xc0 && prefix <= 0xf7) return (offset + 1, prefix - 0xc0);
        uint256 lengthSize = prefix < 0xc0 ? prefix - 0xb7 : prefix - 0xf7;
        start = offset + 1 + lengthSize;
        for (uint256 i = offset + 1; i < start; ++i) {
            length = length << 8 | uint8(data[i]);
        }
    }
}
