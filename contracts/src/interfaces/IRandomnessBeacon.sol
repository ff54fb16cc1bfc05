// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A source of public randomness in numbered rounds
/// @notice A consumer stores the number of a round that nobody can know yet and reads its seed later. How a seed is
///   made and proved is the beacon's matter.
/// @dev A seed, once known, never changes. `fulfil` is open to anyone; one call serves all consumers of a round.
interface IRandomnessBeacon {
    /// @notice The seed of `round` is known.
    event Fulfilled(uint64 indexed round, bytes32 seed);

    error BeaconRoundNotOver(uint64 round, uint256 now_);
    error BeaconBadProof(uint64 round);
    error BeaconNoHistory(uint64 round);

    /// @notice A round whose seed is unknown to everybody now.
    function nextRound() external view returns (uint64 round);

    /// @notice The seed of `round`; 0 while unknown.
    function seedOf(uint64 round) external view returns (bytes32 seed);

    /// @notice The time, in seconds, after which a consumer may give up on `round`, if its seed is still unknown;
    ///   the greatest uint256 while there is no reason to.
    function lateAt(uint64 round) external view returns (uint256 time);

    /// @notice Makes the seed of `round` known; does nothing when it is.
    /// @param proof what the beacon needs to be convinced
    function fulfil(uint64 round, bytes calldata proof) external returns (bytes32 seed);
}
