// The follower on a real anvil: what it applied must always be what the chain has, whatever the chain does.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ChainFollower, type FollowerInit } from '../../../node/chain/follower.ts'
import { KEPT_BLOCKS } from '../../../node/chain/history.ts'
import { Rpc } from '../../../node/chain/rpc.ts'
import type { ChainEvent, ChainUpdate } from '../../../node/market/ports.ts'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { type Anvil, startAnvil } from '../../../testnet/anvil.ts'
import { rejects, until } from '../../support.ts'
import { startProxy } from './proxy.ts'
import { bytes32, clock, testLogger } from './support.ts'

/** Emits one log, whose topic is the call's first word. */
const EMITTER = '0x00000000000000000000000000000000000e111e'
const EMITTER_CODE = '0x60003560006000a100'

/** What a listener makes of updates: the chain as it was told, which must hang together at every step. */
class Mirror {
  readonly blocks: ChainUpdate[] = []
  reverts = 0

  readonly listener = (update: ChainUpdate): void => {
    const last = this.blocks.at(-1)
    if (update.kind === 'apply') {
      assert.ok(last === undefined || update.block.number > last.block.number, 'applied out of order')
      this.blocks.push(update)
    } else {
      assert.is(update.block.hash, last?.block.hash, 'took back another block than the newest')
      assert.equal(update.events, last?.events)
      this.blocks.pop()
      this.reverts += 1
    }
  }

  /** Ids of all events, oldest first. */
  get ids(): readonly Bytes32[] {
    return this.blocks.flatMap(({ events }) => events.map(({ id }) => id))
  }
}

const test = suite('ChainFollower')
let anvil: Anvil
let followers: ChainFollower[] = []

const followerOf = (init: Partial<FollowerInit> = {}): ChainFollower => {
  const follower = new ChainFollower({
    rpc: new Rpc({ urls: [anvil.rpcUrl], clock }),
    clock,
    logger: testLogger(),
    filter: { address: [EMITTER], topics: [[]] },
    decode: logs => logs.map(({ topics: [id = bytes32(0)] }) => eventOf(BigInt(id))),
    fromBlock: 0,
    pollMs: 5,
    ...init
  })
  followers.push(follower)
  return follower
}
/** An odd number closes the deal of the even one before it; an even one draws a committee, as any open deal may. */
const eventOf = (value: bigint): ChainEvent =>
  value % 2n === 1n
    ? { type: 'deal:closed', id: bytes32(value - 1n) }
    : { type: 'committee:drawn', id: bytes32(value), round: 0, members: [] }

const emit = async (...values: readonly number[]) => {
  for (const value of values) {
    const [from] = anvil.accounts
    const tx = { from: from?.address, to: EMITTER, data: bytes32(value), gas: '0x186a0' }
    await anvil.rpc('eth_sendTransaction', tx)
  }
}
const mine = (blocks = 1) => anvil.rpc('anvil_mine', `0x${blocks.toString(16)}`)
const latest = async () => Number(await anvil.rpc('eth_blockNumber'))
const hashAt = async (number: number) => {
  const block = await anvil.rpc('eth_getBlockByNumber', `0x${number.toString(16)}`, false)
  return typeof block === 'object' && block !== null && 'hash' in block ? block.hash : undefined
}
const caughtUp = (follower: ChainFollower) =>
  until(async () => follower.head().hash === (await hashAt(await latest())), { what: 'the follower' })

/** Whether the mirror has exactly the chain's newest blocks. */
const assertSame = async (mirror: Mirror, blocks: number) => {
  const recent = mirror.blocks.slice(-blocks)
  const hashes = await Promise.all(recent.map(({ block }) => hashAt(block.number)))
  assert.equal(
    recent.map(({ block }) => block.hash),
    hashes
  )
}

test.before.each(async () => {
  anvil = await startAnvil({ isManual: true, keepStates: 64 })
  await anvil.rpc('anvil_setCode', EMITTER, EMITTER_CODE)
  await mine(2)
})
test.after.each(async () => {
  await Promise.all(followers.map(follower => follower.stop()))
  followers = []
  await anvil.stop()
})

test('has no head before it is started', async () => {
  await rejects(async () => followerOf().head(), 'CHAIN_NOT_STARTED')
})

test('applies every block once, in order, with its events in the order of the logs', async () => {
  const follower = followerOf()
  const mirror = new Mirror()
  follower.follow(mirror.listener)
  await follower.start()
  await emit(2, 4)
  await mine()
  await mine(40)
  await emit(6)
  await mine()
  await caughtUp(follower)
  assert.equal(mirror.ids, [bytes32(2), bytes32(4), bytes32(6)])
  assert.equal(
    mirror.blocks.map(({ block }) => block.number),
    Array.from({ length: (await latest()) + 1 }, (_, i) => i)
  )
  await assertSame(mirror, 10)
})

for (const depth of [1, 2, 3, 5, 8, 10]) {
  test(`takes back ${depth} blocks that the chain gave up, newest first, and applies the others`, async () => {
    const follower = followerOf()
    const mirror = new Mirror()
    follower.follow(mirror.listener)
    await emit(2)
    await mine(3)
    await follower.start()
    for (let i = 0; i < depth; i++) {
      await emit(100 + 2 * i)
      await mine()
    }
    await caughtUp(follower)
    assert.is(mirror.ids.length, depth + 1)
    await anvil.rpc('anvil_reorg', depth, [])
    await emit(50)
    await mine()
    await caughtUp(follower)
    assert.equal(mirror.ids, [bytes32(2), bytes32(50)])
    assert.is(mirror.reverts, depth)
    await assertSame(mirror, depth + 4)
  })
}

