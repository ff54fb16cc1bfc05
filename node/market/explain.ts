/**
 * Why a job went where it went: the rule applied again to what this node saw, beside what the chain holds. It shows what
 * can be seen from here and blames nobody for the rest: whether a provider was silent, only its creator knows.
 */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { formatCoins, minWei } from '../../protocols/core/units.ts'
import { checkProposal } from '../../protocols/deal/terms.ts'
import type { Pair } from '../../protocols/match/match.ts'
import { isSpare, type Round, roundOf, type Standing } from '../../protocols/match/standing.ts'
import type { JobOffer, Offer } from '../../protocols/offer/offer.ts'
import { priceOfTick } from '../../protocols/offer/price.ts'
import { DEAL_VALID_BLOCKS, OFFER_HEAD_SLACK_BLOCKS } from '../../protocols/params.ts'
import type { Answers } from './answers.ts'
import type { Components } from './components.ts'
import type { ExplainedPlace, ExplainVerdict, JobExplanation } from './explanation.ts'
import type { Facts } from './facts.ts'
import type { Offers } from './offer.ts'
import type { Past, PastDeal } from './past.ts'

/** What explanations are made of. */
export interface ExplainInit {
  readonly parts: Components
  readonly offers: Offers
  readonly facts: Facts
  readonly past: Past
  readonly answers: Answers
}

/** An opinion on a deal. */
interface Opinion {
  readonly verdict: ExplainVerdict
  readonly words: string
}

/**
 * Blocks by which what this node had heard may be ahead of, or behind, what the creator had: heads and gossip do not reach
 * all at once. Where the deal follows from one of these views, its creator is believed.
 */
const LAGS = [0, -1, 1, 2, OFFER_HEAD_SLACK_BLOCKS]

/** Better opinions first. */
const BY_TRUST: readonly ExplainVerdict[] = ['by-rule', 'next-in-rank']

/** @see the head of this file */
export class Explainer {
  readonly #init: ExplainInit

  constructor(init: ExplainInit) {
    this.#init = init
  }

  /** A job: by its own id, or by its deal's. Undefined when neither is known. @throws EXPLAIN_TOO_OLD */
  job(id: Bytes32): JobExplanation | undefined {
    const { past, offers } = this.#init
    const deal = past.dealOf(id) ?? past.dealOfOffer(id)
    if (deal !== undefined) return this.#dealt(deal)
    const job = offers.jobs.heard.find(id)?.offer
    return job === undefined ? undefined : this.#open(job)
  }

