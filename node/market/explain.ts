/**
 * Why a job went where it went: the rule applied again to what this node saw, beside what the chain holds. It shows what
 * can be seen from here and blames nobody for the rest: whether a provider was silent, only its creator knows.
 */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { formatCoins } from '../../protocols/core/units.ts'
import { checkProposal } from '../../protocols/deal/terms.ts'
import type { Pair } from '../../protocols/match/match.ts'
import { type Round, roundOf, type Standing } from '../../protocols/match/standing.ts'
import type { JobOffer, Offer } from '../../protocols/offer/offer.ts'
import { priceOfTick } from '../../protocols/offer/price.ts'
import { DEAL_VALID_BLOCKS } from '../../protocols/params.ts'
import type { Answers } from './answers.ts'
import type { Components } from './components.ts'
import type { ExplainedPlace, ExplainVerdict, JobExplanation } from './explanation.ts'
import type { Facts } from './facts.ts'
import type { Moment } from './heard.ts'
import type { Offers } from './offer.ts'
import type { Past, PastDeal } from './past.ts'
import type { AbortOptions } from './ports.ts'

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

/** Better opinions first: what came in the course of a block may have been in its round or not, and the creator is believed. */
const BY_TRUST: readonly ExplainVerdict[] = ['by-rule', 'next-in-rank']

/** @see the head of this file */
export class Explainer {
  readonly #init: ExplainInit

  constructor(init: ExplainInit) {
    this.#init = init
  }

  /** A job: by its own id, or by its deal's. Undefined when neither is known. @throws EXPLAIN_TOO_OLD, CHAIN_* */
  async job(id: Bytes32, options: AbortOptions = {}): Promise<JobExplanation | undefined> {
    const { past, offers } = this.#init
    const deal = past.dealOf(id) ?? past.dealOfOffer(id)
    if (deal !== undefined) return this.#dealt(deal, options)
    const job = offers.jobs.heard.find(id)?.offer
    return job === undefined ? undefined : this.#open(job, options)
  }

  /** The round of a block as this node saw it, from one job. @throws EXPLAIN_TOO_OLD, CHAIN_* */
  async round(job: Offer<JobOffer>, block: number, moment: Moment, options: AbortOptions): Promise<Round> {
    const { past } = this.#init
    const view = past.view(block, moment)
    return roundOf(job, view, block, this.#seedOf(block), await past.facts(block, view, options))
  }

  /** The block in whose round a deal was made, as the deal itself says. */
  static blockOf({ deal }: PastDeal): number {
    return deal.validUntil - DEAL_VALID_BLOCKS
  }

  async #dealt(dealt: PastDeal, options: AbortOptions): Promise<JobExplanation> {
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
    const seen: JobExplanation[] = []
    for (const moment of ['start', 'end'] as const) {
      const round = await this.round(job, block, moment, options)
      const opinion = this.#opinionOf(dealt, job, round)
      seen.push({ ...common, ...opinion, ...this.#shown(job, round, block, deal.resourceOffer) })
    }
    const best = BY_TRUST.flatMap(verdict => seen.find(each => each.verdict === verdict) ?? [])[0] ?? seen.at(-1)
    if (best === undefined) throw new TypeError('a block has two moments')
    return best
  }

  async #open(job: Offer<JobOffer>, options: AbortOptions): Promise<JobExplanation> {
    const block = this.#init.parts.chain.head().number
    const round = await this.round(job, block, 'end', options)
    const { partner, standings } = round
    const words = !round.isWaiting
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
    if (round.partner?.resource.id === resource.id)
      return { verdict: 'by-rule', words: `the rule gives the job to ${deal.provider}, and there it went` }
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
    const { answers, past } = this.#init
    const { account, id } = pair.resource
    const no = answers.of(job.id, account)
    if (no !== undefined) return `said no: ${no.reason} (${no.code})`
    const promised = past
      .deals()
      .filter(each => each.deal.resourceOffer === id && each.committedAt > block && Explainer.blockOf(each) <= block)
    const others = new Set([...givenTo, ...promised.map(({ deal }) => deal.jobOffer)])
    others.delete(job.id)
    if (others.size < units) return undefined
    return promised.length >= units ? 'its units were promised to earlier deals' : 'the rule gave its units to others'
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
