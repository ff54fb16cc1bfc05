// Explanations: the rule played again on what a node saw, beside what the chain holds. An observer that heard the market
// tells the rule's pair, a passed-over provider, a busy one, terms that nobody offered, and what it has not seen.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Answers } from '../../../node/market/answers.ts'
import { Explainer } from '../../../node/market/explain.ts'
import { Fare } from '../../../node/market/fare.ts'
import { Past } from '../../../node/market/past.ts'
import type { ChainEvent } from '../../../node/market/ports.ts'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import type { Deal } from '../../../protocols/deal/deal.ts'
import { dealOfPair } from '../../../protocols/deal/terms.ts'
import { dealId } from '../../../protocols/deal/typed-data.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../../protocols/offer/offer.ts'
import { DEPLOYMENT } from '../../fakes/chain.ts'
import { Bus } from '../../fakes/network.ts'
import { type FakeNode, fakeNode, JOB_TERMS, TERMS } from '../../fakes/node.ts'
import { rejects, throws } from '../../support.ts'

const CHEAP = 200
const DEAR = 206

/** A market of named nodes on one bus; blocks come to all of them together. */
class Town {
  readonly bus = new Bus()
  readonly nodes: FakeNode[] = []

  async settle(name: string): Promise<FakeNode> {
    const node = fakeNode(this.bus, name)
    while (node.chain.head().number < (this.nodes[0]?.chain.head().number ?? 1)) node.chain.mine()
    await node.facts.start()
    await node.offers.start()
    this.nodes.push(node)
    return node
  }

  mine(...events: readonly ChainEvent[]): void {
    for (const { chain } of this.nodes) chain.mine(events)
  }

  async sell(node: FakeNode, askTick: number): Promise<Offer<ResourceOffer>> {
    const expiry = node.chain.head().number + 100
    return node.offers.resources.publish({ ...TERMS, askTick, slot: 0, expiry })
  }

  async want(node: FakeNode, slot = 0): Promise<Offer<JobOffer>> {
    return node.offers.jobs.publish({ ...JOB_TERMS, slot, expiry: node.chain.head().number + 50 })
  }

  /** The deal of a pair, signed at the head and committed in the next block. */
  deal(job: Offer<JobOffer>, resource: Offer<ResourceOffer>, change: Partial<Deal> = {}) {
    const block = this.nodes[0]?.chain.head().number ?? 0
    const deal = { ...dealOfPair({ job, resource, priceTick: resource.body.askTick }, block, 7n), ...change }
    const id = dealId(DEPLOYMENT, deal)
    this.mine({ type: 'deal:committed', id, deal })
    return id
  }
}

async function witness(node: FakeNode) {
  const { parts, offers, facts, chain } = node
  const past = new Past(chain, offers, facts)
  const answers = new Answers(parts.signer.account, parts.events)
  await past.start()
  await answers.start()
  const init = { parts, offers, facts, past, answers }
  const explainer = new Explainer(init)
  const fare = new Fare(init, explainer)
  /** What is heard is complete when somebody asks. */
  const read = async <T>(look: () => T): Promise<T> => {
    await past.complete()
    return look()
  }
  return {
    explainer: {
      job: (id: Bytes32) => read(() => explainer.job(id)),
      round: explainer.round.bind(explainer)
    },
    fare: { resource: (id: Bytes32) => read(() => fare.resource(id)), check: fare.check.bind(fare) }
  }
}

async function town() {
  const place = new Town()
  const [creator, cheap, dear, other] = [
    await place.settle('creator'),
    await place.settle('cheap'),
    await place.settle('dear'),
    await place.settle('other')
  ]
  const watching = await witness(other)
  const offers = { cheap: await place.sell(cheap, CHEAP), dear: await place.sell(dear, DEAR) }
  place.mine()
  const job = await place.want(creator)
  place.mine()
  return { place, creator, cheap, dear, other, offers, job, ...watching }
}

const deals = suite('Explainer, of deals')

deals('names the pair of the rule where the deal is with it', async () => {
  const { place, offers, job, explainer } = await town()
  const id = place.deal(job, offers.cheap)
  for (const asked of [id, job.id]) {
    const told = await explainer.job(asked)
    assert.is(told?.verdict, 'by-rule', told?.words)
    assert.is(told?.partner?.provider, offers.cheap.account)
    assert.is(told?.deal?.id, id)
    assert.equal(
      told?.ranking.map(({ provider, isPartner, isDeal }) => [provider, isPartner, isDeal]),
      [
        [offers.cheap.account, true, true],
        [offers.dear.account, false, false]
      ]
    )
  }
})

