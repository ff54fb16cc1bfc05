// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISlots} from "./ISlots.sol";
import {Deal, Opening, Phase, Result, Verdict} from "./Types.sol";

/// @title Court: committees of mediators that re-run disputed jobs
/// @notice A dispute: request randomness -> draw a committee from the stake as it was at the request -> seats commit to
///   votes -> seats reveal, the provider opens its result -> tally. Below the last round a verdict needs all seats; a
///   round without one escalates to a bigger committee of new seats, which the challenger funded up front. In the last
///   round more than half of the seats decide. Nobody can stop a dispute: every phase ends by its deadline, and each
///   step may be sent by anyone.
/// @dev Seats that did not vote, or voted against the final verdict, lose a strike; a minority of an early round is
///   judged by the last one. A provider that does not open its result in its first reveal phase is found wrong.
interface ICourt is ISlots {
    /// @notice What a deployment fixes for ever. Times in seconds.
    struct CourtParams {
        uint128 unitWei; // stake of one slot; divisible by 4
        uint32 cooldown; // from leaving to claiming; longer than any dispute
        uint32 voteBase; // commit phase = voteBase + voteFactor * runTime of the deal
        uint32 voteFactor;
        uint32 revealTime; // length of the reveal phase
        uint32 appealTime; // how long a unanimous verdict below the last round may be appealed; 0 = not at all
    }

    /// @notice A dispute as seen now.
    struct DisputeView {
        Phase phase;
        Verdict verdict;
        uint8 round; // 0-based
        uint8 seats; // of this round
        uint8 committed; // bit i: seat i committed
        uint8 revealed; // bit i: seat i revealed
        bool isOpened; // the provider opened its result
        bool isSealed; // the votes were committed in the fast lane
        uint8 tries; // beacon rounds asked for in this round after the first
        uint32 slots; // how many slots the draw sees
        uint40 requestedAt; // the moment at which the draw's facts are frozen
        uint40 commitEnd; // last second of the commit phase
        uint40 revealEnd; // last second of the reveal phase
        uint40 appealEnd; // last second of the appeal phase
        uint64 seedRound; // round of the beacon
        bytes32 digest; // of the opened result
    }

    /// @notice A round of a dispute began to wait for the seed of beacon round `seedRound`.
    event DisputeOpened(bytes32 indexed id, uint8 round, uint8 seats, uint64 seedRound, uint32 slots);
    /// @notice The seed was given up; a later one is asked for.
    event Rerequested(bytes32 indexed id, uint8 round, uint64 seedRound);
    /// @notice The committee of `round`; a member's place in `members` is its seat.
    event Drawn(bytes32 indexed id, uint8 round, uint40 commitEnd, address[] members);
    /// @notice `member` committed to a vote.
    event VoteCommitted(bytes32 indexed id, uint8 round, uint8 seat, address indexed member, bytes32 commitment);
    /// @notice `member` voted for the result with this digest.
    event VoteRevealed(bytes32 indexed id, uint8 round, uint8 seat, address indexed member, bytes32 digest);
    /// @notice The provider's result, no longer blinded.
    event ResultOpened(bytes32 indexed id, Result result);
    /// @notice `round` gave no verdict; the next one begins.
    event Escalated(bytes32 indexed id, uint8 round);
    /// @notice The fast lane of `round` was left: its seats reveal one by one.
    event Unsealed(bytes32 indexed id, uint8 round);
    /// @notice `appellant` deposited `deposit` to have the verdict of `round` looked at by the next round.
    event Appealed(bytes32 indexed id, uint8 round, address indexed appellant, uint256 deposit);
    /// @notice A unanimous verdict below the last round may be appealed until `appealEnd`.
    event Appealable(bytes32 indexed id, uint8 round, Verdict verdict, bytes32 digest, uint40 appealEnd);
    /// @notice The dispute ended.
    /// @param digest of the result that the committee found; 0 where it found none
    event Finalised(bytes32 indexed id, Verdict verdict, bytes32 digest);

