// What a listener who comes late is told: everything that is still open, nothing that is over.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { History } from '../../../node/chain/history.ts'
import type { ChainEvent } from '../../../node/market/ports.ts'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { sampleDeal } from '../../fakes/deal.ts'

const REQUEST: Bytes32 = `0x${'1d'.repeat(32)}`
const DEAL: Bytes32 = `0x${'dd'.repeat(32)}`
const OTHER: Bytes32 = `0x${'ee'.repeat(32)}`

const history = suite('History.settle')

/** The types of what is told after these blocks of one event each. */
function told(...events: readonly ChainEvent[]): readonly string[] {
  const past = new History()
  for (const [i, event] of events.entries()) {
    const hash: Bytes32 = `0x${i.toString(16).padStart(64, '0')}`
    past.settle({ header: { number: i, hash, parentHash: hash, timestampSec: i }, events: [event] })
  }
  return past.replay().flatMap(update => update.events.map(({ type, id }) => `${type} ${id.slice(2, 4)}`))
}

const committed = (id: Bytes32, jobOffer: Bytes32): ChainEvent => ({
  type: 'deal:committed',
  id,
  deal: { ...sampleDeal(), jobOffer }
})
const closed = (id: Bytes32): ChainEvent => ({ type: 'deal:closed', id })
const order = { client: `0x${'c1'.repeat(20)}`, nonce: 1n, from: 0n, spec: DEAL, module: DEAL, price: 1n } as const
const terms = { ramp: 0, expiry: 9n, collateralTimes: 1, seatFee: 0n, runTime: 1, window: 1, seats: 1, rounds: 1 }
const wishes = { reward: 0n, isChecked: false, isPublished: false, kind: 0, dataLimit: 0, callbackGas: 0 }
const made: ChainEvent = {
  type: 'request:made',
  id: REQUEST,
  request: { id: REQUEST, order: { ...order, ...terms, ...wishes }, inputs: [] }
}

history('forgets a deal with its end', () => {
  assert.equal(told(committed(DEAL, OTHER), { type: 'deal:submitted', id: DEAL }, closed(DEAL)), [])
  assert.equal(told(committed(DEAL, OTHER), committed(OTHER, DEAL), closed(DEAL)), ['deal:committed ee'])
})

history('keeps the deal of a request that is not over, and forgets both together', () => {
  const open = [made, committed(DEAL, REQUEST), closed(DEAL)]
  assert.equal(told(...open), ['request:made 1d', 'deal:committed dd', 'deal:closed dd'])
  assert.equal(told(...open, { type: 'request:closed', id: REQUEST }), [])
})

history.run()