test('keeps what it has while the chain is only shorter, and gives it up when that grows differently', async () => {
  const proxy = await startProxy(anvil.rpcUrl)
  const follower = followerOf({ rpc: new Rpc({ urls: [proxy.url], clock }) })
  const mirror = new Mirror()
  follower.follow(mirror.listener)
  await follower.start()
  await emit(2)
  await mine()
  await mine(4)
  await caughtUp(follower)
  await anvil.rpc('anvil_rollback', 5)
  const asked = proxy.asked.length
  await until(() => proxy.asked.length > asked + 5)
  assert.is(mirror.reverts, 0)
  await emit(4)
  await mine()
  await until(() => mirror.ids.includes(bytes32(4)))
  assert.equal(mirror.ids, [bytes32(4)])
  await mine(10)
  await caughtUp(follower)
  await assertSame(mirror, 12)
  await follower.stop()
  await proxy.stop()
})

test('reads old logs at start, and tells of them before the recent blocks', async () => {
  await emit(2)
  await mine()
  await mine(100)
  await emit(4)
  await mine()
  await mine(KEPT_BLOCKS + 50)
  await emit(6)
  await mine()
  const follower = followerOf()
  const mirror = new Mirror()
  follower.follow(mirror.listener)
  await follower.start()
  assert.equal(mirror.ids, [bytes32(2), bytes32(4), bytes32(6)])
  assert.is(mirror.blocks.length, 2 + KEPT_BLOCKS)
  assert.ok(mirror.blocks.every(({ block }) => block.timestampSec > 0))
  await assertSame(mirror, KEPT_BLOCKS)
})

test('reads nothing from before the deployment', async () => {
  await emit(2)
  await mine()
  const fromBlock = (await latest()) + 1
  await emit(4)
  await mine(3)
  const follower = followerOf({ fromBlock })
  const mirror = new Mirror()
  follower.follow(mirror.listener)
  await follower.start()
  assert.equal(mirror.ids, [bytes32(4)])
  assert.is(mirror.blocks[0]?.block.number, fromBlock)
})

test('tells a late listener what is open, and the recent blocks', async () => {
  await emit(2, 4, 5)
  await mine(KEPT_BLOCKS + 10)
  await emit(8, 9)
  await mine()
  const follower = followerOf()
  await follower.start()
  const mirror = new Mirror()
  const exit = follower.follow(mirror.listener)
  // 4 was closed by 5 long ago; 8 was closed by 9 in a block that may be taken back.
  assert.equal(mirror.ids, [bytes32(2), bytes32(8), bytes32(8)])
  exit()
  const seen = mirror.blocks.length
  await mine()
  await caughtUp(follower)
  assert.is(mirror.blocks.length, seen)
})

test('applies a block only when as many confirm it as were asked for', async () => {
  const follower = followerOf({ confirmations: 3 })
  const mirror = new Mirror()
  await follower.start()
  follower.follow(mirror.listener)
  await emit(2)
  await mine()
  await mine()
  await until(async () => follower.head().number === (await latest()) - 2)
  assert.equal(mirror.ids, [])
  await mine()
  await until(() => mirror.ids.includes(bytes32(2)))
  await anvil.rpc('anvil_reorg', 2, [])
  await mine(3)
  await until(async () => follower.head().number === (await latest()) - 2)
  assert.is(mirror.reverts, 0)
  await assertSame(mirror, 5)
})

test('says once that the chain is away, and goes on when it is back', async () => {
  const proxy = await startProxy(anvil.rpcUrl)
  const logger = testLogger()
  const hasty = { ...clock, sleep: async () => await clock.sleep(5) }
  const rpc = new Rpc({ urls: [proxy.url], clock: hasty })
  const follower = followerOf({ rpc, logger, clock: hasty })
  const mirror = new Mirror()
  follower.follow(mirror.listener)
  await follower.start()
  proxy.set('cut')
  await emit(2)
  await mine(3)
  await until(() => logger.errors.length > 0)
  const asked = proxy.asked.length
  await until(() => proxy.asked.length > asked + 50)
  assert.is(logger.errors.length, 1)
  proxy.set('pass')
  await caughtUp(follower)
  assert.equal(mirror.ids, [bytes32(2)])
  await until(() => logger.lines.some(line => line.includes('back')))
  await follower.stop()
  await proxy.stop()
})

test('is not stopped by a listener that fails', async () => {
  const logger = testLogger()
  const follower = followerOf({ logger })
  const mirror = new Mirror()
  await follower.start()
  follower.follow(() => {
    throw new Error('a bug')
  })
  follower.follow(mirror.listener)
  await emit(2)
  await mine()
  await until(() => mirror.ids.length === 1)
  assert.ok(logger.errors.some(line => line.includes('a bug')))
})

test('goes on after a stop without telling anything twice', async () => {
  const follower = followerOf()
  const mirror = new Mirror()
  follower.follow(mirror.listener)
  await follower.start()
  await follower.stop()
  await follower.stop()
  await emit(2)
  await mine(5)
  await anvil.rpc('anvil_reorg', 2, [])
  await follower.start()
  await caughtUp(follower)
  assert.equal(mirror.ids, [bytes32(2)])
  await assertSame(mirror, 6)
})

test('fails to start on a chain that is down', async () => {
  await anvil.stop()
  const follower = followerOf({ rpc: new Rpc({ urls: [anvil.rpcUrl], clock: { ...clock, sleep: async () => {} } }) })
  await rejects(follower.start(), 'CHAIN_UNREACHABLE')
  await follower.stop()
})

test.run()
