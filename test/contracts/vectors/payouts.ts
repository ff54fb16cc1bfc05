// Vectors of who gets what at every end of a deal: worked out from the rules here, to the wei.
import { decimal, number } from './seeded.ts'

/** What differs between cases; all amounts in wei. */
interface Money {
  readonly price: bigint
  readonly unitPrice: bigint
  readonly collateral: bigint
  readonly seatFee: bigint
  readonly jobs: bigint
  readonly seats: bigint
  readonly rounds: bigint
  readonly feeBps: bigint
  readonly authorBps: bigint
  readonly isPublicGood: boolean
}

interface Ending {
  readonly kind: 'accepted' | 'unchallenged' | 'timed-out' | 'cancelled' | 'ruled'
  readonly used: bigint
  readonly verdict: 'none' | 'correct' | 'wrong' | 'unverifiable' | 'no-verdict'
  readonly voters: bigint
  readonly creatorDeposit: bigint
  readonly providerDeposit: bigint
}

/** Credits of the end; the creator's part excludes what it gets as the challenger. */
interface Credits {
  readonly creator: bigint
  readonly provider: bigint
  readonly pool: bigint
  readonly author: bigint
  readonly challenger: bigint
  readonly mediators: bigint
}

const BPS = 10_000n
const IF_ACCEPTED = 2n ** 96n - 1n
const NOBODY: Credits = { creator: 0n, provider: 0n, pool: 0n, author: 0n, challenger: 0n, mediators: 0n }
const MONEY: Money = {
  price: 10n ** 18n,
  unitPrice: 0n,
  collateral: 10n ** 19n,
  seatFee: 10n ** 16n,
  jobs: 1n,
  seats: 3n,
  rounds: 2n,
  feeBps: 100n,
  authorBps: 0n,
  isPublicGood: false
}
/** Primes, so that every division leaves something. */
const ODD: Money = {
  ...MONEY,
  price: 10_000_019n,
  collateral: 70_000_027n,
  seatFee: 100_003n,
  jobs: 3n,
  feeBps: 137n,
  authorBps: 311n
}
const END: Ending = { kind: 'accepted', used: 0n, verdict: 'none', voters: 0n, creatorDeposit: 0n, providerDeposit: 0n }
const ruled = (verdict: Ending['verdict'], voters: bigint, more: Partial<Ending> = {}): Ending => ({
  ...END,
  kind: 'ruled',
  verdict,
  voters,
  ...more
})

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

function seatsOfAllRounds({ seats, rounds }: Money): bigint {
  let [size, sum] = [seats, 0n]
  for (let round = 0n; round < rounds; round++) {
    sum += size
    size = least(7n, 2n * size + 1n)
  }
  return sum
}

function settled(money: Money, earned: bigint): Credits {
  const pool = money.isPublicGood ? 0n : (earned * money.feeBps) / BPS
  const author = (earned * money.authorBps) / BPS
  const provider = earned - pool - author + money.collateral * money.jobs
  return { ...NOBODY, provider, pool, author, creator: money.price * money.jobs - earned }
}

function earned({ price, jobs, unitPrice }: Money, used: bigint): bigint {
  return unitPrice === 0n || unitPrice === IF_ACCEPTED
    ? price * jobs
    : least(price * jobs, (unitPrice * used) / 1_000_000n)
}

function credits(money: Money, ending: Ending): Credits {
  const [P, C] = [money.price * money.jobs, money.collateral * money.jobs]
  const penalty = (least(P, C) * 1_000n) / BPS
  switch (ending.kind) {
    case 'accepted':
      return settled(money, earned(money, ending.used))
    case 'unchallenged':
      return settled(money, money.unitPrice === 0n ? money.price * money.jobs : 0n)
    case 'cancelled':
      return { ...NOBODY, creator: P, provider: C }
    case 'timed-out':
      return { ...NOBODY, creator: P + penalty / 2n, provider: C - penalty, pool: penalty - penalty / 2n }
    case 'ruled':
      return afterVerdict(money, ending)
  }
}

function afterVerdict(money: Money, { verdict, voters, used, creatorDeposit, providerDeposit }: Ending): Credits {
  const [P, C] = [money.price * money.jobs, money.collateral * money.jobs]
  const mediators = voters * money.seatFee
  const budget = seatsOfAllRounds(money) * money.seatFee
  if (verdict === 'no-verdict') {
    return {
      ...NOBODY,
      mediators,
      creator: P + creatorDeposit,
      provider: C + providerDeposit,
      challenger: budget - mediators
    }
  }
  if (verdict === 'wrong') {
    const left = C - least(mediators, C)
    const compensation = least(left / 10n, P)
    const challenger = budget - (mediators - least(mediators, C))
    return {
      ...NOBODY,
      mediators,
      challenger,
      creator: P + compensation + creatorDeposit,
      pool: left - compensation + providerDeposit
    }
  }
  const paid = settled(money, earned(money, used))
  return {
    ...paid,
    mediators,
    provider: paid.provider + providerDeposit,
    challenger: budget - mediators + creatorDeposit
  }
}