    error CourtNotMarket(address caller);
    error CourtUnexpectedPhase(bytes32 id, Phase current, Phase expected);
    error CourtSeedUnknown(bytes32 id, uint64 seedRound);
    error CourtSeedNotLate(bytes32 id, uint64 seedRound, uint256 time, uint256 after_);
    error CourtNotSeat(bytes32 id, uint8 seat, address caller, address member);
    error CourtVotedAlready(bytes32 id, uint8 seat);
    error CourtBadOpening(bytes32 id, bytes32 found, bytes32 expected);
    error CourtBadSignature(bytes32 id, uint8 seat, address member);
    error CourtSealed(bytes32 id, bool isSealed);
    error CourtWrongCount(bytes32 id, uint256 found, uint256 expected);
    error CourtNotLoser(bytes32 id, address caller, address loser);
    error CourtBadParams();

    /// @notice Opens the dispute of a deal. Only the Market, when it is challenged.
    function open(bytes32 id, uint8 seats) external;

    /// @notice Asks for another seed after the first one failed to appear. Anyone, after the beacon's `lateAt`, at most
    ///   three times per round; never while a seed is known.
    function rerequest(bytes32 id) external;

    /// @notice Draws the committee. Anyone, as soon as the seed is known. Ends the dispute when too few mediators are
    ///   eligible.
    function draw(Deal calldata deal) external;

    /// @notice A seat commits to its vote. By the end of the commit phase.
    /// @param commitment `keccak256(abi.encode(chainid, court, id, round, member, digest, salt))`
    function commitVote(bytes32 id, uint8 seat, bytes32 commitment) external;

    /// @notice A seat's vote is opened, by whoever knows its salt. In the reveal phase, which begins when all seats have
    ///   committed or their time is over.
    /// @param digest of the member's own result, or UNVERIFIABLE
    function revealVote(bytes32 id, uint8 seat, bytes32 digest, bytes32 salt) external;

    /// @notice The provider's result is opened, by whoever knows its salt. In the reveal phase.
    function openResult(Deal calldata deal, Result calldata result, bytes32 salt) external;

    /// @notice The fast lane: all seats' commitments in one transaction. In the commit phase, while none has committed.
    /// @param commitments by seat, as in `commitVote`
    /// @param signatures by seat: the member's over `Vote{deal, round, commitment}`, domain of the Court
    function commitVotes(bytes32 id, bytes32[] calldata commitments, bytes[] calldata signatures) external;

    /// @notice The fast lane: opens all votes of `commitVotes` and the provider's result, and tallies, in one
    ///   transaction. In the reveal phase.
    function revealVotes(Deal calldata deal, Opening[] calldata votes, Result calldata result, bytes32 salt) external;

    /// @notice Leaves the fast lane: writes the commitments of `commitVotes` down one by one, so that seats can reveal
    ///   alone when one of them, or the provider, does not. In the reveal phase.
    function unseal(bytes32 id, bytes32[] calldata commitments) external;

    /// @notice The loser of a verdict in its appeal phase asks for the next round, depositing that round's fees.
    function appeal(Deal calldata deal) external;

    /// @notice Tallies: gives the verdict and pays, or escalates. Anyone, when all is revealed or time is over.
    function finalise(Deal calldata deal) external;

    /// @notice A dispute as it stands now.
    function disputeOf(bytes32 id) external view returns (DisputeView memory);

    /// @notice The committee of a round, by seat; empty before its draw.
    function committeeOf(bytes32 id, uint8 round) external view returns (address[] memory members);

    /// @notice The slots of the committee of a round, by seat.
    function seatsOf(bytes32 id, uint8 round) external view returns (uint32[] memory slots);

    /// @notice A seat's vote: its commitment until it is revealed, the digest after.
    function voteOf(bytes32 id, uint8 round, uint8 seat) external view returns (bytes32);

    /// @notice The verdict on a deal; None while there is none.
    function verdictOf(bytes32 id) external view returns (Verdict);

    /// @notice The longest that a dispute takes once its seeds are known, in seconds.
    /// @param runTime of the deal, in seconds
    function longestDispute(uint32 runTime) external view returns (uint256);

    /// @notice The EIP-712 domain separator of relayed votes.
    function domainSeparator() external view returns (bytes32);

    /// @notice What this deployment fixed.
    function params() external view returns (CourtParams memory);
}
