/** What a local testnet fixes: a chain of its own, money for everybody, and times short enough to watch. */
import { WEI_PER_COIN } from '../protocols/core/units.ts'

/** Chain id of local development chains. */
export const CHAIN_ID = 31_337

/** The name under which other commands find it. */
export const NETWORK_NAME = 'local'

/** Coins that each node of the testnet is given before it starts. */
export const MEMBER_COINS_WEI = 100n * WEI_PER_COIN

/** Confirmations that nodes wait for: anvil reorganises only when told to. */
export const CONFIRMATIONS = 1

/** What offers ask and pay where their owner says nothing. */
export const DEFAULTS = {
  maxPriceWei: WEI_PER_COIN / 10n,
  askWei: WEI_PER_COIN / 100n,
  seatFeeWei: WEI_PER_COIN / 1000n,
  collateralTimes: 10,
  windowSec: 60
} as const

/**
 * What the contracts fix. A committee that works ends each phase early; these times, in seconds, are what a missing member
 * costs. The vote's base leaves room for fetching and for a busy laptop.
 */
export const DEPLOY_PARAMS = {
  unitWei: WEI_PER_COIN,
  voteBaseSec: 60,
  voteFactor: 1,
  revealTimeSec: 60,
  appealTimeSec: 0,
  feeBps: 100,
  maxRunTimeSec: 3600,
  maxWindowSec: 3600,
  cooldownSec: 4 * 3600
} as const

/**
 * A drand network of our own: a round every few seconds, ahead of the chain's clock by a block or two, and given up early
 * enough that a person can watch it. All in seconds.
 */
export const DRAND_TIMES = { periodSec: 3, marginSec: 3, lateAfterSec: 60 } as const

/** Who is there unless told otherwise; `submit` is a node itself, so nobody has to be a creator. */
export const CAST = { providers: 2, mediators: 5, cheats: 0, creators: 0 } as const

/** Seconds between blocks. */
export const BLOCK_TIME_SEC = 1

/** Longest time in which everything must have found each other. */
export const READY_TIMEOUT_MS = 120_000