const metered = { unitPrice: 40_000_000_000_000_003n }
const ifAccepted = { unitPrice: IF_ACCEPTED }
const CASES: readonly (readonly [what: string, money: Money, ending: Ending])[] = [
  ['accepted at a flat price', MONEY, END],
  ['accepted, every division with a remainder', ODD, END],
  ['accepted, metered below the cap', { ...MONEY, ...metered }, { ...END, used: 2_500_001n }],
  ['accepted, metered above the cap', { ...MONEY, ...metered }, { ...END, used: 10n ** 12n }],
  ['accepted, metered and nothing used', { ...MONEY, ...metered }, END],
  ['accepted, a public good', { ...ODD, isPublicGood: true }, END],
  ['accepted for nothing', { ...MONEY, price: 0n, collateral: 0n }, END],
  ['unchallenged at a flat price', ODD, { ...END, kind: 'unchallenged' }],
  ['unchallenged, metered and never opened', { ...MONEY, ...metered }, { ...END, kind: 'unchallenged' }],
  ['accepted, paid if accepted', { ...ODD, ...ifAccepted }, END],
  ['unchallenged, paid if accepted', { ...ODD, ...ifAccepted }, { ...END, kind: 'unchallenged' }],
  ['correct, paid if accepted', { ...ODD, ...ifAccepted }, ruled('correct', 3n)],
  ['timed out, price below collateral', ODD, { ...END, kind: 'timed-out' }],
  ['timed out, collateral below price', { ...ODD, collateral: 777n }, { ...END, kind: 'timed-out' }],
  ['cancelled', ODD, { ...END, kind: 'cancelled' }],
  ['correct, all of three', MONEY, ruled('correct', 3n)],
  ['correct after an escalation', ODD, ruled('correct', 9n)],
  ['correct, metered', { ...MONEY, ...metered }, ruled('correct', 3n, { used: 2_500_001n })],
  ['correct, the creator appealed and lost', ODD, ruled('correct', 10n, { creatorDeposit: 700_021n })],
  ['correct, the provider appealed and won', ODD, ruled('correct', 7n, { providerDeposit: 700_021n })],
  ['unverifiable', ODD, ruled('unverifiable', 3n)],
  ['wrong, all of three', MONEY, ruled('wrong', 3n)],
  ['wrong, every division with a remainder', ODD, ruled('wrong', 8n)],
  ['wrong, compensation capped by the price', { ...ODD, price: 1_009n }, ruled('wrong', 3n)],
  ['wrong, seats cost more than the collateral', { ...ODD, collateral: 70_001n }, ruled('wrong', 10n)],
  ['wrong, no collateral', { ...ODD, collateral: 0n }, ruled('wrong', 3n)],
  ['wrong, the provider appealed and lost', ODD, ruled('wrong', 10n, { providerDeposit: 700_021n })],
  ['wrong, the creator appealed and won', ODD, ruled('wrong', 7n, { creatorDeposit: 700_021n })],
  ['no verdict, two of three voted', ODD, ruled('no-verdict', 2n)],
  ['no verdict, nobody voted', ODD, ruled('no-verdict', 0n)],
  ['no verdict after appeals', ODD, ruled('no-verdict', 10n, { creatorDeposit: 700_021n, providerDeposit: 700_021n })]
]

/** Cases with fuzzed amounts, one per kind and verdict. */
function fuzzed(): readonly (readonly [string, Money, Ending])[] {
  const verdicts = ['correct', 'wrong', 'unverifiable', 'no-verdict'] as const
  return Array.from({ length: 16 }, (_, i) => {
    const pick = (field: string, limit: bigint): bigint => number(`payout.${i}.${field}`, limit)
    const money = {
      ...MONEY,
      price: pick('price', 10n ** 20n),
      collateral: pick('collateral', 10n ** 20n),
      seatFee: pick('seatFee', 10n ** 18n),
      unitPrice: i % 3 === 0 ? pick('unitPrice', 10n ** 18n) : 0n,
      jobs: 1n + pick('jobs', 40n),
      feeBps: pick('feeBps', 1_001n),
      authorBps: pick('authorBps', 1_001n)
    }
    const verdict = verdicts[i % verdicts.length] ?? 'correct'
    return [`fuzzed ${i}`, money, ruled(verdict, pick('voters', 11n), { used: pick('used', 10n ** 8n) })]
  })
}

const asText = (record: object): Record<string, string | boolean> =>
  Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, typeof value === 'bigint' ? decimal(value) : value])
  )

/** `payouts.json`: amounts in wei as decimal text. */
export function payoutVectors() {
  const cases = [...CASES, ...fuzzed()].map(([what, money, ending]) => {
    return { what, money: asText(money), ending: asText(ending), credits: asText(credits(money, ending)) }
  })
  return { cases }
}
