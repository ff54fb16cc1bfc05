// The ways out: called when due, by whose turn it is, and never before.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keepDispute, settleWhatIsDue } from '../../../node/market/settlement.ts'
import type { Dispute } from '../../../protocols/committee/dispute.ts'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { MAX_SEED_TRIES } from '../../../protocols/params.ts'
import { FakeChain, NO_DISPUTE } from '../../fakes/chain.ts'
import { sampleDeal } from '../../fakes/deal.ts'

const ID: Bytes32 = `0x${'11'.repeat(32)}`
const DEAL = { ...sampleDeal(), runTime: 60, window: 30 }

const due = suite('settleWhatIsDue')

due('a committed deal is refunded after its run time, not in its last second', async () => {
  const chain = new FakeChain(DEAL.creator)
  const record = { status: 'committed', atSec: chain.head().timestampSec } as const
  chain.mine([], DEAL.runTime)
  assert.not(await settleWhatIsDue(chain, ID, DEAL, record, { turn: 0 }))
  chain.mine([], 1)
  assert.ok(await settleWhatIsDue(chain, ID, DEAL, record, { turn: 0 }))
  assert.equal(chain.sent(), ['timeout'])
})

due('a submitted deal is settled after its window', async () => {
  const chain = new FakeChain(DEAL.creator)
  const record = { status: 'submitted', atSec: chain.head().timestampSec, commitment: '0x' } as const
  chain.mine([], DEAL.window)
  assert.not(await settleWhatIsDue(chain, ID, DEAL, record, { turn: 0 }))
  chain.mine([], 1)
  assert.ok(await settleWhatIsDue(chain, ID, DEAL, record, { turn: 0 }))
  assert.equal(chain.sent(), ['settle'])
})

due('later parties leave earlier ones their turn', async () => {
  const chain = new FakeChain(DEAL.creator)
  const record = { status: 'committed', atSec: chain.head().timestampSec } as const
  chain.mine([], DEAL.runTime + 1)
  assert.not(await settleWhatIsDue(chain, ID, DEAL, record, { turn: 1 }))
  chain.mine([], 10)
  assert.ok(await settleWhatIsDue(chain, ID, DEAL, record, { turn: 1 }))
})

due('a deal in court, or at its end, is left alone', async () => {
  const chain = new FakeChain(DEAL.creator)
  for (const status of ['disputed', 'settled', 'none'] as const)
    assert.not(await settleWhatIsDue(chain, ID, DEAL, { status, atSec: 0, commitment: '0x' }, { turn: 0 }))
  assert.equal(chain.sent(), [])
})

const keeper = suite('keepDispute')

async function keep(dispute: Partial<Dispute>, turn = 0, prepare: (chain: FakeChain) => void = () => {}) {
  const chain = new FakeChain(DEAL.creator)
  chain.disputes.set(ID, { ...NO_DISPUTE, ...dispute })
  prepare(chain)
  await keepDispute(chain, ID, DEAL, { turn })
  return chain.sent()
}

keeper('proves the seed and draws, once the beacon can be proved', async () => {
  assert.equal(await keep({ phase: 'seed', seedRound: 5n }), [])
  const mined = (chain: FakeChain) => {
    for (let i = 0; i < 6; i++) chain.mine()
  }
  assert.equal(await keep({ phase: 'seed', seedRound: 5n }, 0, mined), ['fulfilBeacon', 'draw'])
})

keeper('draws only, when somebody else has proved the seed', async () => {
  assert.equal(await keep({ phase: 'seed', seedRound: 5n }, 0, chain => chain.readyRounds.add(5n)), ['draw'])
})

keeper('leaves the proof to earlier parties for some blocks', async () => {
  const mine = (blocks: number) => (chain: FakeChain) => {
    for (let i = 0; i < blocks; i++) chain.mine()
  }
  assert.equal(await keep({ phase: 'seed', seedRound: 5n }, 2, mine(6)), [])
  assert.equal(await keep({ phase: 'seed', seedRound: 5n }, 2, mine(10)), ['fulfilBeacon', 'draw'])
})

keeper('asks for another seed when the first one is late, and not before', async () => {
  const late = (byMoreSec: number) => (chain: FakeChain) => {
    chain.isBeaconDown = true
    chain.seedLateAtSec = chain.head().timestampSec
    if (byMoreSec > 0) chain.mine([], byMoreSec)
  }
  const waiting = { phase: 'seed', seedRound: 5n } as const
  assert.equal(await keep(waiting, 0, late(0)), [])
  assert.equal(await keep(waiting, 0, late(1)), ['rerequest'])
  assert.equal(await keep({ ...waiting, tries: 2 }, 0, late(1)), ['rerequest'])
  assert.equal(await keep(waiting, 1, late(1)), [], 'the creator gains most by it')
  assert.equal(await keep(waiting, 1, late(60)), ['rerequest'])
})

keeper('ends a dispute whose last seed never came', async () => {
  const down = (chain: FakeChain) => {
    chain.isBeaconDown = true
    chain.seedLateAtSec = 0
  }
  assert.equal(await keep({ phase: 'seed', seedRound: 5n, tries: MAX_SEED_TRIES }, 0, down), ['finalise'])
})

keeper('proves a late seed that can still be proved, and gives up none that is known', async () => {
  const late = (chain: FakeChain) => {
    chain.seedLateAtSec = 0
    for (let i = 0; i < 6; i++) chain.mine()
  }
  assert.equal(await keep({ phase: 'seed', seedRound: 5n }, 0, late), ['fulfilBeacon', 'draw'])
  const known = (chain: FakeChain) => {
    chain.seedLateAtSec = 0
    chain.isBeaconDown = true
    chain.readyRounds.add(5n)
  }
  assert.equal(await keep({ phase: 'seed', seedRound: 5n }, 0, known), ['draw'])
})

keeper('does nothing while votes may still come', async () => {
  const nowSec = new FakeChain(DEAL.creator).head().timestampSec
  assert.equal(await keep({ phase: 'commit', commitEndSec: nowSec + 10 }), [])
  const revealing = {
    phase: 'reveal',
    revealed: [true, false, true],
    isOpened: true,
    revealEndSec: nowSec + 10
  } as const
  assert.equal(await keep(revealing), [])
})

keeper('tallies when all votes are open, or their time is over', async () => {
  const nowSec = new FakeChain(DEAL.creator).head().timestampSec
  const open = { phase: 'tally', revealed: [true, true, true], isOpened: true, revealEndSec: nowSec + 10 } as const
  assert.equal(await keep(open), ['finalise'])
  assert.equal(await keep(open, 1), [], 'the creator gains most by it')
  const late = { phase: 'reveal', revealed: [true, false, false], isOpened: true, revealEndSec: nowSec - 1 } as const
  assert.equal(await keep(late), ['finalise'])
})

keeper('closes a verdict that nobody appealed, the creator first', async () => {
  const nowSec = new FakeChain(DEAL.creator).head().timestampSec
  const over = { phase: 'tally', appealEndSec: nowSec - 1 } as const
  assert.equal(await keep(over), ['finalise'])
  assert.equal(await keep(over, 2), [])
  assert.equal(await keep({ ...over, appealEndSec: nowSec - 60 }, 2), ['finalise'])
  assert.equal(await keep({ phase: 'appeal', pending: 'wrong', appealEndSec: nowSec + 10 }), [])
})

for (const each of [due, keeper]) each.run()
