// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Signatures of accounts and contracts
/// @notice Recovery comes first, so that accounts with delegated code (EIP-7702) sign as they always did; only then is a
///   contract asked (ERC-1271).
library Sig {
    /// @dev Half of the curve's order: a greater `s` is the second form of another signature.
    uint256 private constant MAX_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    bytes4 private constant ERC1271_MAGIC = 0x1626ba7e;

    /// @notice Whether `signature` is `signer`'s over `digest`: 65 bytes (r, s, v), 64 bytes (EIP-2098), or what the
    ///   contract `signer` accepts.
    function isBy(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        address recovered = _recover(digest, signature);
        if (recovered != address(0) && recovered == signer) return true;
        return signer.code.length > 0 && _askContract(signer, digest, signature);
    }

    function _recover(bytes32 digest, bytes calldata signature) private pure returns (address) {
        if (signature.length != 65 && signature.length != 64) return address(0);
        bytes32 r = bytes32(signature[0:32]);
        uint256 s = uint256(bytes32(signature[32:64]));
        uint8 v;
        if (signature.length == 65) {
            v = uint8(signature[64]);
        } else {
            v = 27 + uint8(s >> 255);
            s &= type(uint256).max >> 1;
        }
        return s > MAX_S ? address(0) : ecrecover(digest, v, r, bytes32(s));
    }

    function _askContract(address signer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        (bool ok, bytes memory answer) = signer.staticcall(abi.encodeWithSelector(ERC1271_MAGIC, digest, signature));
        return ok && answer.length >= 32 && abi.decode(answer, (bytes32)) == bytes32(ERC1271_MAGIC);
    }
}
