// The queue on a real anvil that mines only when told: every transaction is mined once, whatever happens in between.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ChainInit } from '../../../node/chain/chain.ts'
import type { Chain, Mined, Startable, Store } from '../../../node/market/ports.ts'
import { isLilyError } from '../../../protocols/core/errors.ts'
import { rejects, until } from '../../support.ts'
import { type FaultyEndpoint, startProxy } from './proxy.ts'
import {
  chainOf,
  clock,
  memoryStore,
  mineUntil,
  signerOf,
  startTestChain,
  type TestChain,
  testLogger
} from './support.ts'

const ACCOUNT = 1
/** A contract that reverts whatever it is asked. */
const REVERTING_CODE = '0x60006000fd'

const test = suite('TxQueue')
let dev: TestChain
let snapshot: unknown
let chains: (Chain & Startable)[] = []
let proxies: FaultyEndpoint[] = []

const open = async (init: Partial<ChainInit> = {}): Promise<Chain & Startable> => {
  const chain = chainOf(dev, ACCOUNT, init)
  chains.push(chain)
  await chain.start()
  return chain
}
const proxied = async (): Promise<FaultyEndpoint> => {
  const proxy = await startProxy(dev.anvil.rpcUrl)
  proxies.push(proxy)
  return proxy
}
const account = () => signerOf(dev.anvil, ACCOUNT).account
const deposit = (chain: Chain, valueWei: bigint, key?: string): Promise<Mined> => {
  const sent = chain.send({ name: 'deposit', valueWei }, key === undefined ? {} : { key })
  // Some tests let it fail and look at it later.
  sent.catch(() => undefined)
  return sent
}
const freeWei = async (chain: Chain) => (await chain.balance(account())).freeWei
const pooled = async () => {
  const content = await dev.anvil.rpc('txpool_content')
  const text = JSON.stringify(content)
  return [...text.matchAll(/"hash":"(0x[0-9a-f]{64})"/g)].map(match => match[1] ?? '')
}
const untilPooled = (count: number) => until(async () => (await pooled()).length === count, { what: `${count} pooled` })
const field = async (method: string, hash: string, name: string): Promise<unknown> => {
  const found: unknown = await dev.anvil.rpc(method, hash)
  return typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined
}
const nonceOf = async (hash: string) => Number(await field('eth_getTransactionByHash', hash, 'nonce'))
const count = async () => Number(await dev.anvil.rpc('eth_getTransactionCount', account(), 'latest'))
const whileMining = <T>(work: Promise<T>): Promise<T> => mineUntil(dev, work)

test.before(async () => {
  dev = await startTestChain()
})
test.before.each(async () => {
  await dev.anvil.rpc('anvil_setNextBlockBaseFeePerGas', '0x3b9aca00')
  await dev.mine()
  snapshot = await dev.anvil.rpc('evm_snapshot')
})
test.after.each(async () => {
  await Promise.all(chains.map(chain => chain.stop()))
  await Promise.all(proxies.map(proxy => proxy.stop()))
  chains = []
  proxies = []
  for (const hash of await pooled()) await dev.anvil.rpc('anvil_dropTransaction', hash)
  await dev.anvil.rpc('evm_revert', snapshot)
})
test.after(async () => {
  await dev.anvil.stop()
})

test('has many transactions under way at once, their nonces in the order of the calls', async () => {
  const chain = await open()
  const before = await freeWei(chain)
  const first = await count()
  const sent = [1n, 2n, 3n, 4n, 5n].map(value => deposit(chain, value))
  await untilPooled(5)
  await dev.mine()
  const mined = await Promise.all(sent)
  assert.equal(new Set(mined.map(({ block }) => block)).size, 1)
  assert.equal(
    await Promise.all(mined.map(({ hash }) => nonceOf(hash))),
    [0, 1, 2, 3, 4].map(i => first + i)
  )
  assert.is(await freeWei(chain), before + 15n)
})

test('spends no nonce on a call that would revert', async () => {
  const chain = await open()
  const first = await count()
  const refused = chain.send({ name: 'withdraw', amountWei: 10n ** 30n })
  const error = await rejects(refused, 'CHAIN_REVERTED')
  assert.ok(isLilyError(error))
  assert.is(error.details.error, 'LedgerInsufficient')
  const mined = await whileMining(deposit(chain, 1n))
  assert.is(await nonceOf(mined.hash), first)
})

