/**
 * Whether an offer may enter a book. Only the offer, its signature and the node's head decide: never a wall clock.
 * Stake and escrow bound the slots; they are chain facts that change, so the match looks at them, not the book.
 */
import { ignore, reject, type Verdict } from '../core/verdict.ts'
import { OFFER_HEAD_SLACK_BLOCKS, OFFER_MAX_LAG_BLOCKS, OFFER_MAX_LIFE_BLOCKS } from '../params.ts'
import type { OfferBody, ResourceOffer } from './offer.ts'

/** Why an offer was not taken. */
export type OfferCode =
  | 'OFFER_MALFORMED'
  | 'OFFER_LIFE_TOO_LONG'
  | 'OFFER_EXPIRED'
  | 'OFFER_FROM_FUTURE'
  | 'OFFER_TOO_OLD'
  | 'OFFER_BAD_SIGNATURE'
  | 'OFFER_STALE'
  | 'OFFER_EQUIVOCATION'
  | 'OFFER_QUOTA'
  | 'OFFER_WRONG_FORK'

/** The checks that need nothing but the offer and the height of the head, cheapest first; before the signature's. */
export function checkOffer(body: OfferBody, head: number): Verdict<never, OfferCode> | undefined {
  // [REJECT] an offer lives at least its own block and at most OFFER_MAX_LIFE_BLOCKS
  if (body.expiry < body.refBlock || body.expiry - body.refBlock > OFFER_MAX_LIFE_BLOCKS)
    return reject(
      'OFFER_LIFE_TOO_LONG',
      `lives ${body.expiry - body.refBlock} blocks, 0..${OFFER_MAX_LIFE_BLOCKS} are allowed`
    )
  // [REJECT] lists of modules and prices name each once, in the order of their CIDs, so that there is one spelling
  if ('slices' in body && !isCanonicalResource(body))
    return reject('OFFER_MALFORMED', 'modules, prices or runtimes are repeated or unsorted')
  // [IGNORE] the sender may be a few blocks ahead of us
  if (body.refBlock > head + OFFER_HEAD_SLACK_BLOCKS)
    return ignore('OFFER_FROM_FUTURE', `refers to block ${body.refBlock}, our head is ${head}`)
  // [IGNORE] the sender may not know yet that it has expired
  if (body.expiry < head) return ignore('OFFER_EXPIRED', `expired at block ${body.expiry}, our head is ${head}`)
  return undefined
}

/**
 * The check of gossip beside {@link checkOffer}: it carries what is new. A withdrawal repeats the reference block of what it
 * withdraws, and has no rank to gain.
 */
export function checkLag(body: OfferBody, head: number): Verdict<never, OfferCode> | undefined {
  // [IGNORE] whoever repeats an old offer, or dates a new one back, is not helped; sync brings what was truly missed
  if (!body.isCancel && head - body.refBlock > OFFER_MAX_LAG_BLOCKS)
    return ignore('OFFER_TOO_OLD', `refers to block ${body.refBlock}, our head is ${head}`)
  return undefined
}

function isCanonicalResource(body: ResourceOffer): boolean {
  const ascends = (names: readonly string[]) => names.every((name, i) => i === 0 || (names[i - 1] ?? '') < name)
  return (
    body.runtimes.length > 0 &&
    ascends(body.runtimes) &&
    ascends((body.modules ?? []).map(String)) &&
    ascends(body.moduleAsks.map(({ module }) => String(module)))
  )
}
