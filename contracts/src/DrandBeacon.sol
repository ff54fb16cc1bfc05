// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRandomnessBeacon} from "./interfaces/IRandomnessBeacon.sol";
import {Bls12381} from "./libraries/Bls12381.sol";

/// @title Randomness of drand, proved by its signature
/// @notice A round is drand's own; its proof is the round's BLS signature, uncompressed (128 bytes); its seed is what drand
///   publishes as the round's randomness: sha-256 of the compressed signature. Scheme bls-unchained-g1-rfc9380, as the
///   network quicknet has it; a local network takes a key of its own.
/// @dev Nobody below drand's threshold knows or changes a seed, and a round can be proved for ever.
contract DrandBeacon is IRandomnessBeacon {
    /// @notice A drand network, and how this chain's clock may stray from it. Times in seconds.
    struct Network {
        bytes32[8] key; // G2 point: x.c0, x.c1, y.c0, y.c1, 64 bytes each
        uint64 genesis; // time of round 1
        uint64 period; // between rounds
        uint64 margin; // how far a block's time may be behind the world's
        uint64 lateAfter; // from a round's time until it may be given up
    }

    /// @dev Domain separation tag of the scheme, with its length of 43 bytes behind it.
    bytes private constant TAG = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_\x2b";

    uint64 private immutable GENESIS;
    uint64 private immutable PERIOD;
    uint64 private immutable MARGIN;
    uint64 private immutable LATE_AFTER;

    // The key word by word: storage would cost more to read than the hash to the curve.
    bytes32 private immutable KEY_0;
    bytes32 private immutable KEY_1;
    bytes32 private immutable KEY_2;
    bytes32 private immutable KEY_3;
    bytes32 private immutable KEY_4;
    bytes32 private immutable KEY_5;
    bytes32 private immutable KEY_6;
    bytes32 private immutable KEY_7;

    mapping(uint64 round => bytes32) private _seeds;

    error BeaconBadParams();

    constructor(Network memory network) {
        if (network.period == 0 || network.genesis == 0) revert BeaconBadParams();
        GENESIS = network.genesis;
        PERIOD = network.period;
        MARGIN = network.margin;
        LATE_AFTER = network.lateAfter;
        (KEY_0, KEY_1, KEY_2, KEY_3) = (network.key[0], network.key[1], network.key[2], network.key[3]);
        (KEY_4, KEY_5, KEY_6, KEY_7) = (network.key[4], network.key[5], network.key[6], network.key[7]);
    }

    /// @inheritdoc IRandomnessBeacon
    function fulfil(uint64 round, bytes calldata proof) external returns (bytes32 seed) {
        seed = _seeds[round];
        if (seed != bytes32(0)) return seed;
        bytes32 message = sha256(abi.encodePacked(round));
        if (!Bls12381.verify(proof, message, TAG, _key())) revert BeaconBadProof(round);
        seed = sha256(Bls12381.compress(proof));
        _seeds[round] = seed;
        emit Fulfilled(round, seed);
    }

    /// @inheritdoc IRandomnessBeacon
    /// @dev The first round that begins after the latest time that it can be in the world now.
    function nextRound() external view returns (uint64 round) {
        uint256 latest = block.timestamp + MARGIN;
        return latest < GENESIS ? 1 : uint64((latest - GENESIS) / PERIOD) + 2;
    }

    /// @inheritdoc IRandomnessBeacon
    function seedOf(uint64 round) external view returns (bytes32 seed) {
        return _seeds[round];
    }

    /// @inheritdoc IRandomnessBeacon
    function lateAt(uint64 round) external view returns (uint256 time) {
        return uint256(GENESIS) + uint256(round - 1) * PERIOD + LATE_AFTER;
    }

    function _key() private view returns (bytes memory) {
        return abi.encodePacked(KEY_0, KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7);
    }
}