  /** The round of a block as this node saw it, from one job. @throws EXPLAIN_TOO_OLD */
  round(job: Offer<JobOffer>, block: number, lag = 0): Round {
    const { past } = this.#init
    const { jobs, resources } = past.view(block, lag)
    // Its creator had the job, whenever it came here.
    const all = jobs.some(({ id }) => id === job.id) ? jobs : [...jobs, job]
    return roundOf(job, { jobs: all, resources }, block, this.#seedOf(block), past.facts(block, lag))
  }

  /** The block in whose round a deal was made, as the deal itself says. */
  static blockOf({ deal }: PastDeal): number {
    return deal.validUntil - DEAL_VALID_BLOCKS
  }

  #dealt(dealt: PastDeal): JobExplanation {
    const { offers, past } = this.#init
    const { deal } = dealt
    const block = Explainer.blockOf(dealt)
    const job = offers.jobs.heard.find(deal.jobOffer)?.offer
    const resource = offers.resources.heard.find(deal.resourceOffer)?.offer
    const unseen = [
      ...(job === undefined ? [{ kind: 'job' as const, id: deal.jobOffer }] : []),
      ...(resource === undefined ? [{ kind: 'resource' as const, id: deal.resourceOffer }] : [])
    ]
    const common = {
      kind: 'job' as const,
      id: deal.jobOffer,
      block,
      creator: deal.creator,
      deal: {
        id: dealt.id,
        provider: deal.provider,
        resourceOffer: deal.resourceOffer,
        priceWei: deal.price,
        committedAt: dealt.committedAt
      },
      unseen,
      ...(past.joinedBlock > block ? { joinedAt: past.joinedBlock } : {})
    }
    if (job === undefined) {
      const words = `this node never heard the job offer ${deal.jobOffer}, so it cannot say what the rule gave it`
      return { ...common, verdict: 'unseen', words, ranking: [], unfit: [] }
    }
    const rounds = LAGS.map(lag => this.round(job, block, lag))
    const seen = rounds.map((round): JobExplanation => {
      const opinion = this.#opinionOf(dealt, job, round)
      return { ...common, ...opinion, ...this.#shown(job, round, block, deal.resourceOffer) }
    })
    const [first] = [...BY_TRUST.flatMap(verdict => seen.find(each => each.verdict === verdict) ?? []), ...seen]
    if (first === undefined) throw new TypeError('there is a view at least')
    return first
  }

  #open(job: Offer<JobOffer>): JobExplanation {
    const block = this.#init.parts.chain.head().number
    const round = this.round(job, block)
    const { partner, standings } = round
    const words =
      round.isEarly && partner !== undefined
        ? `it is new; ${partner.resource.account} is the first with a spare unit, for ${coinsOf(partner)}`
        : !round.isWaiting
          ? 'the offer is not matched: it is new, has expired, was withdrawn, or its creator has no escrow for it'
          : partner !== undefined
            ? `the rule gives it to ${partner.resource.account} for ${coinsOf(partner)}`
            : standings.length > 0
              ? `${standings.length} offers fit, and the rule gives all their units to other jobs`
              : 'no offer fits'
    return {
      kind: 'job',
      id: job.id,
      verdict: partner === undefined ? 'unmatched' : 'waiting',
      words,
      block,
      creator: job.account,
      ...this.#shown(job, round, block),
      unseen: []
    }
  }

  /** What this node makes of a deal whose job it heard. */
  #opinionOf(dealt: PastDeal, job: Offer<JobOffer>, round: Round): Opinion {
    const { deal, committedAt } = dealt
    const block = Explainer.blockOf(dealt)
    const resource = this.#init.offers.resources.heard.find(deal.resourceOffer)?.offer
    if (resource === undefined)
      return { verdict: 'unseen', words: `this node never heard the offer ${deal.resourceOffer} of ${deal.provider}` }
    if (block >= committedAt)
      return offRule(`it was committed in block ${committedAt} and says that it was signed in block ${block}`)
    const terms = checkProposal(deal, job, resource, block)
    if (terms.kind !== 'accept') return offRule(`the deal is not what the offers say: ${terms.reason.detail}`)
    const order = inOrder(round)
    const at = order.findIndex(({ pair }) => pair.resource.id === resource.id)
    if (at < 0) {
      const why = round.unfit.find(unfit => unfit.resource.id === resource.id)
      return offRule(
        `the offer that it went to was out of the question: ${why?.detail ?? 'it did not stand here then'}`
      )
    }
    const isPartner = round.partner?.resource.id === resource.id
    if (round.isEarly) {
      const place = order[at]
      if (place !== undefined && !isSpare(place))
        return offRule(`the job was new, and the rule gave the units of ${deal.provider} to jobs that had waited`)
      if (isPartner)
        return { verdict: 'by-rule', words: `the job was new, and ${deal.provider} was the first with a spare unit` }
    }
    if (isPartner) return { verdict: 'by-rule', words: `the rule gives the job to ${deal.provider}, and there it went` }
    const passed = order.slice(0, at).find(standing => this.#reason(job, standing, block) === undefined)
    if (passed === undefined)
      return { verdict: 'next-in-rank', words: `all that came before ${deal.provider} were taken or said no` }
    const { account } = passed.pair.resource
    const isMine = account === this.#init.parts.signer.account
    return offRule(
      `${account} came before, for ${coinsOf(passed.pair)}, and had a free unit${isMine ? ': it is this node, and was never asked' : '; unless it was silent or said no, its creator passed it over'}`
    )
  }