deals('says who was passed over, to others and to the one itself', async () => {
  const { place, cheap, offers, job, explainer } = await town()
  const mine = await witness(cheap)
  const id = place.deal(job, offers.dear)
  const told = await explainer.job(id)
  assert.is(told?.verdict, 'off-rule')
  assert.match(told?.words ?? '', offers.cheap.account)
  assert.match((await mine.explainer.job(id))?.words ?? '', 'this node, and was never asked')
})

deals('the next in rank is right when the first said no, or was promised to an earlier deal', async () => {
  const { place, creator, cheap, offers, job } = await town()
  const [first, second] = [await witness(cheap), await witness(creator)]
  const told = { job: job.id, deal: job.id, code: 'DEAL_NO_ROOM', reason: 'no free unit', block: 3 }
  cheap.parts.events.emit('deal:declined', { ...told, creator: job.account })
  creator.parts.events.emit('deal:refused', { ...told, provider: offers.cheap.account })
  const id = place.deal(job, offers.dear)
  for (const { explainer } of [first, second]) {
    const seen = await explainer.job(id)
    assert.is(seen?.verdict, 'next-in-rank', seen?.words)
    assert.match(seen?.ranking[0]?.reason ?? '', 'DEAL_NO_ROOM')
  }
})

deals('to its creator, one that was silent for another job was rightly asked last', async () => {
  const { place, creator, offers, job } = await town()
  const { explainer } = await witness(creator)
  const block = creator.chain.head().number
  const silence = { deal: job.id, provider: offers.cheap.account, code: 'NET_TIMEOUT', reason: 'not reached', block }
  creator.parts.events.emit('deal:refused', { ...silence, job: `0x${'77'.repeat(32)}` })
  const told = await explainer.job(place.deal(job, offers.dear))
  assert.is(told?.verdict, 'next-in-rank', told?.words)
  assert.match(told?.ranking[0]?.reason ?? '', 'was silent')
})

deals('a unit that is promised at the time and committed later is a reason that all can see', async () => {
  const { place, creator, offers, job, explainer } = await town()
  const other = await place.want(creator, 1)
  const block = creator.chain.head().number
  const promised = dealOfPair({ job: other, resource: offers.cheap, priceTick: CHEAP }, block, 9n)
  const id = place.deal(job, offers.dear)
  place.mine({ type: 'deal:committed', id: dealId(DEPLOYMENT, promised), deal: promised })
  const told = await explainer.job(id)
  assert.is(told?.verdict, 'next-in-rank', told?.words)
})

deals('a new job may have had a spare unit at once, and not one that the rule gives to a job that waits', async () => {
  const { place, creator, offers, job, explainer } = await town()
  const early = await place.want(creator, 1)
  const told = await explainer.job(place.deal(early, offers.dear))
  assert.is(told?.verdict, 'by-rule', told?.words)
  assert.match(told?.words ?? '', 'was new')
  assert.is(told?.partner?.provider, offers.dear.account)
  assert.is((await explainer.job(job.id))?.partner?.provider, offers.cheap.account)
  const later = await town()
  const hasty = await later.place.want(later.creator, 1)
  const shown = await later.explainer.job(later.place.deal(hasty, later.offers.cheap))
  assert.is(shown?.verdict, 'off-rule', shown?.words)
  assert.match(shown?.words ?? '', 'jobs that had waited')
})

deals('terms that nobody offered, a signature from the future and an incompatible offer are off the rule', async () => {
  const { place, offers, job, explainer } = await town()
  const price = await explainer.job(place.deal(job, offers.cheap, { price: 1n }))
  assert.is(price?.verdict, 'off-rule')
  assert.match(price?.words ?? '', 'price')
  const late = await town()
  const id = late.place.deal(late.job, late.offers.cheap, { validUntil: late.creator.chain.head().number + 5 })
  assert.match((await late.explainer.job(id))?.words ?? '', 'says that it was signed in block')
})

deals('an offer that was replaced since is judged as it stood, and one that was never heard is named', async () => {
  const { place, creator, cheap, offers, job, explainer, other } = await town()
  const id = place.deal(job, offers.cheap)
  await place.sell(cheap, DEAR + 16)
  place.mine()
  assert.is((await explainer.job(id))?.verdict, 'by-rule', 'as it stood')
  other.network.isDown = true
  const hidden = await place.sell(cheap, CHEAP - 8)
  place.mine()
  const second = await place.want(creator, 2)
  other.network.isDown = false
  await creator.offers.jobs.repeat(second)
  place.mine()
  const told = await explainer.job(place.deal(second, hidden))
  assert.is(told?.verdict, 'unseen')
  assert.equal(told?.unseen, [{ kind: 'resource', id: hidden.id }])
})

