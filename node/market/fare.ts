/**
 * How a provider's offer fares: which jobs it could have had and why it did not, who sees it, where it stands by price, and
 * what the rule would have brought it at another ask. Asks neighbours, decides nothing.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { termsClash } from '../../protocols/match/compatible.ts'
import { match } from '../../protocols/match/match.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import { MAX_PRICE_TICK, priceOfTick } from '../../protocols/offer/price.ts'
import { Explainer, type ExplainInit } from './explain.ts'
import type { OfferCheck, ResourceExplanation } from './explanation.ts'
import type { PastDeal } from './past.ts'
import type { AbortOptions } from './ports.ts'

/** Deals and waiting jobs that are looked at: each is a round of the rule. */
const MAX_DEALS = 20
const MAX_WAITING = 20

/** Noes that are shown. */
const MAX_DECLINED = 10

/** Blocks whose deals the earnings are counted over, and how many rounds are played again at most for each ask. */
const EARNING_BLOCKS = 256
const MAX_ROUNDS = 32

/** Asks that are tried beside the present one, in ticks of 9 %. */
const OTHER_ASKS = [-8, -4, -2, 0, 2, 4, 8]

/** @see the head of this file */
export class Fare {
  readonly #init: ExplainInit
  readonly #explainer: Explainer

  constructor(init: ExplainInit, explainer: Explainer) {
    this.#init = init
    this.#explainer = explainer
  }

  /** Why an offer of a machine has the jobs that it has; undefined when it was never heard. */
  resource(id: Bytes32): ResourceExplanation | undefined {
    const { offers, parts, past } = this.#init
    const offer = offers.resources.heard.find(id)?.offer
    if (offer === undefined) return undefined
    const block = parts.chain.head().number
    const waiting = [...offers.jobs.live(block)].filter(job => past.dealOfOffer(job.id) === undefined)
    const rows: ResourceExplanation['jobs'][number][] = []
    for (const job of waiting.slice(-MAX_WAITING).reverse()) rows.push(this.#row(offer, job, block))
    for (const deal of past.deals().slice(-MAX_DEALS).reverse()) {
      const job = offers.jobs.heard.find(deal.deal.jobOffer)?.offer
      const at = Explainer.blockOf(deal)
      if (job !== undefined && this.#init.facts.hashOf(at) !== undefined) rows.push(this.#row(offer, job, at, deal))
    }
    const isMine = (row: (typeof rows)[number]) => row.provider === offer.account
    const dealt = rows.filter(row => row.provider !== undefined)
    const words = `has ${dealt.filter(isMine).length} of the last ${dealt.length} deals; ${waiting.length} jobs wait`
    return { kind: 'resource', id, provider: offer.account, block, words, jobs: rows }
  }

  /** How this node's own offer fares. @throws OFFER_NONE */
  async check(peerCount: number, options: AbortOptions = {}): Promise<OfferCheck> {
    const { offers, parts, answers } = this.#init
    const { account } = parts.signer
    const block = parts.chain.head().number
    const standing = [...offers.resources.live(block)]
    const offer = standing.find(each => each.account === account)
    if (offer === undefined)
      throw new LilyError('OFFER_NONE', 'this node has no offer in its book: is it a provider? start it with --role rp')
    const rivals = standing.filter(each => each.account !== account && couldReplace(each, offer))
    const asks = rivals.map(({ body }) => body.askTick)
    return {
      id: offer.id,
      block,
      askWei: priceOfTick(offer.body.askTick),
      peers: await this.#visibility(offer, peerCount, options),
      priceRank: 1 + asks.filter(tick => tick < offer.body.askTick).length,
      rivals: rivals.length,
      cheapestWei: priceOfTick(Math.min(offer.body.askTick, ...asks)),
      declined: answers
        .by(account, MAX_DECLINED)
        .map(({ block: at, job, creator, code, reason }) => ({ block: at, job, creator, code, reason })),
      ...this.#earnings(offer, block)
    }
  }

  #row(
    { account, body }: Offer<ResourceOffer>,
    job: Offer<JobOffer>,
    block: number,
    dealt?: PastDeal
  ): ResourceExplanation['jobs'][number] {
    const round = this.#explainer.round(job, block)
    const isSame = (other: Offer<ResourceOffer>) => other.account === account && other.body.slot === body.slot
    const at = round.standings.findIndex(({ pair }) => isSame(pair.resource))
    const isPartner = round.partner !== undefined && isSame(round.partner.resource)
    const tick = at < 0 ? body.askTick + job.body.tipTick : (round.standings[at]?.pair.priceTick ?? 0)
    const common = {
      job: job.id,
      block,
      priceWei: dealt?.deal.price ?? priceOfTick(Math.min(tick, MAX_PRICE_TICK)),
      ...(dealt === undefined ? {} : { provider: dealt.deal.provider }),
      ...(at < 0 ? {} : { rank: at + 1 }),
      isPartner
    }
    if (dealt?.deal.provider === account || (dealt === undefined && isPartner)) return common
    const unfit = round.unfit.find(({ resource }) => isSame(resource))
    const no = this.#init.answers.of(job.id, account)
    const reason =
      unfit !== undefined
        ? `${unfit.detail} (${unfit.code})`
        : no !== undefined
          ? `said no: ${no.reason} (${no.code})`
          : at < 0
            ? 'did not stand then'
            : isPartner
              ? 'the rule gave it to this offer, and the creator went elsewhere'
              : `${at} came before it, first ${round.standings[0]?.pair.resource.account}`
    return { ...common, reason }
  }

  async #visibility(offer: Offer<ResourceOffer>, count: number, options: AbortOptions): Promise<OfferCheck['peers']> {
    const { offers, parts } = this.#init
    const peers = parts.network.peers().map(({ peerId }) => peerId)
    const chosen: string[] = []
    while (chosen.length < count && peers.length > 0) {
      const [high = 0, low = 0] = parts.entropy(2)
      chosen.push(...peers.splice((high * 256 + low) % peers.length, 1))
    }
    return Promise.all(
      chosen.map(async peerId => {
        const hasIt = await offers.isHeldBy(peerId, 'resource', offer, options).catch(() => undefined)
        return { peerId, hasIt }
      })
    )
  }

