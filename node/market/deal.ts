/**
 * Making a deal. The creator signs it and proposes it over a stream; the provider checks it against its own offer, answers,
 * and commits it on chain. The signature is the lock, the chain is the judge. Step 3 of a job's life.
 */
import { fromHex, type Hex, toHex } from '../../protocols/core/bytes.ts'
import { bytes, codec, nullable, struct, text } from '../../protocols/core/codec.ts'
import { DEAL, type Deal, type DealId } from '../../protocols/deal/deal.ts'
import type { AnswerCode, DealAnswer, Proposal } from '../../protocols/deal/proposal.ts'
import { dealOfPair } from '../../protocols/deal/terms.ts'
import { dealId } from '../../protocols/deal/typed-data.ts'
import type { Pair } from '../../protocols/match/match.ts'
import type { ResourceOffer } from '../../protocols/offer/offer.ts'
import { DEAL_VALID_BLOCKS } from '../../protocols/params.ts'
import { STREAMS } from '../../protocols/wire.ts'
import { type Components, domainOf } from './components.ts'
import { peerIdOfPublicKey } from './peer-id.ts'
import type { AbortOptions } from './ports.ts'
import { Streams } from './streams.ts'

/** A signed deal as a provider keeps it from its answer to the deal's end. */
export const KEPT_DEAL = codec(
  'kept deal',
  struct({ deal: DEAL, signature: bytes(64, 65), failure: nullable(text(600)) }),
  4096
)

/** @see KEPT_DEAL */
export type KeptDeal = ReturnType<(typeof KEPT_DEAL)['decode']>

/** Begins the failure of a deal that the Market would not take; other failures are of the run. */
const REVERTED: AnswerCode = 'DEAL_REVERTED'

/** A deal that its provider has tried to commit in vain, and will not try again: its creator is told so when it asks. */
export function giveUp(kept: KeptDeal, reason: string): KeptDeal {
  return { ...kept, failure: `${REVERTED}: ${reason}`.slice(0, 500) }
}

/** Why a deal was given up; undefined where it was not. */
export function givenUp({ failure }: KeptDeal): string | undefined {
  const start = `${REVERTED}: `
  return failure?.startsWith(start) === true ? failure.slice(start.length) : undefined
}

/** Blocks after the signature in which a provider that said yes has committed; later it is asked what became of it. */
export const PATIENCE_BLOCKS = 2

/** The head for which its creator signed a deal. */
export function signedAt({ validUntil }: Pick<Deal, 'validUntil'>): number {
  return validUntil - DEAL_VALID_BLOCKS
}

/** A deal that its creator has signed. */
export interface SignedDeal {
  readonly id: DealId
  readonly deal: Deal
  readonly signature: Hex
}

/** The creator's side of `deal/1`. */
export class Proposer {
  readonly #parts: Components
  readonly #streams: Streams

  constructor(parts: Components) {
    this.#parts = parts
    this.#streams = Streams.of(parts, 'lily:deal')
  }

  /** The deal of a matched pair, signed; unique by its nonce. */
  async sign(pair: Pair, block: number): Promise<SignedDeal> {
    const { chain, signer, entropy } = this.#parts
    const deal = dealOfPair(pair, block, BigInt(toHex(entropy(16))))
    const id = dealId(domainOf(chain), deal)
    return { id, deal, signature: await signer.signDigest(id) }
  }

  /** Proposes a signed deal to its provider, or asks what became of it. @throws NET_* when the provider cannot be asked */
  propose(
    pair: { readonly job: Pair['job']; readonly resource: { readonly body: Pick<ResourceOffer, 'key'> } },
    { deal, signature }: SignedDeal,
    options: AbortOptions
  ): Promise<DealAnswer> {
    const { body, signature: offerSignature } = pair.job
    const proposal: Proposal = {
      deal,
      signature: fromHex(signature),
      offer: body,
      offerSignature: fromHex(offerSignature)
    }
    return this.#streams.ask(peerIdOfPublicKey(pair.resource.body.key), STREAMS.deal, proposal, options)
  }
}

/** The id under which the chain knows a deal. */
export function idOfDeal(parts: Pick<Components, 'chain'>, deal: Deal): DealId {
  return dealId(domainOf(parts.chain), deal)
}
