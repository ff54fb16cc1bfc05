// Reorganisations under a market at work: a commit, a submission and votes survive blocks that the chain gives up.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Chain, ChainCall, ChainEvent, Startable } from '../../../node/market/ports.ts'
import { voteHash } from '../../../protocols/committee/vote.ts'
import type { DealStatus } from '../../../protocols/deal/state.ts'
import { dealId } from '../../../protocols/deal/typed-data.ts'
import { type Result, resultCommitment, resultDigest } from '../../../protocols/result/result.ts'
import { until } from '../../support.ts'
import { bytes32, chainOf, dealOf, mineUntil, signerOf, startTestChain, type TestChain } from './support.ts'

const DEPTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
const DEEPEST = 10
const RESULT: Result = { root: bytes32(7), status: 0, used: 1n }
const SALT = bytes32(8)

type Party = Chain & Startable

const test = suite('reorganisations')
let dev: TestChain
let creator: Party
let provider: Party
let mediators: readonly Party[]
let nonce = 0n

test.before(async () => {
  dev = await startTestChain()
  creator = chainOf(dev, 1)
  provider = chainOf(dev, 2)
  mediators = [chainOf(dev, 3), chainOf(dev, 4), chainOf(dev, 5)]
  for (const party of all()) await party.start()
  const unit = await creator.slotStakeWei()
  await mined(creator.send({ name: 'deposit', valueWei: 10n ** 12n }))
  await mined(provider.send({ name: 'deposit', valueWei: 10n ** 12n }))
  for (const mediator of mediators) await mined(mediator.send({ name: 'join', slots: 1, valueWei: unit }))
})
test.after(async () => {
  for (const party of all()) await party.stop()
  await dev.anvil.stop()
})

const all = (): readonly Party[] => [creator, provider, ...mediators]
const mined = <T>(work: Promise<T>): Promise<T> => mineUntil(dev, work)
const latest = async () => Number(await dev.anvil.rpc('eth_blockNumber'))
/** Blocks on top, so that the next reorganisation hits the next step only. */
const bury = async () => await dev.mine(DEEPEST + 1)
/** Drops the given block and those on it, so many at least, with every transaction in them. */
const dropFrom = async (block: number, depth: number) => {
  while ((await latest()) < block + depth - 1) await dev.mine()
  await dev.anvil.rpc('anvil_reorg', (await latest()) - block + 1, [])
}

const commitDeal = async () => {
  nonce += 1n
  const deal = dealOf(creator.account, provider.account, { nonce, runTime: 6_000, window: 6_000 })
  const { chainId, market } = creator.deployment
  const id = dealId({ chainId, market }, deal)
  const signature = await signerOf(dev.anvil, 1).signDigest(id)
  return { deal, id, signature }
}

for (const depth of DEPTHS) {
  test(`a commit and a submission outlive ${depth} blocks`, async () => {
    const { deal, id, signature } = await commitDeal()
    const told: ChainEvent[] = []
    const exit = creator.follow(({ kind, events }) => {
      for (const event of events) {
        if (event.id !== id) continue
        if (kind === 'apply') told.push(event)
        else assert.equal(told.pop(), event)
      }
    })
    const status = async (wanted: DealStatus) => {
      await until(async () => {
        await dev.mine()
        return (await creator.deal(id)).status === wanted
      })
    }
    await bury()
    const commit: ChainCall = { name: 'commit', deal, signature }
    const { block } = await mined(provider.send(commit, { key: `commit ${id}` }))
    await dropFrom(block, depth)
    assert.is((await creator.deal(id)).status, 'none')
    await status('committed')
    await bury()
    const submit: ChainCall = { name: 'submit', deal, commitment: resultCommitment(RESULT, SALT, provider.account) }
    const sent = await mined(provider.send(submit, { key: `submit ${id}` }))
    await dropFrom(sent.block, depth)
    assert.is((await creator.deal(id)).status, 'committed')
    await status('submitted')
    // The calls are what they were: the same keys send nothing more.
    await mined(provider.send(commit, { key: `commit ${id}` }))
    await mined(provider.send(submit, { key: `submit ${id}` }))
    const expected = [
      { type: 'deal:committed', id, deal },
      { type: 'deal:submitted', id }
    ]
    await until(() => told.length === expected.length)
    assert.equal(told, expected)
    exit()
  })
}

for (const depth of [1, 5, 10]) {
  test(`votes outlive ${depth} blocks`, async () => {
    const { deal, id, signature } = await commitDeal()
    await mined(provider.send({ name: 'commit', deal, signature }))
    const commitment = resultCommitment(RESULT, SALT, provider.account)
    await mined(provider.send({ name: 'submit', deal, commitment }))
    await mined(creator.send({ name: 'challenge', deal }))
    const { seedRound: round } = await creator.dispute(id)
    const proof = await until(async () => {
      await dev.mine()
      return await creator.beaconProof(round)
    })
    await mined(creator.send({ name: 'fulfilBeacon', round, proof }))
    await mined(creator.send({ name: 'draw', deal }))
    await bury()
    const { members } = await creator.dispute(id)
    const digest = resultDigest(RESULT)
    const votes = mediators.map(mediator => {
      const { chainId, court } = mediator.deployment
      const context = { chainId, court, deal: id, round: 0, member: mediator.account }
      const vote = voteHash(context, digest, SALT)
      return mediator.send({ name: 'commitVote', id, seat: members.indexOf(mediator.account), vote })
    })
    const sent = await mined(Promise.all(votes))
    await dropFrom(Math.min(...sent.map(({ block }) => block)), depth)
    await until(async () => {
      await dev.mine()
      return (await creator.dispute(id)).committed.every(Boolean)
    })
    await bury()
    for (const mediator of mediators) {
      const seat = members.indexOf(mediator.account)
      await mined(mediator.send({ name: 'revealVote', id, seat, digest, salt: SALT }))
    }
    await mined(provider.send({ name: 'openResult', deal, result: RESULT, salt: SALT }))
    await mined(creator.send({ name: 'finalise', deal }))
    assert.is((await creator.dispute(id)).verdict, 'correct')
    assert.is((await creator.deal(id)).status, 'settled')
  })
}

test.run()
