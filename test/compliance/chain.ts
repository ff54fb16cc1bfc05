// What every Chain adapter does, whatever is behind it: money, deals, disputes, events, and one transaction per key.
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Chain, ChainCall, ChainEvent, Mined, Signer, Startable } from '../../node/market/ports.ts'
import { voteHash } from '../../protocols/committee/vote.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { isLilyError } from '../../protocols/core/errors.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { acceptDigest, dealId } from '../../protocols/deal/typed-data.ts'
import { type Result, resultCommitment, resultDigest } from '../../protocols/result/result.ts'
import { bytes32, dealOf } from '../node/chain/support.ts'
import { rejects, until } from '../support.ts'

/** A party: its account on the chain, and its key. */
export interface Party {
  readonly chain: Chain & Startable
  readonly signer: Signer
}

/** A chain with funded parties, whose blocks come when asked for. */
export interface ChainFixture {
  /** A party that is not started; the same index is the same account, with a store of its own. */
  party(index: number): Party
  mine(blocks?: number, passSec?: number): Promise<void>
  stop(): Promise<void>
}

const RESULT: Result = { root: bytes32(77), status: 0, used: 1_000n }
const WRONG: Result = { ...RESULT, root: bytes32(78) }
const SALT = bytes32(99)

/** Registers the suite; the caller runs it. */
export function chainCompliance(name: string, open: () => Promise<ChainFixture>): void {
  const test = suite(`compliance: chain: ${name}`)
  let fixture: ChainFixture
  let parties: readonly Party[]
  let nonce = 0n

  const party = (index: number): Party => {
    const found = parties[index]
    if (found === undefined) throw new Error(`no party ${index}`)
    return found
  }
  const creator = () => party(0)
  const provider = () => party(1)
  const mediators = () => parties.slice(2)

  /** Waits for something that takes blocks. */
  const whileMining = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false
    const done = () => {
      isDone = true
    }
    work.then(done, done)
    while (!isDone) {
      await fixture.mine()
      await delay(20)
    }
    return await work
  }
  const send = (from: Party, call: ChainCall): Promise<Mined> => whileMining(from.chain.send(call))

  const propose = async (terms: Partial<Deal> = {}) => {
    nonce += 1n
    const deal = dealOf(creator().signer.account, provider().signer.account, { nonce, ...terms })
    const { chainId, market } = creator().chain.deployment
    const id = dealId({ chainId, market }, deal)
    return { deal, id, signature: await creator().signer.signDigest(id) }
  }
  const commit = async (terms: Partial<Deal> = {}) => {
    const made = await propose(terms)
    await send(provider(), { name: 'commit', deal: made.deal, signature: made.signature })
    return made
  }
  const submit = async (deal: Deal, result: Result) => {
    const commitment = resultCommitment(result, SALT, deal.provider)
    await send(provider(), { name: 'submit', deal, commitment })
    return commitment
  }

  test.before(async () => {
    fixture = await open()
    parties = Array.from({ length: 6 }, (_, index) => fixture.party(index))
    await Promise.all(parties.map(({ chain }) => chain.start()))
    await send(creator(), { name: 'deposit', valueWei: 100_000_000n })
    await send(creator(), { name: 'deposit', valueWei: 100_000_000n, account: provider().signer.account })
    const unit = await creator().chain.slotStakeWei()
    for (const mediator of mediators()) await send(mediator, { name: 'join', slots: 1, valueWei: unit })
  })
  test.after(async () => {
    await Promise.all(parties.map(({ chain }) => chain.stop()))
    await fixture.stop()
  })

  test('follows the newest block', async () => {
    const before = creator().chain.head()
    await fixture.mine(3)
    // At least so many: it may have been behind.
    const after = await until(() => {
      const head = creator().chain.head()
      return head.number >= before.number + 3 && head
    })
    assert.is.not(after.hash, before.hash)
    assert.ok(after.timestampSec >= before.timestampSec)
  })

  test('counts what is deposited and withdrawn', async () => {
    const { chain, signer } = creator()
    const before = await chain.balance(signer.account)
    await send(creator(), { name: 'deposit', valueWei: 5_000n })
    const mined = await send(creator(), { name: 'withdraw', amountWei: 2_000n })
    const after = await chain.balance(signer.account)
    assert.is(after.freeWei, before.freeWei + 3_000n)
    assert.ok(after.coinWei < before.coinWei)
    assert.ok(mined.gasUsed > 21_000n)
    assert.ok(chain.head().number >= mined.block)
  })

  test('knows nothing of a deal that never was', async () => {
    assert.equal(await creator().chain.deal(bytes32(4)), { status: 'none' })
    assert.is((await creator().chain.dispute(bytes32(4))).phase, 'none')
    assert.equal(await creator().chain.payments(bytes32(4)), [])
  })

  test('tells of a deal when it is committed, with its terms, and when it closes', async () => {
    const events: ChainEvent[] = []
    const exit = creator().chain.follow(({ events: told }) => events.push(...told))
    const { deal, id } = await commit()
    const told = await until(() => events.find(event => event.type === 'deal:committed' && event.id === id))
    assert.equal(told, { type: 'deal:committed', id, deal })
    const record = await creator().chain.deal(id)
    assert.is(record.status, 'committed')
    await fixture.mine(1, deal.runTime + 1)
    await send(creator(), { name: 'timeout', deal })
    await until(() => events.some(event => event.type === 'deal:closed' && event.id === id))
    assert.is((await creator().chain.deal(id)).status, 'refunded')
    exit()
  })

  test('tells a listener that comes late of the deals that are open', async () => {
    const { deal, id } = await commit()
    // The creator's own look comes after the provider's, which has sent.
    const events = await until(() => {
      const told: ChainEvent[] = []
      creator().chain.follow(update => told.push(...update.events))()
      return told.some(event => event.type === 'deal:committed' && event.id === id) && told
    })
    const late = fixture.party(0)
    await late.chain.start()
    const early: ChainEvent[] = []
    late.chain.follow(update => early.push(...update.events))()
    assert.equal(early, events)
    await late.chain.stop()
    await fixture.mine(1, deal.runTime + 1)
    await send(creator(), { name: 'timeout', deal })
  })

  test('takes a deal that both have signed from either', async () => {
    const { deal, id, signature } = await propose()
    const providerSignature = await provider().signer.signDigest(id)
    await send(creator(), { name: 'commitSigned', deal, signature, providerSignature })
    assert.is((await provider().chain.deal(id)).status, 'committed')
    const late = provider().chain.send({ name: 'commit', deal, signature })
    const error = await rejects(late, 'CHAIN_REVERTED')
    assert.ok(isLilyError(error) && error.details.error === 'DealUnexpectedStatus')
  })

  test('pays a result that its creator accepts', async () => {
    const { deal, id } = await commit()
    await submit(deal, RESULT)
    const record = await creator().chain.deal(id)
    assert.is(record.status, 'submitted')
    const { chainId, market } = creator().chain.deployment
    const digest = acceptDigest({ chainId, market }, id, resultDigest(RESULT))
    const signature = await creator().signer.signDigest(digest)
    const mined = await send(provider(), { name: 'settleAccepted', deal, result: RESULT, signature })
    assert.is((await creator().chain.deal(id)).status, 'settled')
    const payments = await creator().chain.payments(id)
    assert.is(
      payments.reduce((sum, { amountWei }) => sum + amountWei, 0n),
      deal.price + deal.collateral
    )
    const paid = payments.find(({ reason }) => reason === 'provider')
    assert.is(paid?.account, deal.provider)
    assert.is(paid?.block, mined.block)
  })

  test('pays a result that nobody challenges after its window', async () => {
    const { deal, id } = await commit()
    await submit(deal, RESULT)
    await rejects(send(creator(), { name: 'settle', deal }), 'CHAIN_REVERTED')
    await fixture.mine(1, deal.window + 1)
    await send(mediators()[0] ?? creator(), { name: 'settle', deal })
    assert.is((await creator().chain.deal(id)).status, 'settled')
  })

  test('carries a dispute from challenge to verdict', async () => {
    const { chain } = creator()
    const { deal, id } = await commit()
    await submit(deal, WRONG)
    await send(creator(), { name: 'challenge', deal })
    const asked = await chain.dispute(id)
    assert.is(asked.phase, 'seed')
    assert.equal(asked.members, [])
    await revealSeed(chain, asked.seedRound)
    assert.ok(await chain.isBeaconReady(asked.seedRound))
    assert.ok(chain.beaconAgeBlocks(asked.seedRound) > 0)
    assert.is(await chain.beaconLateAtSec(asked.seedRound), Number.POSITIVE_INFINITY, 'it can be proved')
    const drawn = new Promise<ChainEvent>(resolve => {
      chain.follow(({ events }) => {
        const event = events.find(({ type, id: of }) => type === 'committee:drawn' && of === id)
        if (event !== undefined) resolve(event)
      })
    })
    await send(creator(), { name: 'draw', deal })

    const voting = await chain.dispute(id)
    assert.is(voting.phase, 'commit')
    assert.is(voting.members.length, 3)
    assert.equal(await drawn, { type: 'committee:drawn', id, round: 0, members: voting.members })
    await voteAll(id, resultDigest(RESULT))
    await send(provider(), { name: 'openResult', deal, result: WRONG, salt: SALT })
    const tally = await chain.dispute(id)
    assert.is(tally.isOpened, true)
    assert.is(tally.digest, resultDigest(WRONG))
    assert.equal(tally.revealed, [true, true, true])
    await send(creator(), { name: 'finalise', deal })

    const closed = await chain.dispute(id)
    assert.equal([closed.verdict, closed.pending], ['wrong', 'none'])
    assert.is((await chain.deal(id)).status, 'slashed')
    const payments = await chain.payments(id)
    assert.is(payments.filter(({ reason }) => reason === 'mediator').length, 3)
    const locked = deal.price + deal.collateral + deal.seatFee * 3n
    assert.is(
      payments.reduce((sum, { amountWei }) => sum + amountWei, 0n),
      locked
    )
  })

  /** Proves the seed of a round, once its block is there. */
  const revealSeed = async (chain: Chain, round: bigint) => {
    const proof = await until(async () => {
      await fixture.mine()
      return await chain.beaconProof(round)
    })
    assert.is(await chain.isBeaconReady(round), false)
    await send(creator(), { name: 'fulfilBeacon', round, proof })
  }

  /** The whole committee votes for one result, and shows it. */
  const voteAll = async (id: DealId, digest: Bytes32) => {
    const { members } = await creator().chain.dispute(id)
    const seated = mediators().filter(({ signer }) => members.includes(signer.account))
    for (const mediator of seated) {
      const member = mediator.signer.account
      const { chainId, court } = mediator.chain.deployment
      const vote = voteHash({ chainId, court, deal: id, round: 0, member }, digest, SALT)
      await send(mediator, { name: 'commitVote', id, seat: members.indexOf(member), vote })
    }
    for (const mediator of seated) {
      const seat = members.indexOf(mediator.signer.account)
      await send(mediator, { name: 'revealVote', id, seat, digest, salt: SALT })
    }
  }

  test('counts the slots of a mediator', async () => {
    const [mediator] = mediators()
    assert.ok(mediator)
    assert.is(await creator().chain.mediatorSlots(mediator.signer.account), 1)
    assert.is(await creator().chain.mediatorSlots(creator().signer.account), 0)
    const unit = await creator().chain.slotStakeWei()
    await send(mediator, { name: 'join', slots: 2, valueWei: 2n * unit })
    assert.is(await creator().chain.mediatorSlots(mediator.signer.account), 3)
  })

  test('refuses what a contract would refuse, by the name of its error, and sends nothing', async () => {
    const { deal, signature } = await propose({ price: 10n ** 24n })
    const error = await rejects(provider().chain.send({ name: 'commit', deal, signature }), 'CHAIN_REVERTED')
    assert.ok(isLilyError(error))
    assert.is(error.details.error, 'LedgerInsufficient')
    const { deal: foreign } = await propose({ provider: creator().signer.account, creator: provider().signer.account })
    const wrong = await rejects(provider().chain.send({ name: 'commit', deal: foreign, signature }), 'CHAIN_REVERTED')
    assert.ok(isLilyError(wrong))
  })

  test('refuses what the account cannot pay', async () => {
    await rejects(creator().chain.send({ name: 'deposit', valueWei: 10n ** 30n }), 'CHAIN_NO_FUNDS')
  })

  test('sends once what has one key', async () => {
    const { chain, signer } = creator()
    const before = await chain.balance(signer.account)
    const call: ChainCall = { name: 'deposit', valueWei: 7n }
    const both = await whileMining(Promise.all([chain.send(call, { key: 'once' }), chain.send(call, { key: 'once' })]))
    assert.equal(both[0], both[1])
    assert.equal(await chain.send(call, { key: 'once' }), both[0])
    assert.is((await chain.balance(signer.account)).freeWei, before.freeWei + 7n)
  })

  test('lets go of a wait that is aborted', async () => {
    const abort = new AbortController()
    const sent = creator().chain.send({ name: 'deposit', valueWei: 1n }, { signal: abort.signal, key: 'given up' })
    abort.abort(Object.assign(new Error('given up'), { code: 'GIVEN_UP' }))
    await rejects(sent, 'GIVEN_UP')
    await whileMining(creator().chain.send({ name: 'deposit', valueWei: 1n }, { key: 'given up' }))
  })

  test.run()
}
