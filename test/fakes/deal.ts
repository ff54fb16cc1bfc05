// A deal with plausible terms; tests spread it.
import { ZERO_BYTES32 } from '../../protocols/core/bytes.ts'
import type { Deal } from '../../protocols/deal/deal.ts'

/** One job for a thousand wei, ten times that in collateral, three seats. */
export function sampleDeal(): Deal {
  return {
    creator: `0x${'0c'.repeat(20)}`,
    provider: `0x${'0b'.repeat(20)}`,
    token: `0x${'00'.repeat(20)}`,
    price: 1000n,
    unitPrice: 0n,
    collateral: 10_000n,
    seatFee: 100n,
    jobs: 1,
    runTime: 60,
    window: 60,
    seats: 3,
    rounds: 2,
    auditBps: 0,
    jobOffer: ZERO_BYTES32,
    resourceOffer: ZERO_BYTES32,
    spec: ZERO_BYTES32,
    module: ZERO_BYTES32,
    validUntil: 100,
    nonce: 1n
  }
}