  /** Why a job did not go to an offer that could have had it; undefined when no reason can be seen here. */
  #reason(job: Offer<JobOffer>, { pair, units, givenTo }: Standing, block: number): string | undefined {
    const { answers, offers, past } = this.#init
    const { account, body } = pair.resource
    const no = answers.of(job.id, account)
    if (no !== undefined) return `said no: ${no.reason} (${no.code})`
    const silence = job.account === this.#init.parts.signer.account ? answers.silence(account, block) : undefined
    if (silence !== undefined) return `was silent in block ${silence.block}, and is asked last (${silence.code})`
    const promised = past
      .deals()
      .filter(each => each.committedAt > block && Explainer.blockOf(each) <= block)
      .filter(({ deal }) => deal.provider === account && offers.slotOf(deal.resourceOffer)?.slot === body.slot)
    const others = new Set([...givenTo, ...promised.map(({ deal }) => deal.jobOffer)])
    others.delete(job.id)
    if (others.size < units) return this.#lacksCollateral(job, pair, block, promised)
    return promised.length >= units ? 'its units were promised to earlier deals' : 'the rule gave its units to others'
  }

  /** The rule asks for the collateral of an offer's slot, the Market for that of the deal. */
  #lacksCollateral(
    job: Offer<JobOffer>,
    { resource, priceTick }: Pair,
    block: number,
    promised: readonly PastDeal[]
  ): string | undefined {
    const neededWei = priceOfTick(priceTick) * BigInt(job.body.collateralTimes)
    const promisedWei = promised.reduce((sum, { deal }) => sum + deal.collateral, 0n)
    const free = LAGS.map(lag => (this.#init.past.freeWei(resource.account, block + lag) ?? neededWei) - promisedWei)
    const least = free.reduce(minWei)
    if (least >= neededWei) return undefined
    return `had ${formatCoins(least)} free of the ${formatCoins(neededWei)} that it would have put up`
  }

  #shown(job: Offer<JobOffer>, round: Round, block: number, dealt?: Bytes32) {
    const { partner } = round
    const places = inOrder(round)
    const dealtAt = places.findIndex(({ pair }) => pair.resource.id === dealt)
    const ranking = places.map((standing, i): ExplainedPlace => {
      const { resource, priceTick } = standing.pair
      const reason = dealtAt < 0 || i < dealtAt ? this.#reason(job, standing, block) : undefined
      return {
        rank: i + 1,
        provider: resource.account,
        resourceOffer: resource.id,
        priceWei: priceOfTick(priceTick),
        isPartner: resource.id === partner?.resource.id,
        isDeal: resource.id === dealt,
        ...(reason === undefined ? {} : { reason })
      }
    })
    const unfit = round.unfit.map(({ resource, code, detail }) => {
      return { provider: resource.account, resourceOffer: resource.id, code, detail }
    })
    return { ranking, unfit, ...(partner === undefined ? {} : { partner: partnerOf(partner) }) }
  }

  #seedOf(block: number): Bytes32 {
    const seed = this.#init.facts.hashOf(block)
    if (seed !== undefined) return seed
    throw new LilyError('EXPLAIN_TOO_OLD', `this node does not know block ${block} any more, or not yet`)
  }
}

/** The rule's choice, then the others by rank: the order in which a creator asks. */
function inOrder({ partner, standings }: Round): readonly Standing[] {
  const isPartner = ({ pair }: Standing) => pair.resource.id === partner?.resource.id
  return [...standings.filter(isPartner), ...standings.filter(standing => !isPartner(standing))]
}

function partnerOf({ resource, priceTick }: Pair): {
  readonly provider: Address
  readonly resourceOffer: Bytes32
  readonly priceWei: bigint
} {
  return { provider: resource.account, resourceOffer: resource.id, priceWei: priceOfTick(priceTick) }
}

function offRule(words: string): Opinion {
  return { verdict: 'off-rule', words }
}

function coinsOf({ priceTick }: Pair): string {
  return formatCoins(priceOfTick(priceTick))
}
