// Offers between twenty nodes, each a process of its own, with 25 ms on every byte: books come to be equal, a late joiner
// and two parted halves catch up, and a flood is stopped. What it takes in time is printed here and held beside its goals
// by `npm run bench:network`; here only a hang fails.
// serial
// timeout: 900
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GOSSIP } from '../../protocols/wire.ts'
import { Fleet } from '../../testnet/fleet/fleet.ts'
import { type Latencies, tryBooks, tryFlood, tryLateJoiner, tryPartition } from '../../testnet/fleet/trials.ts'

const NODES = 20
const DELAY_MS = 25
const OFFERS = 200
const PER_SECOND = 10
const PARTED_MS = 5_000
/** Ten times what an account may send. */
const FLOOD_PER_SECOND = 10 * GOSSIP.job.ownPerSecond

const network = suite('gossip between processes')
let fleet: Fleet
let offers = OFFERS

network.before(async () => {
  fleet = await Fleet.start(NODES, DELAY_MS)
})
network.after(() => fleet?.stop())

const inWords = ({ p50Ms, p99Ms, heard, expected }: Latencies) =>
  `p50 ${p50Ms} ms, p99 ${p99Ms} ms, ${heard} of ${expected} heard by gossip`

network('every book comes to be equal', async () => {
  const { count, equalMs, latencies } = await tryBooks(fleet, OFFERS, PER_SECOND)
  console.log(`${count} offers: equal ${equalMs.toFixed(0)} ms after the last; ${inWords(latencies)}`)
  assert.is(count, OFFERS)
  offers = count
})

network('a node that joins late has the whole book', async () => {
  const { wholeMs } = await tryLateJoiner(fleet, offers)
  console.log(`late joiner: whole after ${wholeMs.toFixed(0)} ms`)
})

network('two halves that were parted hold one book again', async () => {
  const { count, wereApart, convergedMs } = await tryPartition(fleet, offers, PARTED_MS)
  console.log(`healed: one book after ${convergedMs.toFixed(0)} ms`)
  assert.ok(wereApart, 'the cut kept their books apart')
  assert.ok(count > offers)
})

network('a peer at ten times its quota is sent away, and the others go on hearing each other', async () => {
  const { quiet, loud, flooded, lastedMs, listeners } = await tryFlood(fleet, FLOOD_PER_SECOND, 10, 8)
  console.log(`quiet: ${inWords(quiet)}\nflood: ${inWords(loud)}; ${flooded} sent, sent away after ${lastedMs} ms`)
  // A machine that is too busy for a flood shows none.
  const times = flooded / (lastedMs / 1000) / GOSSIP.job.ownPerSecond
  assert.ok(listeners === 0 || times < 4, `${listeners} listen to it at ${times.toFixed(1)} times its quota`)
  assert.ok(loud.heard > 0.9 * loud.expected, inWords(loud))
})

network.run()
