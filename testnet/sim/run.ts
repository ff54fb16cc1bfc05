/**
 * Blocks of a world, one after the other: creators match and propose, providers hold proposals for a quarter of a block and
 * take the best, commits are included, now and then late; silent providers are challenged (matching.md 2.5 and 3.5).
 */
import { Refusals } from '../../node/market/refusals.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { spare } from '../../protocols/match/early.ts'
import { type Pair, ranking, type View } from '../../protocols/match/match.ts'
import { DEAL_VALID_BLOCKS } from '../../protocols/params.ts'
import type { Dice } from './dice.ts'
import { type Creator, FIRST_BLOCK, type Provider, type Weather, World } from './world.ts'

/** Providers that a creator asks in one block. */
const TRIES = 3

/** Share of a block between two tries, and from acceptance to the next block at the latest. */
const TRY_BLOCKS = 0.25

/** Blocks from a challenge to the suspension of a slot that stays silent. */
const CHALLENGE_BLOCKS = 4

/** Blocks at the end in which nothing new is counted, so that what was published can still be dealt. */
const TAIL_BLOCKS = 40

/** What came of a run. Times in blocks. */
export interface RunReport {
  readonly jobs: number
  /** Jobs that the rule could match at some time, by the whole view of providers that answer. */
  readonly matchable: number
  readonly dealt: number
  readonly reverts: number
  readonly proposals: number
  /** From publishing to the block of the commit, ascending. */
  readonly waits: readonly number[]
  /** From the first block in which that view matched the job, ascending. */
  readonly delays: readonly number[]
}

interface Pending {
  readonly creator: Creator
  readonly provider: Provider
  readonly signedAt: number
  readonly includedAt: number
}

/** Runs a world for some blocks. */
export function runWorld(name: string, dice: Dice, weather: Weather, blocks: number): RunReport {
  const world = new World(name, dice, weather)
  const pending: Pending[] = []
  const suspensions: { readonly provider: Provider; readonly at: number }[] = []
  const memories = new Map<number, Refusals>()
  let [reverts, proposals] = [0, 0]

  /** Candidates as the creator's node asks them. */
  const inOrder = ({ node, wanted }: Creator, pairs: readonly Pair[]): readonly Provider[] => {
    const ordered = memories.get(node)?.order(wanted.offer.id, pairs, world.block) ?? pairs
    return ordered.flatMap(({ resource }) => world.providerOf.get(resource.id) ?? [])
  }
  const remember = ({ node, wanted }: Creator, provider: Provider): void => {
    const memory = memories.get(node) ?? new Refusals()
    memories.set(node, memory)
    memory.miss(wanted.offer.id, provider.sold.offer.account, world.block)
  }

  /** One proposal: whether the provider took it. */
  const propose = (creator: Creator, provider: Provider, at: number): boolean => {
    proposals += 1
    if (provider.isGone || provider.isGhost) {
      if (weather.isChallenged && !suspensions.some(one => one.provider === provider))
        suspensions.push({ provider, at: world.block + CHALLENGE_BLOCKS })
      if (weather.isRemembered) remember(creator, provider)
      // It is there and silent: it could still commit, so nothing else is signed before that is over.
      if (provider.isGhost) creator.boundUntil = world.block + DEAL_VALID_BLOCKS + 1
      return false
    }
    if (provider.busyUntil > world.block || provider.promisedUntil > world.block) return false
    const includedAt = Math.floor(at) + 1 + lateness(world)
    // Until then neither party may promise anything else.
    provider.promisedUntil = world.block + DEAL_VALID_BLOCKS + 1
    creator.boundUntil = world.block + DEAL_VALID_BLOCKS + 1
    pending.push({ creator, provider, signedAt: world.block, includedAt })
    return true
  }

  for (; world.block < FIRST_BLOCK + blocks + TAIL_BLOCKS; world.block++) {
    for (const deal of pending.filter(({ includedAt }) => includedAt === world.block)) {
      deal.provider.promisedUntil = 0
      if (world.block > deal.signedAt + DEAL_VALID_BLOCKS) reverts += 1
      else world.commit(deal.creator, deal.provider, world.block)
    }
    for (const one of suspensions) if (one.at === world.block) one.provider.isSuspended = true
    for (const provider of world.providers) if (world.dice.chance(weather.churn)) provider.isGone = true
    for (const { job } of world.servablePairs()) {
      const creator = world.creators.find(({ wanted }) => wanted.offer.id === job.id)
      if (creator !== undefined) creator.matchableAt ??= world.block
    }
    settleBlock(world, propose, inOrder)
    const fresh = world.block < FIRST_BLOCK + blocks ? world.publish() : []
    if (weather.isFast) for (const creator of fresh) tryAtOnce(world, creator, propose, inOrder)
  }
  return report(world, reverts, proposals)
}

