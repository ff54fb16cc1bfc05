// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title BLS signatures on BLS12-381, signature in G1 and key in G2, over the precompiles of EIP-2537
/// @notice Points come uncompressed, 64 bytes per field element (16 of them zero). Hashing to the curve is RFC 9380,
///   suite BLS12381G1_XMD:SHA-256_SSWU_RO_.
/// @dev The precompiles refuse coordinates that are not reduced and points off the curve; the pairing also those outside
///   the subgroup. So each message has one valid signature and one encoding of it.
library Bls12381 {
    address private constant MODEXP = address(0x05);
    address private constant G1_ADD = address(0x0b);
    address private constant PAIRING = address(0x0f);
    address private constant MAP_TO_G1 = address(0x10);

    uint256 internal constant G1_BYTES = 128;

    /// @dev The field's modulus, and the greatest y that compression calls the smaller of the two: (p - 1) / 2.
    uint256 private constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    uint256 private constant HALF_HIGH = 0x0d0088f51cbff34d258dd3db21a5d66b;
    uint256 private constant HALF_LOW = 0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;

    /// @dev The generator of G2 with its y negated, as a point for the precompiles.
    bytes private constant NEGATED_G2 = hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051"
        hex"c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65"
        hex"596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000d1b3cc2c7027888be51d9ef691d77bc"
        hex"b679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa"
        hex"0000000000000000000000000000000013fa4d4a0ad8b1ce186ed5061789213d"
        hex"993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed";

    /// @dev Set in the first byte of a compressed point; the second one when y is the greater of the two.
    uint256 private constant COMPRESSED = 0x80;
    uint256 private constant GREATER = 0x20;

    error BlsPrecompileFailed(address precompile);

    /// @notice Whether `signature` is that of `message` by `key`.
    /// @param tag the domain separation tag, followed by its length in one byte
    /// @param key a point of G2: x.c0, x.c1, y.c0, y.c1
    function verify(bytes memory signature, bytes32 message, bytes memory tag, bytes memory key)
        internal
        view
        returns (bool)
    {
        if (signature.length != G1_BYTES) return false;
        bytes memory pairs = abi.encodePacked(signature, NEGATED_G2, hashToG1(message, tag), key);
        (bool ok, bytes memory answer) = PAIRING.staticcall(pairs);
        return ok && answer.length == 32 && abi.decode(answer, (uint256)) == 1;
    }

    /// @notice RFC 9380 hash_to_curve of 32 bytes.
    function hashToG1(bytes32 message, bytes memory tag) internal view returns (bytes memory) {
        // expand_message_xmd to 128 bytes: two field elements of 64 bytes, before their reduction
        bytes32 b0 = sha256(abi.encodePacked(bytes32(0), bytes32(0), message, uint16(128), uint8(0), tag));
        bytes32 b1 = sha256(abi.encodePacked(b0, uint8(1), tag));
        bytes32 b2 = sha256(abi.encodePacked(b0 ^ b1, uint8(2), tag));
        bytes32 b3 = sha256(abi.encodePacked(b0 ^ b2, uint8(3), tag));
        bytes32 b4 = sha256(abi.encodePacked(b0 ^ b3, uint8(4), tag));
        bytes memory first = _call(MAP_TO_G1, _reduce(b1, b2), G1_BYTES);
        bytes memory second = _call(MAP_TO_G1, _reduce(b3, b4), G1_BYTES);
        return _call(G1_ADD, abi.encodePacked(first, second), G1_BYTES);
    }

    /// @notice The 48 bytes of a point of G1 that is not infinity.
    function compress(bytes memory point) internal pure returns (bytes memory) {
        (uint256 xHigh, bytes32 xLow, uint256 yHigh, uint256 yLow) =
            abi.decode(point, (uint256, bytes32, uint256, uint256));
        bool isGreater = yHigh > HALF_HIGH || (yHigh == HALF_HIGH && yLow > HALF_LOW);
        uint256 flags = COMPRESSED | (isGreater ? GREATER : 0);
        return abi.encodePacked(bytes16(uint128(xHigh | flags << 120)), xLow);
    }

    /// @dev 64 bytes modulo p, by raising to the power of one.
    function _reduce(bytes32 high, bytes32 low) private view returns (bytes memory) {
        bytes memory lengths = abi.encode(64, 1, 64);
        return _call(MODEXP, abi.encodePacked(lengths, high, low, uint8(1), P_HIGH, P_LOW), 64);
    }

    function _call(address precompile, bytes memory input, uint256 size) private view returns (bytes memory output) {
        bool ok;
        (ok, output) = precompile.staticcall(input);
        if (!ok || output.length != size) revert BlsPrecompileFailed(precompile);
    }
}
