// A verdict that may be appealed, as the chain adapter shows it: against the Court itself.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { appeal } from '../../../node/market/appeal.ts'
import type { Chain, ChainCall, Signer, Startable } from '../../../node/market/ports.ts'
import { keepDispute } from '../../../node/market/settlement.ts'
import type { Verdict } from '../../../protocols/committee/dispute.ts'
import { voteHash } from '../../../protocols/committee/vote.ts'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import type { Deal, DealId } from '../../../protocols/deal/deal.ts'
import { dealId } from '../../../protocols/deal/typed-data.ts'
import { type Result, resultCommitment, resultDigest, UNVERIFIABLE } from '../../../protocols/result/result.ts'
import { rejects, until } from '../../support.ts'
import { bytes32, chainOf, dealOf, signerOf, startTestChain, type TestChain } from './support.ts'

const RESULT: Result = { root: bytes32(77), status: 0, used: 1_000n }
const SALT = bytes32(99)
const CREATOR = 0
const PROVIDER = 1
const MEDIATOR = 2

interface Bench {
  test: TestChain
  parties: readonly { readonly chain: Chain & Startable; readonly signer: Signer }[]
}

const appeals = suite<Bench>('a verdict in its appeal phase')

appeals.before(async bench => {
  bench.test = await startTestChain({ blockTimeSec: 0.1 }, { appealTimeSec: 600 })
  bench.parties = [CREATOR, PROVIDER, MEDIATOR].map(index => ({
    chain: chainOf(bench.test, index),
    signer: signerOf(bench.test.anvil, index)
  }))
  for (const { chain } of bench.parties) await chain.start()
  const [creator, provider, mediator] = bench.parties
  await creator?.chain.send({ name: 'deposit', valueWei: 10n ** 9n })
  await provider?.chain.send({ name: 'deposit', valueWei: 10n ** 9n })
  const stakeWei = (await mediator?.chain.slotStakeWei()) ?? 0n
  await mediator?.chain.send({ name: 'join', slots: 1, valueWei: stakeWei })
  // A slot counts in requests of later seconds only, and these blocks share theirs.
  const joinedSec = mediator?.chain.head().timestampSec ?? 0
  await until(() => (mediator?.chain.head().timestampSec ?? 0) > joinedSec)
})

appeals.after(async ({ test, parties }) => {
  for (const { chain } of parties) await chain.stop()
  await test.anvil.stop()
})

let nonce = 0n

/** A dispute whose one mediator found `vote`, as far as its appeal phase. */
async function judged({ parties }: Bench, vote: Bytes32): Promise<{ deal: Deal; id: DealId }> {
  const [creator, provider, mediator] = parties
  assert.ok(creator && provider && mediator)
  nonce += 1n
  const terms = { seats: 1, rounds: 2, nonce, jobOffer: bytes32(1000n + nonce) }
  const deal = dealOf(creator.signer.account, provider.signer.account, terms)
  const { deployment } = creator.chain
  const id = dealId(deployment, deal)
  const by = async ({ chain }: { chain: Chain }, call: ChainCall) => {
    await chain.send(call)
  }
  await by(provider, { name: 'commit', deal, signature: await creator.signer.signDigest(id) })
  await by(provider, { name: 'submit', deal, commitment: resultCommitment(RESULT, SALT, deal.provider) })
  await by(creator, { name: 'challenge', deal })
  await until(async () => {
    await keepDispute(creator.chain, id, deal, { turn: 0 })
    return (await creator.chain.dispute(id)).phase === 'commit'
  })
  const { chainId, court } = deployment
  const context = { chainId, court, deal: id, round: 0, member: mediator.signer.account }
  await by(mediator, { name: 'commitVote', id, seat: 0, vote: voteHash(context, vote, SALT) })
  await until(async () => (await creator.chain.dispute(id)).phase === 'reveal')
  await by(mediator, { name: 'revealVote', id, seat: 0, digest: vote, salt: SALT })
  await by(provider, { name: 'openResult', deal, result: RESULT, salt: SALT })
  await by(creator, { name: 'finalise', deal })
  return { deal, id }
}

const EXPECTED: readonly (readonly [Verdict, Bytes32, number])[] = [
  ['correct', resultDigest(RESULT), CREATOR],
  ['wrong', bytes32(5), PROVIDER],
  ['unverifiable', UNVERIFIABLE, CREATOR]
]

for (const [verdict, vote, loser] of EXPECTED)
  appeals(`${verdict}: is appealed by party ${loser} and by no other`, async bench => {
    const { deal, id } = await judged(bench, vote)
    const [loses, wins] = [bench.parties[loser], bench.parties[1 - loser]]
    assert.ok(loses && wins)
    const { phase, pending, appealEndSec } = await loses.chain.dispute(id)
    assert.equal([phase, pending], ['appeal', verdict])
    assert.ok(appealEndSec > loses.chain.head().timestampSec)
    await rejects(appeal(wins.chain, id, deal), 'DEAL_NOT_LOSER')
    await rejects(wins.chain.send({ name: 'appeal', deal }), 'CHAIN_REVERTED')
    await appeal(loses.chain, id, deal)
    const after = await loses.chain.dispute(id)
    assert.equal([after.phase, after.round, after.pending], ['seed', 1, 'none'])
    await rejects(appeal(loses.chain, id, deal), 'DEAL_NOT_APPEALABLE')
  })

appeals.run()
