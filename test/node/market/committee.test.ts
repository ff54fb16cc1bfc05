// A member of a committee: what it does for the data that it judges by, and how it votes when there is none.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Committee } from '../../../node/market/committee.ts'
import { Runs } from '../../../node/market/run.ts'
import { LilyError } from '../../../protocols/core/errors.ts'
import type { DealId } from '../../../protocols/deal/deal.ts'
import { NO_DISPUTE } from '../../fakes/chain.ts'
import { sampleDeal } from '../../fakes/deal.ts'
import { Bus } from '../../fakes/network.ts'
import { fakeNode, JOB_TERMS, TERMS } from '../../fakes/node.ts'

const DEAL: DealId = `0x${'d0'.repeat(32)}`

const committee = suite('Committee')

committee(
  'a member makes neighbours of both parties, by the offers that the deal names, and outlives that they are gone',
  async () => {
    const bus = new Bus()
    const [member, provider, creator] = [fakeNode(bus, 'member'), fakeNode(bus, 'provider'), fakeNode(bus, 'creator')]
    for (const { facts, offers } of [member, provider, creator]) {
      await facts.start()
      await offers.start()
    }
    const resource = await provider.offers.resources.publish({ ...TERMS, slot: 0, expiry: 50 })
    const job = await creator.offers.jobs.publish({ ...JOB_TERMS, slot: 0, expiry: 50 })
    // Deals name offers by id, also those that were replaced or withdrawn since.
    await provider.offers.resources.publish({ ...TERMS, slot: 0, expiry: 50 })
    await creator.offers.jobs.withdraw(0)
    const asked: string[] = []
    member.network.connect = async (address: string) => {
      asked.push(address)
      throw new LilyError('NET_UNREACHABLE', 'gone')
    }
    const seat = new Committee(member.parts, new Runs(member.parts), deal => member.offers.partiesOf(deal))
    const deal = { ...sampleDeal(), jobOffer: job.id, resourceOffer: resource.id }
    const dispute = { ...NO_DISPUTE, phase: 'commit' as const, members: [member.parts.signer.account] }
    await seat.commit(DEAL, deal, dispute, {})
    assert.equal(asked, [provider.network.peerId, creator.network.peerId])
    const failed = member.heard.find(event => event.name === 'run:failed')
    assert.is(failed?.code, 'CONTENT_NOT_FOUND')
    assert.equal(member.chain.sent(), ['commitVote'], 'what nobody has cannot be verified, and that is a vote')
    for (const { facts, offers } of [member, provider, creator]) {
      await offers.stop()
      await facts.stop()
    }
  }
)

committee('of a deal whose offers were never heard nobody is asked', async () => {
  const member = fakeNode(new Bus(), 'member')
  assert.equal(member.offers.partiesOf(sampleDeal()), [])
})

committee.run()
