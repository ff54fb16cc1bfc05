// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Phase, Verdict} from "../interfaces/Types.sol";

/// @dev A dispute as the Court keeps it, in one word. `phase` is None, Seed, Commit (all of the vote), Appeal or Closed; the
///   others are derived from the time.
struct Dispute {
    Phase phase;
    Verdict verdict;
    uint8 round;
    uint8 seats;
    uint8 committed; // bit i: seat i
    uint8 revealed; // bit i: seat i
    bool isOpened;
    bool isSealed;
    uint8 tries;
    uint8 appeals; // bit 2r: the provider appealed round r; bit 2r + 1: the creator did
    uint32 slots;
    uint40 requestedAt;
    uint40 deadline; // last second of the commit phase, or of the appeal phase
    uint64 seedRound;
}

/// @title A dispute to and from its word
/// @notice Bytes from the lowest: phase, verdict, round, seats, committed, revealed, flags (1 opened, 2 sealed), tries,
///   appeals; then 32 bits slots, 40 requestedAt, 40 deadline, 64 seedRound.
/// @dev By hand, because the compiler would load and store the word once per field.
library DisputeLib {
    uint256 private constant OPENED = 1;
    uint256 private constant SEALED = 2;

    function pack(Dispute memory d) internal pure returns (uint256 word) {
        word = d.seedRound;
        word = word << 40 | d.deadline;
        word = word << 40 | d.requestedAt;
        word = word << 32 | d.slots;
        word = word << 8 | d.appeals;
        word = word << 8 | d.tries;
        word = word << 8 | (d.isOpened ? OPENED : 0) | (d.isSealed ? SEALED : 0);
        word = word << 8 | d.revealed;
        word = word << 8 | d.committed;
        word = word << 8 | d.seats;
        word = word << 8 | d.round;
        word = word << 8 | uint8(d.verdict);
        word = word << 8 | uint8(d.phase);
    }

    function unpack(uint256 word) internal pure returns (Dispute memory d) {
        d.phase = Phase(uint8(word));
        d.verdict = Verdict(uint8(word >> 8));
        d.round = uint8(word >> 16);
        d.seats = uint8(word >> 24);
        d.committed = uint8(word >> 32);
        d.revealed = uint8(word >> 40);
        uint256 flags = uint8(word >> 48);
        (d.isOpened, d.isSealed) = (flags & OPENED != 0, flags & SEALED != 0);
        d.tries = uint8(word >> 56);
        d.appeals = uint8(word >> 64);
        d.slots = uint32(word >> 72);
        d.requestedAt = uint40(word >> 104);
        d.deadline = uint40(word >> 144);
        d.seedRound = uint64(word >> 184);
    }
}
