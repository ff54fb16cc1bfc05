// JSON-RPC over endpoints that fail: against small HTTP servers, with a clock that leaps instead of waiting.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rpc } from '../../../node/chain/rpc.ts'
import type { Clock } from '../../../node/market/ports.ts'
import { isLilyError } from '../../../protocols/core/errors.ts'
import { type Anvil, startAnvil } from '../../../testnet/anvil.ts'
import { freePort, rejects } from '../../support.ts'
import { type FaultyEndpoint, startProxy } from './proxy.ts'

/** A clock on which no wait takes time, and all waits are counted. */
function leapingClock(onSleep: (nowMs: number) => void = () => {}): Clock {
  let nowMs = 0
  return {
    nowMs: () => nowMs,
    sleep: async (ms, options) => {
      options?.signal?.throwIfAborted()
      nowMs += ms
      onSleep(nowMs)
    }
  }
}

const test = suite('Rpc')
let anvil: Anvil
let first: FaultyEndpoint
let second: FaultyEndpoint

test.before(async () => {
  anvil = await startAnvil()
})
test.before.each(async () => {
  first = await startProxy(anvil.rpcUrl)
  second = await startProxy(anvil.rpcUrl)
})
test.after.each(async () => {
  await first.stop()
  await second.stop()
})
test.after(async () => {
  await anvil.stop()
})

const rpcOf = (init: Partial<ConstructorParameters<typeof Rpc>[0]> = {}) =>
  new Rpc({ urls: [first.url, second.url], clock: leapingClock(), chainId: 31_337n, timeoutMs: 200, ...init })

test('needs an endpoint', () => {
  assert.throws(() => rpcOf({ urls: [] }), TypeError)
})

test('stays with the endpoint that answers', async () => {
  const rpc = rpcOf()
  assert.is(await rpc.call('eth_blockNumber', []), '0x0')
  assert.is(await rpc.call('eth_blockNumber', []), '0x0')
  assert.equal(first.asked, ['eth_chainId', 'eth_blockNumber', 'eth_blockNumber'])
  assert.equal(second.asked, [])
})

for (const mood of ['cut', 'busy', 'behind', 'nonsense', 'hang'] as const) {
  test(`goes on to the next endpoint, and stays there, when one is of the kind: ${mood}`, async () => {
    const rpc = rpcOf()
    first.set(mood)
    assert.is(await rpc.call('eth_blockNumber', []), '0x0')
    const seen = first.asked.length
    first.set('pass')
    assert.is(await rpc.call('eth_blockNumber', []), '0x0')
    assert.is(first.asked.length, seen)
    assert.equal(second.asked, ['eth_chainId', 'eth_blockNumber', 'eth_blockNumber'])
  })
}

test('waits ever longer for a chain that is down, and goes on when it is back', async () => {
  const waits: number[] = []
  const clock = leapingClock(nowMs => {
    waits.push(nowMs)
    if (nowMs > 60_000) first.set('pass')
  })
  first.set('cut')
  const rpc = rpcOf({ urls: [first.url], clock })
  assert.is(await rpc.call('eth_blockNumber', [], { patienceMs: 120_000 }), '0x0')
  assert.ok(waits.length < 25, `waited ${waits.length} times`)
})

test('gives up when patience is over, and says which endpoints failed, without their secrets', async () => {
  const port = await freePort()
  const rpc = rpcOf({ urls: [`http://user:word@127.0.0.1:${port}/v1/key?token=abc`] })
  const error = await rejects(rpc.call('eth_blockNumber', []), 'CHAIN_UNREACHABLE')
  assert.match(error.message, `http://127.0.0.1:${port}`)
  assert.not.match(error.message, /user|word|key|abc/)
})

test('refuses another chain at once, and prefers the right one', async () => {
  await rejects(rpcOf({ chainId: 1n }).call('eth_blockNumber', []), 'CHAIN_WRONG_ID')
  assert.ok(!first.asked.includes('eth_blockNumber'))
  const other = await startAnvil({ chainId: 5 })
  try {
    const rpc = rpcOf({ urls: [other.rpcUrl, second.url] })
    assert.is(await rpc.call('eth_chainId', []), '0x7a69')
  } finally {
    await other.stop()
  }
})

test('checks the chain again after an endpoint was away', async () => {
  const rpc = rpcOf({ urls: [first.url] })
  await rpc.call('eth_blockNumber', [])
  first.set('cut')
  await rejects(rpc.call('eth_blockNumber', []), 'CHAIN_UNREACHABLE')
  first.set('pass')
  first.asked.length = 0
  await rpc.call('eth_blockNumber', [])
  assert.equal(first.asked, ['eth_chainId', 'eth_blockNumber'])
})

test('tells a refusal from a failure', async () => {
  const error = await rejects(rpcOf().call('eth_noSuchMethod', []), 'CHAIN_RPC_ERROR')
  assert.ok(isLilyError(error))
  assert.is(error.details.method, 'eth_noSuchMethod')
  assert.is(error.details.code, -32601)
  assert.equal(second.asked, [])
})

test('answers a batch in order, each with its own result or error', async () => {
  const answers = await rpcOf().batch([
    { method: 'eth_chainId', params: [] },
    { method: 'eth_noSuchMethod', params: [] },
    { method: 'eth_blockNumber', params: [] }
  ])
  assert.equal(answers[0], { result: '0x7a69' })
  assert.ok(answers[1] && 'error' in answers[1])
  assert.equal(answers[2], { result: '0x0' })
})

test('lets go when aborted', async () => {
  first.set('hang')
  const abort = new AbortController()
  const call = rpcOf({ urls: [first.url], timeoutMs: 60_000 }).call('eth_blockNumber', [], { signal: abort.signal })
  abort.abort(Object.assign(new Error('enough'), { code: 'ENOUGH' }))
  await rejects(call, 'ENOUGH')
})

test.run()