test('says when a transaction was mined and reverted, goes on, and lets its key be used again', async () => {
  const chain = await open()
  const { market } = dev.deployment
  const code = await dev.anvil.rpc('eth_getCode', market, 'latest')
  const sent = deposit(chain, 1n, 'again')
  await untilPooled(1)
  await dev.anvil.rpc('anvil_setCode', market, REVERTING_CODE)
  await dev.mine()
  const error = await rejects(sent, 'CHAIN_REVERTED')
  assert.ok(isLilyError(error) && typeof error.details.transaction === 'string')
  await dev.anvil.rpc('anvil_setCode', market, code)
  const mined = await whileMining(deposit(chain, 1n, 'again'))
  assert.is.not(mined.hash, error.details.transaction)
})

test('replaces a transaction that is stuck because fees rose, and what was behind it follows', async () => {
  const chain = await open()
  const before = await freeWei(chain)
  const first = await count()
  const stuck = deposit(chain, 3n)
  const behind = deposit(chain, 4n)
  await untilPooled(2)
  const offered = await pooled()
  const mined = await until(async () => {
    // 20 gwei: ten times what was offered.
    await dev.anvil.rpc('anvil_setNextBlockBaseFeePerGas', '0x4a817c800')
    await dev.mine()
    return await Promise.race([Promise.all([stuck, behind]), clock.sleep(30).then(() => undefined)])
  })
  assert.ok(!offered.includes(mined[0].hash))
  assert.equal([await nonceOf(mined[0].hash), await nonceOf(mined[1].hash)], [first, first + 1])
  assert.is(await freeWei(chain), before + 7n)
})

test('broadcasts again what the pool forgot', async () => {
  const chain = await open()
  const sent = deposit(chain, 1n)
  await untilPooled(1)
  for (const hash of await pooled()) await dev.anvil.rpc('anvil_dropTransaction', hash)
  await whileMining(sent)
})

for (const isDropped of [true, false]) {
  const what = isDropped ? 'forgot' : 'kept'
  test(`takes up after a restart what the journal left open and the pool ${what}; a key still sends once`, async () => {
    const store = memoryStore()
    const chain = await open({ store })
    const before = await freeWei(chain)
    const sent = deposit(chain, 5n, 'open')
    await untilPooled(1)
    await chain.stop()
    await rejects(sent, 'CHAIN_NOT_STARTED')
    for (const hash of isDropped ? await pooled() : []) await dev.anvil.rpc('anvil_dropTransaction', hash)
    const again = await open({ store })
    await untilPooled(1)
    const mined = await whileMining(deposit(again, 5n, 'open'))
    assert.is(await freeWei(again), before + 5n)
    await again.stop()
    const third = await open({ store })
    assert.equal(await deposit(third, 5n, 'open'), mined)
    assert.is(await freeWei(third), before + 5n)
  })
}

test('sends at the next start what was journaled but never arrived', async () => {
  const store = memoryStore()
  const proxy = await proxied()
  const chain = await open({ store, rpcUrls: [proxy.url] })
  const before = await freeWei(chain)
  proxy.set('cut', 'eth_sendRawTransaction')
  const sent = deposit(chain, 5n, 'unsent')
  await until(() => proxy.asked.includes('eth_sendRawTransaction'))
  await chain.stop()
  await rejects(sent, 'CHAIN_NOT_STARTED')
  assert.equal(await pooled(), [])
  const again = await open({ store })
  await whileMining(deposit(again, 5n, 'unsent'))
  assert.is(await freeWei(again), before + 5n)
})

test('stores a transaction before it sends it', async () => {
  const order: string[] = []
  const inner = memoryStore()
  const proxy = await proxied()
  const store: Store = {
    ...inner,
    put: async (key, value) => {
      order.push(proxy.asked.includes('eth_sendRawTransaction') ? 'stored late' : 'stored')
      await inner.put(key, value)
    }
  }
  const chain = await open({ store, rpcUrls: [proxy.url] })
  await whileMining(deposit(chain, 1n))
  assert.is(order[0], 'stored')
})

