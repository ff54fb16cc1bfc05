// What every Network does, whatever carries it: gossip between neighbours, and requests with their limits.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { GossipAnswer, Network, StreamLimits } from '../../node/market/ports.ts'
import { fromUtf8, utf8 } from '../../protocols/core/utf8.ts'
import { rejects, until } from '../support.ts'

/** The topics that the networks of a fixture are made with. */
export const TOPICS = ['/lilynode/test/a/1', '/lilynode/test/b/1'] as const

/** Two networks that are connected, and the id of a peer that does not exist. */
export interface NetworkFixture {
  readonly a: Network
  readonly b: Network
  readonly strangerId: string
  close(): Promise<void>
}

const LIMITS: StreamLimits = { maxRequestBytes: 1_000, maxResponseBytes: 1_000, perSecond: 1_000, timeoutMs: 2_000 }
const ASK = { timeoutMs: 2_000, maxResponseBytes: 1_000 }

/** Registers and runs the suite. */
export function networkCompliance(name: string, open: () => Promise<NetworkFixture>): void {
  const test = suite(`compliance: network: ${name}`)
  let fixture: NetworkFixture
  let protocols = 0

  /** Serves a protocol of its own on `a`, and asks it from `b`. */
  const serving = (answer: (message: string) => AsyncIterable<string>, limits: Partial<StreamLimits> = {}) => {
    const { a, b } = fixture
    protocols += 1
    const protocol = `/lilynode/test-${protocols}/1`
    const stop = a.handle(protocol, { ...LIMITS, ...limits }, async function* (message) {
      for await (const text of answer(fromUtf8(message))) yield utf8(text)
    })
    const ask = async (message: string, options: Partial<Parameters<Network['request']>[3]> = {}) => {
      const answers: string[] = []
      for await (const bytes of b.request(a.peerId, protocol, utf8(message), { ...ASK, ...options })) {
        answers.push(fromUtf8(bytes))
      }
      return answers
    }
    return { ask, stop }
  }

  test.before(async () => {
    fixture = await open()
  })
  test.after(() => fixture.close())

  // ---
  test('knows its neighbours', () => {
    const { a, b } = fixture
    const found = a.peers().find(({ peerId }) => peerId === b.peerId)
    assert.ok(found)
    assert.is.not(found?.isDialled, b.peers().find(({ peerId }) => peerId === a.peerId)?.isDialled)
    assert.match(String(found?.account), /^0x[0-9a-f]{40}$/)
  })

  // ---
  test('gives what is published to the validator of the topic, with the neighbour it came from', async () => {
    const { a, b } = fixture
    const [topic] = TOPICS
    const got: string[] = []
    const leave = b.subscribe(topic, async (bytes, from) => {
      got.push(`${fromUtf8(bytes)} ${from === a.peerId}`)
      return 'accept'
    })
    await until(() => a.publish(topic, utf8('hello')), { what: 'the subscription to be known', timeoutMs: 30_000 })
    await until(() => got.length > 0, { what: 'the message' })
    assert.equal(got, ['hello true'])
    leave()
    await until(async () => (await a.publish(topic, utf8(`${Math.random()}`))) === 0, { what: 'the leave to be known' })
  })

  test('publishes to nobody where nobody listens, and may publish the same again', async () => {
    const { a, b } = fixture
    const [, topic] = TOPICS
    assert.is(await a.publish(topic, utf8('early')), 0)
    const got: string[] = []
    const leave = b.subscribe(topic, async bytes => {
      got.push(fromUtf8(bytes))
      return 'accept'
    })
    await until(() => a.publish(topic, utf8('early')), { what: 'the subscription to be known', timeoutMs: 30_000 })
    await until(() => got.length > 0, { what: 'the message' })
    assert.equal(got, ['early'])
    leave()
  })

  test('refuses a topic that it was not made with', async () => {
    const { a } = fixture
    assert.throws(() => a.subscribe('/other', async (): Promise<GossipAnswer> => 'accept'), TypeError)
    await a.publish('/other', utf8('x')).then(
      () => assert.unreachable(),
      error => assert.instance(error, TypeError)
    )
  })

  // ---
  test('asks and is answered, once, many times or not at all', async () => {
    const { ask } = serving(async function* (message) {
      for (let i = 0; i < Number(message); i++) yield `answer ${i}`
    })
    assert.equal(await ask('1'), ['answer 0'])
    assert.equal(await ask('3'), ['answer 0', 'answer 1', 'answer 2'])
    assert.equal(await ask('0'), [])
  })

  test('answers many requests at once', async () => {
    const { ask } = serving(async function* (message) {
      yield message
    })
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => ask(String(i))))
    assert.equal(
      answers,
      Array.from({ length: 12 }, (_, i) => [String(i)])
    )
  })

  test('takes a request and an answer of exactly the limit, and refuses one byte more', async () => {
    const { ask } = serving(async function* (message) {
      yield message
    })
    assert.equal(await ask('x'.repeat(1_000)), ['x'.repeat(1_000)])
    await rejects(ask('x'.repeat(1_001)), 'NET_REFUSED')
    await rejects(ask('x'.repeat(1_000), { maxResponseBytes: 999 }), 'NET_TOO_LARGE')
  })

  test('counts all answers of a request against its limit', async () => {
    const { ask } = serving(
      async function* () {
        for (let i = 0; i < 11; i++) yield 'x'.repeat(100)
      },
      { maxResponseBytes: 5_000 }
    )
    await rejects(ask(''), 'NET_TOO_LARGE')
  })

  test('resets a stream whose handler answers more than it may', async () => {
    const { ask } = serving(async function* () {
      yield 'x'.repeat(1_001)
    })
    await rejects(ask('', { maxResponseBytes: 5_000 }), 'NET_REFUSED')
  })

  test('resets a stream whose handler fails, also after an answer', async () => {
    const { ask } = serving(async function* () {
      yield 'one'
      throw new Error('secret')
    })
    const error = await rejects(ask(''), 'NET_REFUSED')
    assert.not.match(error.message, 'secret')
  })

  test('gives up at its deadline, and so does the handler', async () => {
    let isAsked = false
    let isAborted = false
    const { a, b } = fixture
    a.handle('/lilynode/test-slow/1', { ...LIMITS, timeoutMs: 100 }, async function* (_message, _from, { signal }) {
      isAsked = true
      await until(() => signal?.aborted === true, { what: "the handler's own deadline" })
      isAborted = true
      yield utf8('late')
    })
    const ask = async () => {
      for await (const _ of b.request(a.peerId, '/lilynode/test-slow/1', utf8(''), { ...ASK, timeoutMs: 50 })) {
      }
    }
    // On a busy machine the asker may give up before it is heard.
    while (!isAsked) await rejects(ask(), 'NET_TIMEOUT')
    await until(() => isAborted, { what: 'the handler to give up' })
  })

  test('refuses a peer that asks too often', async () => {
    const { ask } = serving(
      async function* () {
        yield 'ok'
      },
      { perSecond: 1 }
    )
    assert.equal(await ask(''), ['ok'])
    assert.equal(await ask(''), ['ok'])
    await rejects(ask(''), 'NET_REFUSED')
  })

  test('refuses a protocol that nobody answers, and one that is answered no more', async () => {
    const { a, b } = fixture
    const { ask, stop } = serving(async function* () {
      yield 'ok'
    })
    assert.equal(await ask(''), ['ok'])
    stop()
    await rejects(ask(''), 'NET_REFUSED')
    await rejects(Array.fromAsync(b.request(a.peerId, '/lilynode/none/1', utf8(''), ASK)), 'NET_REFUSED')
  })

  test('says that a peer cannot be reached', async () => {
    const { b, strangerId } = fixture
    const asked = Array.fromAsync(b.request(strangerId, '/lilynode/none/1', utf8(''), ASK))
    const error = await asked.then(
      () => undefined,
      (reason: unknown) => reason
    )
    // Looking for an unknown peer may take longer than the caller waits.
    assert.match(String(error instanceof Error && 'code' in error && error.code), /^NET_(UNREACHABLE|TIMEOUT)$/)
  })

  test("stops with the caller's own reason when the caller aborts", async () => {
    const { ask } = serving(async function* () {
      await new Promise(() => {})
      yield ''
    })
    const abort = new AbortController()
    const asked = ask('', { signal: abort.signal })
    abort.abort(new Error('enough'))
    await asked.then(
      () => assert.unreachable(),
      (error: unknown) => assert.match(String(error), 'enough')
    )
  })

  test.run()
}