/** Blocks by which a commit is late: one, and half as often each one more, at most four. */
function lateness({ dice, weather }: World): number {
  if (!dice.chance(weather.late)) return 0
  let blocks = 1
  while (blocks < 4 && dice.chance(0.5)) blocks += 1
  return blocks
}

type Propose = (creator: Creator, provider: Provider, at: number) => boolean
type InOrder = (creator: Creator, pairs: readonly Pair[]) => readonly Provider[]

/** Each creator asks its partner by its own view, then the next in rank; who asked before in rank is served before. */
function settleBlock(world: World, propose: Propose, inOrder: InOrder): void {
  const asking = world.waiting().filter(({ boundUntil, at }) => boundUntil <= world.block && at < world.block)
  const byNode = new Map<number, ReadonlyMap<Bytes32, Pair>>()
  const lists = asking.map(creator => {
    let pairs = byNode.get(creator.node)
    if (pairs === undefined) {
      pairs = new Map(world.pairsOf(creator.node).map(pair => [pair.job.id, pair]))
      byNode.set(creator.node, pairs)
    }
    const partner = pairs.get(creator.wanted.offer.id)
    const others = partner === undefined ? [] : candidates(world, creator)
    const all =
      partner === undefined ? [] : [partner, ...others.filter(({ resource }) => resource.id !== partner.resource.id)]
    return { creator, list: inOrder(creator, all).slice(0, TRIES) }
  })
  for (let attempt = 0; attempt < TRIES; attempt++)
    for (const { creator, list } of lists) {
      const provider = list[attempt]
      if (creator.boundUntil > world.block || provider === undefined) continue
      propose(creator, provider, world.block + TRY_BLOCKS * (attempt + 1))
    }
}

function candidates(world: World, { wanted }: Creator): readonly Pair[] {
  return ranking(wanted.offer, resourcesOf(world), world.block, world.seed, world.chain)
}

/** The fast path: a unit that nobody is waiting for may be had at once, for the same ask. */
function tryAtOnce(world: World, creator: Creator, propose: Propose, inOrder: InOrder): void {
  const { offer } = creator.wanted
  const pairs = spare(offer, resourcesOf(world), world.block, world.seed, world.chain, world.wholePairs())
  for (const provider of inOrder(creator, pairs).slice(0, TRIES)) if (propose(creator, provider, creator.at)) return
}

function resourcesOf(world: World): View {
  return { jobs: [], resources: world.providers.map(({ sold }) => sold.offer) }
}

function report(world: World, reverts: number, proposals: number): RunReport {
  const { creators } = world
  const dealt = creators.filter(({ dealtAt }) => dealtAt !== undefined)
  const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b)
  return {
    jobs: creators.length,
    matchable: creators.filter(({ matchableAt, dealtAt }) => (matchableAt ?? dealtAt) !== undefined).length,
    dealt: dealt.length,
    reverts,
    proposals,
    waits: ascending(dealt.map(({ dealtAt = 0, at }) => dealtAt - at)),
    delays: ascending(dealt.map(({ dealtAt = 0, matchableAt = dealtAt }) => dealtAt - matchableAt))
  }
}
