// A provider's offer over many blocks: renewed in time, and matched in every one of them.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Supply } from '../../../node/market/supply.ts'
import { type ChainFacts, freeUnits } from '../../../protocols/match/view.ts'
import { Bus } from '../../fakes/network.ts'
import { fakeNode, nappingClock, TERMS } from '../../fakes/node.ts'

const supply = suite('Supply')

/** A chain on which everybody has money and nobody is busy. */
const CHAIN: ChainFacts = { unitsInUse: () => 0, resourceSlots: () => 16, jobSlots: () => 64, isTaken: () => false }

supply('an offer is renewed again and again, and the rule has one in every block', async () => {
  const node = fakeNode(new Bus(), 'a', nappingClock())
  await node.facts.start()
  const sold = new Supply(node.parts, node.offers, node.facts, TERMS)
  const seen = new Set<string>()
  await sold.renew()
  for (let i = 0; i < 400; i++) {
    node.chain.mine()
    await sold.renew()
    const block = node.chain.head().number
    const standing = [...node.offers.resources.live(block)].filter(offer => freeUnits(offer, block, CHAIN) > 0)
    assert.is(standing.length, 1, `block ${block}`)
    seen.add(standing[0]?.id ?? '')
  }
  assert.ok(seen.size >= 6, `${seen.size} offers`)
  await node.facts.stop()
})

supply.run()
