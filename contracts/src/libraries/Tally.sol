// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Counting votes
/// @notice A vote is the digest of a result; 0 is a silent seat.
library Tally {
    /// @dev A vote for "the result cannot be verified": inputs that cannot be had, a module that is not deterministic.
    bytes32 internal constant UNVERIFIABLE = keccak256("lilynode.unverifiable");

    /// @notice The digest that most seats voted for; of equal ones the first by seat.
    /// @return leader that digest; 0 when nobody voted
    /// @return most its votes
    /// @return cast all votes
    function count(bytes32[] memory votes) internal pure returns (bytes32 leader, uint256 most, uint256 cast) {
        for (uint256 i = 0; i < votes.length; ++i) {
            if (votes[i] == bytes32(0)) continue;
            ++cast;
            uint256 same;
            for (uint256 j = i; j < votes.length; ++j) {
                if (votes[j] == votes[i]) ++same;
            }
            if (same > most) (leader, most) = (votes[i], same);
        }
    }

    /// @notice What a round decides; 0 when it decides nothing.
    /// @param isLast more than half of the seats decide; otherwise it takes all of them
    function decide(bytes32[] memory votes, bool isLast) internal pure returns (bytes32) {
        (bytes32 leader, uint256 most,) = count(votes);
        bool isDecided = isLast ? 2 * most > votes.length : most == votes.length;
        return isDecided ? leader : bytes32(0);
    }

    /// @notice What a round that was not the last decides after all, when no committee can be found for the next one:
    ///   more than half of the seats, and nobody against them.
    function decideAlone(bytes32[] memory votes) internal pure returns (bytes32) {
        (bytes32 leader, uint256 most, uint256 cast) = count(votes);
        return most == cast && 2 * most > votes.length ? leader : bytes32(0);
    }

    /// @notice Whether a seat earned its fee: it voted for what was found, or voted at all where nothing was found.
    function isCoherent(bytes32 vote, bytes32 found) internal pure returns (bool) {
        return found == bytes32(0) ? vote != bytes32(0) : vote == found;
    }
}