deals('a node that joined later tells from what sync gave it, and says so', async () => {
  const { place, offers, job } = await town()
  const id = place.deal(job, offers.cheap)
  const late = await place.settle('late')
  while (late.chain.head().number < (place.nodes[0]?.chain.head().number ?? 0)) late.chain.mine()
  const events = [
    { type: 'deal:committed' as const, id, deal: dealOfPair({ job, resource: offers.cheap, priceTick: CHEAP }, 3, 7n) }
  ]
  late.chain.mine(events)
  const { explainer } = await witness(late)
  for (let tries = 0; tries < 50 && late.offers.jobs.heard.find(job.id) === undefined; tries++) {
    for (const { network } of place.nodes) late.network.greet(network.peerId)
    await new Promise(setImmediate)
  }
  const told = await explainer.job(id)
  assert.is(told?.verdict, 'by-rule', told?.words)
  assert.ok((told?.joinedAt ?? 0) > (told?.block ?? 0))
})

const open = suite('Explainer, of what waits')

open('a job that waits has the rule’s partner, or the reasons against every offer', async () => {
  const { place, creator, offers, job, explainer } = await town()
  const told = await explainer.job(job.id)
  assert.is(told?.verdict, 'waiting')
  assert.is(told?.partner?.provider, offers.cheap.account)
  const poor = await creator.offers.jobs.publish({ ...JOB_TERMS, maxTick: 100, slot: 3, expiry: 60 })
  place.mine()
  const against = await explainer.job(poor.id)
  assert.is(against?.verdict, 'unmatched')
  assert.equal(
    against?.unfit.map(({ code }) => code),
    ['MATCH_PRICE', 'MATCH_PRICE']
  )
  assert.is(await explainer.job(`0x${'77'.repeat(32)}`), undefined)
})

open('a block that is not known any more is said to be too old', async () => {
  const { explainer, job } = await town()
  throws(() => explainer.round(job, 5000), 'EXPLAIN_TOO_OLD')
})

const fare = suite('Fare')

fare('an offer knows who took the jobs that it could have had, and why', async () => {
  const { place, offers, job, fare: checked } = await town()
  place.deal(job, offers.cheap)
  const told = await checked.resource(offers.dear.id)
  assert.is(told?.jobs.length, 1)
  const [row] = told?.jobs ?? []
  assert.equal([row?.provider, row?.rank], [offers.cheap.account, 2])
  assert.match(row?.reason ?? '', 'came before it')
  assert.is(await checked.resource(job.id), undefined)
})

fare('a provider learns who sees its offer, its place, its noes, and what other asks would have brought', async () => {
  const { place, cheap, dear, offers, job } = await town()
  const { fare: mine } = await witness(dear)
  cheap.network.isDown = true
  await place.sell(dear, DEAR + 1)
  cheap.network.isDown = false
  dear.parts.events.emit('deal:declined', {
    job: job.id,
    deal: job.id,
    creator: job.account,
    code: 'DEAL_NO_ROOM',
    reason: 'no free unit',
    block: 4
  })
  place.mine()
  place.deal(job, offers.cheap)
  const told = await mine.check(10)
  const seenBy = new Map(told.peers.map(({ peerId, hasIt }) => [peerId, hasIt]))
  assert.is(seenBy.get(cheap.network.peerId), false)
  assert.is([...seenBy.values()].filter(hasIt => hasIt === true).length, 2)
  assert.equal([told.priceRank, told.rivals], [2, 1])
  assert.equal(
    told.declined.map(({ code }) => code),
    ['DEAL_NO_ROOM']
  )
  const brought = told.earnings.map(({ deals: count }) => count)
  assert.equal([brought[0], brought.at(-1)], [1, 0], 'the deal at a lower ask than the other, nothing at a higher')
  assert.ok(told.earnings.every(({ deals: count, totalWei }) => count === 0 || totalWei > 0n))
})

fare('a node without an offer is told so', async () => {
  const { other } = await town()
  const { fare: checked } = await witness(other)
  await rejects(() => checked.check(1), 'OFFER_NONE')
})

for (const each of [deals, open, fare]) each.run()