for (const depth of [1, 3]) {
  test(`sends again what a reorganisation of ${depth} blocks dropped, also after its call has returned`, async () => {
    const chain = await open()
    const before = await freeWei(chain)
    await dev.mine(2)
    const mined = await whileMining(deposit(chain, 9n, 'reorged'))
    while ((await latest()) < mined.block + depth - 1) await dev.mine()
    await dev.anvil.rpc('anvil_reorg', (await latest()) - mined.block + 1, [])
    assert.is(await freeWei(chain), before)
    await untilPooled(1)
    const again = await whileMining(deposit(chain, 9n, 'reorged'))
    assert.is(again.hash, mined.hash)
    assert.is(await freeWei(chain), before + 9n)
  })
}
const latest = async () => Number(await dev.anvil.rpc('eth_blockNumber'))

test('refuses to start while another one sends with its key', async () => {
  const chain = await open()
  const sent = deposit(chain, 1n)
  await untilPooled(1)
  await rejects(open(), 'CHAIN_KEY_IN_USE')
  await whileMining(sent)
})

test('refuses to go on after another one has sent with its key', async () => {
  const one = await open()
  const other = await open()
  await whileMining(deposit(one, 1n))
  const error = await rejects(deposit(other, 1n), 'CHAIN_KEY_IN_USE')
  assert.match(error.message, account())
  await rejects(deposit(other, 1n), 'CHAIN_KEY_IN_USE')
  await whileMining(deposit(one, 1n))
})

test('refuses when another one has a transaction of the same nonce under way', async () => {
  const one = await open()
  const other = await open()
  const sent = deposit(one, 1n)
  await untilPooled(1)
  await rejects(deposit(other, 2n), 'CHAIN_KEY_IN_USE')
  await whileMining(sent)
})

test('tells those who wait that another one took their place', async () => {
  const chain = await open()
  const sent = deposit(chain, 1n)
  await untilPooled(1)
  for (const hash of await pooled()) await dev.anvil.rpc('anvil_dropTransaction', hash)
  const from = account()
  await dev.anvil.rpc('eth_sendTransaction', { from, to: from, value: '0x1' })
  await rejects(whileMining(sent), 'CHAIN_KEY_IN_USE')
})

test('waits for a chain that is down before and after a transaction was sent', async () => {
  const proxy = await proxied()
  const hasty = { ...clock, sleep: async () => await clock.sleep(5) }
  const logger = testLogger()
  const chain = await open({ rpcUrls: [proxy.url], clock: hasty, logger })
  const before = await freeWei(chain)
  const first = deposit(chain, 1n)
  await untilPooled(1)
  proxy.set('cut')
  const second = deposit(chain, 2n)
  await dev.mine(3)
  await until(() => logger.errors.length > 0)
  proxy.set('pass')
  await whileMining(Promise.all([first, second]))
  assert.is(await freeWei(chain), before + 3n)
})

test('goes on at another endpoint when the first one dies', async () => {
  const [first, second] = [await proxied(), await proxied()]
  const chain = await open({ rpcUrls: [first.url, second.url] })
  const before = await freeWei(chain)
  const sent = deposit(chain, 1n)
  await untilPooled(1)
  await first.stop()
  await whileMining(sent)
  await whileMining(deposit(chain, 2n))
  assert.is(await freeWei(chain), before + 3n)
  assert.ok(second.asked.includes('eth_sendRawTransaction'))
})

test('does not send the transactions of a chain that was begun anew under the same id', async () => {
  const store = memoryStore()
  const chain = await open({ store })
  await whileMining(deposit(chain, 1n, 'old'))
  await chain.stop()
  const fresh = await startTestChain()
  const other = chainOf(fresh, ACCOUNT, { store })
  try {
    await other.start()
    const sent = other.send({ name: 'deposit', valueWei: 2n }, { key: 'old' })
    await until(async () => Number(await fresh.anvil.rpc('eth_getTransactionCount', account(), 'pending')) === 1)
    await fresh.mine()
    await sent
    assert.is((await other.balance(account())).freeWei, 2n)
  } finally {
    await other.stop()
    await fresh.anvil.stop()
  }
})

test('sends nothing before it is started and after it is stopped', async () => {
  const idle = chainOf(dev, ACCOUNT)
  await rejects(deposit(idle, 1n), 'CHAIN_NOT_STARTED')
  await idle.stop()
  const chain = await open()
  await chain.stop()
  await chain.stop()
  await rejects(deposit(chain, 1n), 'CHAIN_NOT_STARTED')
})

test.run()
