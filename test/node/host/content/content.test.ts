// Content over Helia, held to what every content does; and what becomes of a fetch when peers fail, lie or hide.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { randomKey } from '../../../../node/host/keys.ts'
import type { Net } from '../../../../node/host/net/create.ts'
import { CODEC, cidOfBlock } from '../../../../protocols/core/cid.ts'
import { utf8 } from '../../../../protocols/core/utf8.ts'
import { contentCompliance, entryAt, pattern, read } from '../../../compliance/content.ts'
import { freePort, rejects, tmp, until } from '../../../support.ts'
import { Nodes } from '../nodes.ts'

contentCompliance('helia', async () => {
  const nodes = new Nodes()
  const [a, b] = await nodes.pair()
  return { a: a.content, b: b.content, peerIdOfA: a.network.peerId, close: () => nodes.stop() }
})

const MIB = 1024 * 1024
const nodes = new Nodes()

/** A file of a node's own. */
async function addFile({ content }: Net, bytes: Uint8Array) {
  const root = await content.addTree([{ path: 'file', content: bytes }])
  return (await entryAt(content, root, 'file')).cid
}

// ---
const fetching = suite('fetching')
fetching.after.each(() => nodes.stop())

fetching('goes on when the provider vanishes and returns', async () => {
  const init = { dataDir: await tmp(), privateKey: randomKey(), listen: [`/ip4/127.0.0.1/tcp/${await freePort()}`] }
  const provider = await nodes.start(init)
  const cid = await addFile(provider, pattern(24 * MIB))
  const reader = await nodes.start({ bootstrap: provider.network.addresses() })
  let total = 0
  for await (const part of reader.content.cat(cid, { from: [provider.network.peerId] })) {
    // Half of it has come, the next blocks are under way.
    if (total < 12 * MIB && total + part.length >= 12 * MIB) {
      await provider.stop()
      await nodes.start(init)
    }
    total += part.length
  }
  assert.is(total, 24 * MIB)
})

fetching('takes from our own store what an earlier fetch has left there', async () => {
  const [provider, reader] = await nodes.pair()
  const cid = await addFile(provider, pattern(4 * MIB))
  assert.is((await read(reader.content, cid, { from: [provider.network.peerId] })).length, 4 * MIB)
  await provider.stop()
  assert.is((await read(reader.content, cid)).length, 4 * MIB)
})

fetching('never gives bytes that do not match their CID, and takes them from an honest peer', async () => {
  const [liar, reader] = await nodes.pair()
  const bytes = utf8('the truth')
  const cid = cidOfBlock(CODEC.raw, bytes)
  await liar.local.put(cid, utf8('not the truth'))
  const from = [liar.network.peerId]
  await rejects(reader.content.getBlock(cid, { from, stallMs: 500 }), 'CONTENT_NOT_FOUND')
  const honest = await nodes.start({ bootstrap: reader.network.addresses() })
  await honest.content.putBlock('raw', bytes)
  from.push(honest.network.peerId)
  await until(() => reader.network.peers().length === 2, { what: 'the honest peer' })
  assert.equal(await reader.content.getBlock(cid, { from }), bytes)
})

fetching('finds in the DHT who has it, through a third node', async () => {
  const middle = await nodes.start()
  const init = { bootstrap: middle.network.addresses() }
  const provider = await nodes.start(init)
  const cid = await addFile(provider, pattern(2 * MIB, 3))
  await until(() => provider.network.peers().length > 0, { what: 'the connection' })
  await provider.content.provide(cid)
  const reader = await nodes.start({ ...init, keeperIntervalMs: 60_000 })
  assert.is((await read(reader.content, cid)).length, 2 * MIB)
})

fetching('gets blocks from a peer that is only reachable through a relay', async () => {
  const relay = await nodes.start({ relay: 'serve' })
  const hidden = await nodes.start({ listen: [], relay: 'use', bootstrap: relay.network.addresses() })
  await until(() => hidden.network.addresses().some(address => address.includes('p2p-circuit')), {
    what: 'the reservation'
  })
  const cid = await addFile(hidden, pattern(3 * MIB, 4))
  const reader = await nodes.start({ keeperIntervalMs: 60_000 })
  await reader.network.connect(hidden.network.addresses()[0] ?? '')
  assert.is((await read(reader.content, cid, { from: [hidden.network.peerId] })).length, 3 * MIB)
})

fetching('asks for no more than a few blocks ahead of a slow reader', async () => {
  const [provider, reader] = await nodes.pair()
  const cid = await addFile(provider, pattern(40 * MIB, 5))
  const held = async () => {
    let blocks = 0
    for await (const _ of reader.local.getAll()) blocks++
    return blocks
  }
  for await (const _ of reader.content.cat(cid, { from: [provider.network.peerId] })) {
    // Everything that was asked for has arrived when two looks apart see the same.
    let seen = -1
    const isAtRest = async () => {
      const before = seen
      seen = await held()
      return seen === before
    }
    await until(isAtRest, { intervalMs: 200, what: 'the fetch to rest' })
    assert.ok(seen <= 12, `${seen} blocks of 40 were fetched`)
    break
  }
})

fetching.run()
