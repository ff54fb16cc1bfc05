// Commits of one moment on a real anvil: one transaction for all that are sound, a reason for each that is not, and every
// deal committed once, whatever happens in between.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ChainInit } from '../../../node/chain/chain.ts'
import type { Chain, ChainEvent, Mined, Startable, Store } from '../../../node/market/ports.ts'
import { isLilyError } from '../../../protocols/core/errors.ts'
import type { Deal, DealId } from '../../../protocols/deal/deal.ts'
import { dealId } from '../../../protocols/deal/typed-data.ts'
import { rejects, until } from '../../support.ts'
import { type FaultyEndpoint, startProxy } from './proxy.ts'
import { chainOf, dealOf, memoryStore, mineUntil, signerOf, startTestChain, type TestChain } from './support.ts'

const CREATOR = 1
const OTHER_CREATOR = 2
const PROVIDER = 3
const PRICE = 1_000_000n

const test = suite('CommitLots')
let dev: TestChain
let nonce = 0n
let proxy: FaultyEndpoint
let chains: (Chain & Startable)[] = []

const open = async (index: number, init: Partial<ChainInit> = {}): Promise<Chain & Startable> => {
  const chain = chainOf(dev, index, init)
  chains.push(chain)
  await chain.start()
  return chain
}
const accountOf = (index: number) => signerOf(dev.anvil, index).account
const sentBy = async (tag: string) => Number(await dev.anvil.rpc('eth_getTransactionCount', accountOf(PROVIDER), tag))
const whileMining = <T>(work: Promise<T>): Promise<T> => mineUntil(dev, work)

interface Signed {
  readonly id: DealId
  readonly deal: Deal
  commit(chain: Chain): Promise<Mined>
}

/** A deal that its creator has signed. */
const signed = async (terms: Partial<Deal> = {}, creator = CREATOR): Promise<Signed> => {
  nonce += 1n
  const deal = dealOf(accountOf(creator), accountOf(PROVIDER), { nonce, price: PRICE, ...terms })
  const id = dealId(dev.deployment, deal)
  const signature = await signerOf(dev.anvil, creator).signDigest(id)
  const commit = (chain: Chain) => {
    const sent = chain.send({ name: 'commit', deal, signature }, { key: `commit/${id}` })
    sent.catch(() => undefined)
    return sent
  }
  return { id, deal, commit }
}
const someDeals = (count: number) => Promise.all(Array.from({ length: count }, () => signed()))
const committed = async (chain: Chain, deals: readonly Signed[]) => {
  const records = await Promise.all(deals.map(({ id }) => chain.deal(id)))
  return records.filter(({ status }) => status === 'committed').length
}

test.before(async () => {
  dev = await startTestChain()
  proxy = await startProxy(dev.anvil.rpcUrl)
  const funder = await open(CREATOR)
  const valueWei = 200n * PRICE
  for (const index of [CREATOR, PROVIDER])
    await whileMining(funder.send({ name: 'deposit', valueWei, account: accountOf(index) }))
})
test.after.each(async () => {
  await Promise.all(chains.map(chain => chain.stop()))
  chains = []
  proxy.set('pass')
})
test.after(async () => {
  await proxy.stop()
  await dev.anvil.stop()
})

test('deals of one moment go as one transaction, each with its event', async () => {
  const chain = await open(PROVIDER)
  const before = await sentBy('latest')
  const deals = await someDeals(5)
  const events: ChainEvent[] = []
  const exit = chain.follow(update => events.push(...update.events))
  const mined = await whileMining(Promise.all(deals.map(deal => deal.commit(chain))))
  assert.is((await sentBy('latest')) - before, 1)
  assert.is(new Set(mined.map(({ hash }) => hash)).size, 1)
  assert.is(await committed(chain, deals), 5)
  const told = events.flatMap(event => (event.type === 'deal:committed' ? [event.id] : []))
  for (const { id } of deals) assert.ok(told.includes(id))
  exit()
})

