/**
 * The provider's desk: every proposal of a deal comes here and is answered. Is it ours, is it fair, is there room, do we have
 * the data, and does nobody come before (line.ts)? A yes is in the journal before it is said. Step 3 of a job's life, seen from the provider.
 */
import { recoverAccount } from '../../protocols/core/account.ts'
import { fromHex } from '../../protocols/core/bytes.ts'
import type { DealId } from '../../protocols/deal/deal.ts'
import type { AnswerCode, DealAnswer, Proposal } from '../../protocols/deal/proposal.ts'
import { checkProposal } from '../../protocols/deal/terms.ts'
import type { Components } from './components.ts'
import { givenUp, idOfDeal, type KeptDeal, PATIENCE_BLOCKS, signedAt } from './deal.ts'
import type { Facts } from './facts.ts'
import { Line } from './line.ts'
import type { Matches } from './match.ts'
import type { Offers } from './offer.ts'
import type { AbortOptions, Startable } from './ports.ts'
import type { Prefetcher } from './prefetch.ts'
import type { Supply } from './supply.ts'

/** Said of a deal whose commit the creator should wait for. */
export const COMMITTING: AnswerCode = 'DEAL_COMMITTING'

/** What a desk works with. */
export interface DeskInit {
  readonly parts: Components
  readonly offers: Offers
  readonly facts: Facts
  readonly supply: Supply
  readonly prefetcher: Prefetcher
  readonly matches: Matches
  /** A deal that was said yes to. */
  kept(id: DealId): Promise<KeptDeal | undefined>
  /** Says yes: the deal is kept when it resolves. */
  take(id: DealId, kept: KeptDeal): Promise<void>
  /** Leaves the commit of such a deal to its creator; false while ours is on its way. */
  handOver(id: DealId): boolean
}

/** @see the head of this file */
export class Desk implements Startable {
  readonly #init: DeskInit
  readonly #line: Line

  constructor(init: DeskInit) {
    const { parts, facts, supply, matches } = init
    const { chain, clock } = parts
    this.#init = init
    this.#line = new Line({ chain, clock, facts, supply, matches, log: parts.logger('lily:deal') })
  }

  async start(): Promise<void> {
    this.#line.start()
  }

  async stop(): Promise<void> {
    this.#line.stop()
  }

  /** Answers a proposal. Every no is told, for an owner who wonders why there is no work. */
  async *answer(proposal: Proposal, options: AbortOptions): AsyncIterable<DealAnswer> {
    const { parts } = this.#init
    const { deal } = proposal
    const answer = await this.#decide(proposal, options)
    const { code, detail: reason } = answer
    const told = { job: deal.jobOffer, deal: idOfDeal(parts, deal), creator: deal.creator, code, reason }
    if (answer.answer !== 'accept') parts.events.emit('deal:declined', { ...told, block: parts.chain.head().number })
    yield answer
  }

  async #decide({ deal, signature, offer, offerSignature }: Proposal, options: AbortOptions): Promise<DealAnswer> {
    const { parts, offers, facts, supply, prefetcher } = this.#init
    const id = idOfDeal(parts, deal)
    const known = await this.#init.kept(id)
    if (known !== undefined) return this.#again(id, known)
    const resource = supply.offerOf(deal.resourceOffer)
    if (resource === undefined) return refuse('DEAL_OFFER_UNKNOWN', 'that offer of ours no longer stands')
    const job = await offers.jobs.authenticate(offer, offerSignature)
    if (job === undefined || recoverAccount(id, signature) !== job.account)
      return refuse('DEAL_BAD_SIGNATURE', 'the offer and the deal must be signed by the creator')
    const verdict = checkProposal(deal, job, resource, parts.chain.head().number)
    if (verdict.kind !== 'accept') {
      const { code, detail } = verdict.reason
      // Too late for this signature, not for this job: the creator may sign again.
      if (code === 'DEAL_EXPIRED') return { answer: 'busy', code, detail, signature: null }
      return refuse(code, detail)
    }
    if (facts.isTaken(job.id)) return refuse('DEAL_TAKEN', 'that job offer already became a deal')
    if (!(await supply.hasRoomFor(deal, options))) return noRoom()
    // Nobody without money makes us fetch.
    if ((await parts.chain.balance(job.account, options)).freeWei < deal.price)
      return refuse('DEAL_UNFUNDED', 'the creator has not the price free in the Market')
    // The Market would revert the commit; found out before anything is fetched.
    if (job.body.isPublished && (await parts.chain.modules.termsOf(deal.module, options)) === undefined)
      return refuse('DEAL_MODULE_UNKNOWN', 'the registry does not know the module that the deal names')
    // What cannot be fetched cannot be run: found out before our collateral is at stake.
    const fetched = await prefetcher.ready(offer, options)
    if (fetched.state === 'fetching') return say('fetching', 'DEAL_FETCHING', 'fetching the job data')
    if (fetched.state === 'failed') return refuse(fetched.code, fetched.message)
    const place = await this.#line.admit({ id, deal, job, resource }, options)
    if (place === 'full') return noRoom()
    if (place === 'better') return say('better', 'DEAL_BETTER', 'the units are for jobs that come before')
    await this.#init.take(id, { deal, signature, failure: null })
    return this.#yes(id)
  }

  /** What a creator that asks again is told. */
  async #again(id: DealId, kept: KeptDeal): Promise<DealAnswer> {
    const reason = givenUp(kept)
    if (reason !== undefined) return refuse('DEAL_REVERTED', reason)
    // Sooner nobody asks but who would hold a unit that it never pays for. The creator's head may be a block ahead.
    const isTime = this.#init.parts.chain.head().number >= signedAt(kept.deal) + PATIENCE_BLOCKS - 1
    // Two commits of one deal: the second would be paid for, and revert.
    const isLeft = !isTime || this.#init.handOver(id)
    return isLeft ? this.#yes(id) : say('busy', COMMITTING, 'our commit of it is on its way')
  }

  /** A yes is a promise: it is signed, and whoever has it may commit the deal until it has run out. */
  async #yes(id: DealId): Promise<DealAnswer> {
    const signature = fromHex(await this.#init.parts.signer.signDigest(id))
    return { answer: 'accept', code: '', detail: '', signature }
  }
}

function noRoom(): DealAnswer {
  return say('busy', 'DEAL_NO_ROOM', 'no free unit')
}

function say(answer: DealAnswer['answer'], code: AnswerCode, detail: string): DealAnswer {
  return { answer, code, detail, signature: null }
}

/** @param code one of ours, or of what went wrong with the job's data */
function refuse(code: AnswerCode | (string & {}), detail: string): DealAnswer {
  return { answer: 'refuse', code, detail: detail.slice(0, 250), signature: null }
}