  /** Plays the rounds of the last deals again with other asks: what of those deals the rule would have given here. */
  #earnings(offer: Offer<ResourceOffer>, head: number): Pick<OfferCheck, 'earnings' | 'earningsFromBlock'> {
    const { past, facts } = this.#init
    const recent = past.deals().filter(deal => Explainer.blockOf(deal) >= head - EARNING_BLOCKS)
    const rounds = [...Map.groupBy(recent, Explainer.blockOf)].slice(-MAX_ROUNDS)
    const ticks = OTHER_ASKS.map(by => offer.body.askTick + by).filter(tick => tick >= 0 && tick <= MAX_PRICE_TICK)
    const earnings = ticks.map(tick => ({ askWei: priceOfTick(tick), deals: 0, totalWei: 0n }))
    for (const [block, deals] of rounds) {
      const seed = facts.hashOf(block)
      if (seed === undefined) continue
      const view = past.view(block)
      const chain = past.facts(block)
      const dealt = new Set(deals.map(({ deal }) => deal.jobOffer))
      ticks.forEach((askTick, i) => {
        const resources = view.resources.map(each =>
          each.account === offer.account && each.body.slot === offer.body.slot
            ? { ...each, body: { ...each.body, askTick } }
            : each
        )
        const sum = earnings[i]
        for (const { job, resource, priceTick } of match({ jobs: view.jobs, resources }, block, seed, chain)) {
          if (resource.account !== offer.account || !dealt.has(job.id) || sum === undefined) continue
          sum.deals += 1
          sum.totalWei += priceOfTick(priceTick)
        }
      })
    }
    return { earnings, earningsFromBlock: rounds[0]?.[0] ?? head }
  }
}

/** Whether an offer could do what another sells: a job that needs all of that would fit it. */
function couldReplace({ body: rival }: Offer<ResourceOffer>, { body }: Offer<ResourceOffer>): boolean {
  const needs = {
    machine: body.machine,
    arch: body.arch,
    collateralTimes: body.collateralTimes,
    runTimeSec: body.maxRunTimeSec,
    windowSec: body.maxWindowSec
  }
  return body.runtimes.every(runtime => termsClash({ ...needs, runtime }, rival) === undefined)
}