test('one that has expired and one without escrow are told so, and hurt nobody', async () => {
  const chain = await open(PROVIDER)
  const before = await sentBy('latest')
  const expired = await signed({ validUntil: chain.head().number })
  const unfunded = await signed({}, OTHER_CREATOR)
  const sound = await someDeals(4)
  const all = [...sound.slice(0, 1), expired, ...sound.slice(1, 2), unfunded, ...sound.slice(2)]
  const outcomes = Promise.allSettled(all.map(one => one.commit(chain)))
  const settled = await whileMining(outcomes)
  assert.equal(
    settled.map(one => (one.status === 'rejected' && isLilyError(one.reason) ? one.reason.details.error : one.status)),
    ['fulfilled', 'DealExpired', 'fulfilled', 'LedgerInsufficient', 'fulfilled', 'fulfilled']
  )
  assert.is((await sentBy('latest')) - before, 1)
  assert.is(await committed(chain, sound), 4)
})

test('deals that are sound one by one and not together: as many as there is escrow for', async () => {
  const chain = await open(PROVIDER)
  const funder = await open(OTHER_CREATOR)
  await whileMining(funder.send({ name: 'deposit', valueWei: PRICE }))
  const rivals = [await signed({}, OTHER_CREATOR), await signed({}, OTHER_CREATOR)]
  const sound = await someDeals(3)
  const before = await sentBy('latest')
  const settled = await whileMining(Promise.allSettled([...rivals, ...sound].map(one => one.commit(chain))))
  assert.is(settled.filter(({ status }) => status === 'rejected').length, 1)
  assert.is(await committed(chain, [...rivals, ...sound]), 4)
  assert.ok((await sentBy('latest')) - before < 4)
})

test('a lot that reverts after all, because one lost its escrow meanwhile, is tried again one by one', async () => {
  const chain = await open(PROVIDER)
  const funder = await open(OTHER_CREATOR)
  await whileMining(funder.send({ name: 'deposit', valueWei: PRICE }))
  const poor = await signed({}, OTHER_CREATOR)
  const sound = await someDeals(3)
  const inPool = await sentBy('pending')
  const sent = [poor, ...sound].map(one => one.commit(chain))
  await until(async () => (await sentBy('pending')) === inPool + 1)
  // Mined before it: it offers a hundred times more for its place.
  const { market } = dev.deployment
  const { freeWei } = await funder.balance(accountOf(OTHER_CREATOR))
  const data = `0xf3fef3a3${'0'.repeat(64)}${freeWei.toString(16).padStart(64, '0')}`
  const from = accountOf(OTHER_CREATOR)
  const [gas, fee] = ['0x30d40', '0x174876e800']
  await dev.anvil.rpc('eth_sendTransaction', {
    from,
    to: market,
    data,
    gas,
    maxFeePerGas: fee,
    maxPriorityFeePerGas: fee
  })
  const settled = await whileMining(Promise.allSettled(sent))
  assert.equal(
    settled.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled', 'fulfilled']
  )
  assert.is(await committed(chain, sound), 3)
})

for (const isSent of [false, true])
  test(`a node that dies ${isSent ? 'after' : 'between journal and'} sending commits each deal once`, async () => {
    const store: Store = memoryStore()
    const chain = await open(PROVIDER, { store, rpcUrls: [proxy.url] })
    const before = await sentBy('latest')
    const deals = await someDeals(3)
    if (!isSent) proxy.set('cut', 'eth_sendRawTransaction')
    const sent = deals.map(deal => deal.commit(chain))
    if (isSent) await until(async () => (await sentBy('pending')) === before + 1)
    else await until(() => proxy.asked.includes('eth_sendRawTransaction'))
    await chain.stop()
    for (const one of sent) await rejects(one, 'CHAIN_NOT_STARTED')
    const again = await open(PROVIDER, { store })
    const mined = await whileMining(Promise.all(deals.map(deal => deal.commit(again))))
    assert.is(new Set(mined.map(({ hash }) => hash)).size, 1)
    assert.is((await sentBy('latest')) - before, 1)
    assert.is(await committed(again, deals), 3)
    await again.stop()
    const third = await open(PROVIDER, { store })
    assert.equal(await Promise.all(deals.map(deal => deal.commit(third))), mined, 'nothing is sent a second time')
  })

test.run()
