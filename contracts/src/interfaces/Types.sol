// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

// The nouns that Market and Court share. Amounts are wei of the deal's token, times are seconds unless said otherwise.

/// @notice The terms of a deal: signed by the creator (EIP-712), committed by the provider, never stored. Every later
///   call presents them again, and their EIP-712 digest (the deal's id) proves them.
struct Deal {
    address creator; // pays the price; signs these terms
    address provider; // runs the jobs; puts up the collateral; may not be the creator
    address token; // 0 = the chain's native coin
    uint96 price; // per job; the cap when the price is metered
    uint96 unitPrice; // per 1e6 gas units used, over all jobs; 0 = flat; max = flat, and only for what is accepted or upheld
    uint96 collateral; // per job
    uint96 seatFee; // per mediator seat that voted with the verdict
    uint32 jobs; // how many jobs the deal covers, >= 1
    uint32 runTime; // from commit to the latest submit
    uint32 window; // from submit to the latest challenge
    uint8 seats; // size of the first committee, 1..7
    uint8 rounds; // committees at most, 1..3; each further one has min(7, 2m + 1) seats
    uint16 auditBps; // odds of the on-chain audit lottery, in basis points
    bytes32 jobOffer; // id of the offer of the creator
    bytes32 resourceOffer; // id of the offer of the provider
    bytes32 spec; // digest of the job's specification
    bytes32 module; // sha-256 digest of the module's CID; a published one, whose author earns the fee; 0 = none
    uint64 validUntil; // last block in which the deal may be committed, < 2^53
    uint256 nonce; // makes equal terms a different deal
}

/// @notice What a run of the job gave. Its digest is `keccak256(abi.encode(root, status, used))`.
struct Result {
    bytes32 root; // sha-256 digest of the result's CID
    uint8 status; // 0 exited, 1 out of gas, 2 stack overflow, 3 trap, 4 output limit
    uint64 used; // gas units used
}

/// @notice Where a deal stands. `None` is a deal that was never committed; the last five are final.
enum DealStatus {
    None,
    Committed,
    Submitted,
    Disputed,
    Settled,
    Slashed,
    Refunded,
    Cancelled,
    Void
}

/// @notice What a dispute found. `None` while it is open.
enum Verdict {
    None,
    Correct,
    Wrong,
    Unverifiable,
    NoVerdict
}

/// @notice Where a dispute stands.
/// - Seed: the committee waits for its randomness
/// - Commit: seats commit to their votes
/// - Reveal: seats open their votes, the provider opens its result
/// - Tally: `finalise` may be called
/// - Appeal: a unanimous verdict below the last round waits for an appeal
/// - Closed: a verdict was given
enum Phase {
    None,
    Seed,
    Commit,
    Reveal,
    Tally,
    Appeal,
    Closed
}

/// @notice As whom an account is credited by a deal.
enum Payee {
    Creator,
    Provider,
    Mediator,
    Pool,
    Author,
    Challenger
}

/// @notice What the Court tells the Market at the end of a dispute.
struct Ruling {
    Verdict verdict;
    bytes32 digest; // of the result that the committee found; 0 where it found none
    uint64 used; // gas units of the opened result
    address[] voters; // owners of the seats that earned their fee
    uint256 creatorDeposit; // what the creator deposited for appeals
    uint256 providerDeposit; // what the provider deposited for appeals
}

/// @notice A vote, opened.
struct Opening {
    bytes32 digest; // of the member's own result, or UNVERIFIABLE
    bytes32 salt;
}
