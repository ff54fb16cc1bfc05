// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRandomnessBeacon} from "./interfaces/IRandomnessBeacon.sol";
import {Rlp} from "./libraries/Rlp.sol";

/// @title Randomness of a future block (PREVRANDAO), proved by the block's header
/// @notice A round is a block number; its proof is that block's header, RLP-encoded; its seed is the header's mixHash.
///   The hash of the header comes from the BLOCKHASH opcode (256 blocks) or the history contract (EIP-2935, 8191).
/// @dev The proposer of the block can only withhold it (one bit of choice). Not for chains whose mixHash is constant or
///   repeats. A header names its own chain's rules: fields after mixHash may grow, those before it are fixed.
contract PrevrandaoBeacon is IRandomnessBeacon {
    /// @dev Where EIP-2935 keeps the hashes of the last 8191 blocks.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant MAX_WINDOW = 8_191;
    /// @dev Place of mixHash among the fields of a header.
    uint256 private constant MIX_HASH = 13;

    uint64 private immutable LOOKAHEAD;
    uint64 private immutable WINDOW;

    mapping(uint64 round => bytes32) private _seeds;

    error BeaconBadParams();

    /// @param lookahead how many blocks ahead `nextRound` is, >= 1
    /// @param window for how many blocks a round can be proved, 1..8191
    constructor(uint64 lookahead, uint64 window) {
        if (lookahead == 0 || window == 0 || window > MAX_WINDOW) revert BeaconBadParams();
        LOOKAHEAD = lookahead;
        WINDOW = window;
    }

    /// @inheritdoc IRandomnessBeacon
    function fulfil(uint64 round, bytes calldata proof) external returns (bytes32 seed) {
        seed = _seeds[round];
        if (seed != bytes32(0)) return seed;
        if (keccak256(proof) != _hashOf(round)) revert BeaconBadProof(round);
        seed = Rlp.word(proof, MIX_HASH);
        _seeds[round] = seed;
        emit Fulfilled(round, seed);
    }

    /// @inheritdoc IRandomnessBeacon
    function nextRound() external view returns (uint64 round) {
        return uint64(block.number) + LOOKAHEAD;
    }

    /// @inheritdoc IRandomnessBeacon
    function seedOf(uint64 round) external view returns (bytes32 seed) {
        return _seeds[round];
    }

    /// @inheritdoc IRandomnessBeacon
    /// @dev A block that can still be proved is never late: its seed is public, and giving it up would be a choice.
    function lateAt(uint64 round) external view returns (uint256 time) {
        return block.number > uint256(round) + WINDOW ? 0 : type(uint256).max;
    }

    function _hashOf(uint64 round) private view returns (bytes32 hash) {
        if (round >= block.number) revert BeaconRoundNotOver(round, block.number);
        if (block.number > uint256(round) + WINDOW) revert BeaconNoHistory(round);
        hash = blockhash(round);
        if (hash != bytes32(0)) return hash;
        (bool ok, bytes memory answer) = HISTORY.staticcall(abi.encode(round));
        if (!ok || answer.length != 32) revert BeaconNoHistory(round);
        hash = abi.decode(answer, (bytes32));
        if (hash == bytes32(0)) revert BeaconNoHistory(round);
    }
}
