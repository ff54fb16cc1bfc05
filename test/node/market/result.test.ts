// Results between the parties: only the creator learns how a result opens, and only its real acceptance is kept.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { peerIdOfPublicKey } from '../../../node/market/peer-id.ts'
import { commitmentOf, ResultClient, ResultServer } from '../../../node/market/result.ts'
import { fromHex, type Hex } from '../../../protocols/core/bytes.ts'
import { dealId } from '../../../protocols/deal/typed-data.ts'
import type { Result } from '../../../protocols/result/result.ts'
import { STREAMS } from '../../../protocols/wire.ts'
import { DEPLOYMENT } from '../../fakes/chain.ts'
import { sampleDeal } from '../../fakes/deal.ts'
import { Bus } from '../../fakes/network.ts'
import { fakeNode } from '../../fakes/node.ts'

const RESULT: Result = { root: `0x${'77'.repeat(32)}`, status: 0, used: 5n }

async function parties() {
  const bus = new Bus()
  const [creator, provider, stranger] = [fakeNode(bus, 'creator'), fakeNode(bus, 'provider'), fakeNode(bus, 'stranger')]
  const deal = { ...sampleDeal(), creator: creator.parts.signer.account, provider: provider.parts.signer.account }
  const id = dealId(DEPLOYMENT, deal)
  const accepted: string[] = []
  const server = new ResultServer(
    provider.parts,
    of => (of === id ? deal.creator : undefined),
    of => accepted.push(of)
  )
  await server.start()
  const peerId = peerIdOfPublicKey(provider.parts.signer.publicKey)
  return { creator, provider, stranger, deal, id, server, accepted, peerId }
}

const short = (hex: Hex) => hex.slice(0, 54) as Hex

const ask = suite('asking for a result')

ask('the creator gets what opens the commitment on chain', async () => {
  const { creator, deal, id, server, peerId } = await parties()
  const client = new ResultClient(creator.parts)
  const empty = short(`0x${'00'.repeat(32)}`)
  assert.is(await client.ask(id, deal, empty, peerId, {}), undefined, 'there is none yet')
  const { opened } = await server.keep(id, RESULT)
  const commitment = short(commitmentOf(opened, deal.provider))
  assert.equal(await client.ask(id, deal, commitment, peerId, {}), opened)
  await server.stop()
})

ask('an answer that does not open the commitment is none', async () => {
  const { creator, deal, id, server, peerId } = await parties()
  await server.keep(id, RESULT)
  const other = short(`0x${'ab'.repeat(32)}`)
  assert.is(await new ResultClient(creator.parts).ask(id, deal, other, peerId, {}), undefined)
  await server.stop()
})

ask('nobody but the creator learns anything', async () => {
  const { stranger, deal, id, server, peerId } = await parties()
  const { opened } = await server.keep(id, RESULT)
  const commitment = short(commitmentOf(opened, deal.provider))
  assert.is(await new ResultClient(stranger.parts).ask(id, deal, commitment, peerId, {}), undefined)
  await server.stop()
})

ask('two deals with one result have commitments that tell nothing', async () => {
  const { server, id, deal } = await parties()
  const first = await server.keep(id, RESULT)
  const second = await server.keep(`0x${'22'.repeat(32)}`, RESULT)
  assert.is.not(commitmentOf(first.opened, deal.provider), commitmentOf(second.opened, deal.provider))
  await server.stop()
})

const accept = suite('accepting a result')

accept('the acceptance is kept, told once, and survives a restart', async () => {
  const { creator, provider, deal, id, server, accepted, peerId } = await parties()
  await server.keep(id, RESULT)
  const client = new ResultClient(creator.parts)
  const signature = await client.sign(id, RESULT)
  await client.accept(id, signature, peerId, {})
  await client.accept(id, signature, peerId, {})
  assert.equal(accepted, [id])
  await server.stop()
  const again = new ResultServer(
    provider.parts,
    () => deal.creator,
    () => {}
  )
  assert.equal((await again.get(id))?.acceptance, fromHex(signature))
})

accept('a signature by another key, or under another result, is not kept', async () => {
  const { creator, stranger, id, server, accepted, peerId } = await parties()
  await server.keep(id, RESULT)
  const client = new ResultClient(creator.parts)
  const byStranger = await new ResultClient(stranger.parts).sign(id, RESULT)
  const otherResult = await client.sign(id, { ...RESULT, used: 6n })
  for (const signature of [byStranger, otherResult]) await client.accept(id, signature, peerId, {})
  assert.equal(accepted, [])
  assert.is((await server.get(id))?.acceptance, null)
  // The real one still counts after the false ones.
  await client.accept(id, await client.sign(id, RESULT), peerId, {})
  assert.equal(accepted, [id])
  await server.stop()
})

accept('the stream has the protocol of the wire table', async () => {
  const { provider, server } = await parties()
  assert.ok(provider.network.answerOf(STREAMS.result.protocol))
  await server.stop()
  assert.is(provider.network.answerOf(STREAMS.result.protocol), undefined)
})

for (const each of [ask, accept]) each.run()
