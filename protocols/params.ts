/**
 * Network parameters: numbers that every node must share, each with its unit and its reason. What a deployment sets for
 * itself (committee times, stake) is read from the contracts, not from here.
 */

/** Blocks after its reference block in which an offer may be matched; later it is stale. Bounds every book. */
export const OFFER_MAX_LIFE_BLOCKS = 512

/** Blocks an offer waits before the rule considers it, so that it has reached everybody (matching.md 3.4: d = 1). */
export const OFFER_MATURITY_BLOCKS = 1

/** Blocks by which a node's head may trail or lead a sender's before its reference block counts as unknown. */
export const OFFER_HEAD_SLACK_BLOCKS = 4

/** Blocks after its reference block in which gossip carries an offer; then only sync does. Two rounds of sync, with slack. */
export const OFFER_MAX_LAG_BLOCKS = 8

/** The age of a job that came later counts from the next multiple of so many blocks, the same for all who hear it together. */
export const OFFER_LATE_STEP_BLOCKS = 16

/** Resource-offer slots of one provider, and job-offer slots of one creator (matching.md 2.1). */
export const MAX_RESOURCE_SLOTS = 16
export const MAX_JOB_SLOTS = 64

/** Slices of one machine that one resource offer may sell at once. */
export const MAX_SLICES = 8

/** Tip levels; enough for 96 % of the best welfare (matching.md 3.3). */
export const MAX_TIP_TICKS = 16

/** Most collateral for a job, as a multiple of its price: what deters where one in 10 000 jobs is checked (contracts.md D). */
export const MAX_COLLATERAL_TIMES = 10_000

/** Blocks of waiting that raise a job by one tip level, so that nobody starves (matching.md 3.4: A = 4). */
export const AGING_BLOCKS = 4

/** Blocks after the match within which the provider must commit a signed deal (matching.md 3.4). */
export const DEAL_VALID_BLOCKS = 4

/** Longest promise of work, in seconds; also bounded by the Market. */
export const MAX_RUN_TIME_SEC = 7 * 24 * 3600

/** Seconds that a creator has to challenge when it asks for nothing else. */
export const DEFAULT_WINDOW_SEC = 600

/** Most seats of one committee: what fits the Court's packed word. */
export const MAX_SEATS = 7

/** Most committees of one dispute. */
export const MAX_ROUNDS = 3

/** Times that a seed may be asked for again in one round, as in the Court. */
export const MAX_SEED_TRIES = 3

/** Committee of the first round, and rounds: unanimous 3, else 7 (contracts.md D). */
export const DEFAULT_SEATS = 3
export const DEFAULT_ROUNDS = 2

/** Wei of free balance in the Market that carries one slot: what bounds the book (matching.md 2.2). */
export const RESOURCE_SLOT_WEI = 10n ** 14n
export const JOB_SLOT_WEI = 10n ** 13n
