// The door of requests: codecs on both sides, one answer or many, and what is counted.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Counts } from '../../../node/market/counts.ts'
import { Streams } from '../../../node/market/streams.ts'
import { codec, integer, struct } from '../../../protocols/core/codec.ts'
import { LilyError } from '../../../protocols/core/errors.ts'
import type { StreamMessage } from '../../../protocols/wire.ts'
import { Bus } from '../../fakes/network.ts'
import { rejects } from '../../support.ts'

type Count = { readonly n: number }
const COUNT = codec<Count>('Count', struct({ n: integer(0, 100) }), 32)
const PROTOCOL: StreamMessage<Count, Count> = {
  protocol: '/count/1',
  request: COUNT,
  answer: COUNT,
  maxRequestBytes: 32,
  maxResponseBytes: 320,
  perSecond: 10,
  timeoutMs: 1_000
}

/** Two peers; the second counts up to what it is asked. */
function setup() {
  const bus = new Bus()
  const errors: unknown[] = []
  const log = Object.assign(() => {}, { error: (...args: unknown[]) => errors.push(args) })
  const [one, two] = [bus.join('one'), bus.join('two')]
  const [asked, answered] = [new Counts(), new Counts()]
  const asker = new Streams({ network: one, log, counts: asked })
  const server = new Streams({ network: two, log, counts: answered })
  const stop = server.serve(PROTOCOL, async function* ({ n }, from) {
    assert.is(from, 'one')
    if (n === 50) throw new LilyError('COUNT_TIRED', 'no more')
    if (n === 51) throw new Error('a bug')
    for (let i = 1; i <= n; i++) yield { n: i }
  })
  return { asker, asked, answered, one, two, errors, stop }
}

const test = suite('Streams')

test('asks for one answer, and for many', async () => {
  const { asker, asked, answered } = setup()
  assert.equal(await asker.ask('two', PROTOCOL, { n: 1 }), { n: 1 })
  assert.equal(await Array.fromAsync(asker.askMany('two', PROTOCOL, { n: 3 })), [{ n: 1 }, { n: 2 }, { n: 3 }])
  assert.equal(asked.of('requests'), [{ protocol: '/count/1', side: 'asked', code: '', count: 2 }])
  assert.equal(answered.of('requests'), [{ protocol: '/count/1', side: 'answered', code: '', count: 2 }])
})

test('refuses none and several where one answer is due', async () => {
  const { asker } = setup()
  await rejects(asker.ask('two', PROTOCOL, { n: 0 }), 'NET_REFUSED')
  await rejects(asker.ask('two', PROTOCOL, { n: 2 }), 'NET_REFUSED')
})

test('sends nothing that breaks its own limits', async () => {
  const { asker, answered } = setup()
  await rejects(asker.ask('two', PROTOCOL, { n: 101 }), 'CODEC_FIELD')
  assert.equal(answered.of('requests'), [])
})

test('answers nothing to what is not a request', async () => {
  const { answered, one } = setup()
  await rejects(Array.fromAsync(one.request('two', '/count/1', Uint8Array.of(0xa0))), 'CODEC_FIELD')
  assert.equal(answered.of('requests'), [{ protocol: '/count/1', side: 'answered', code: 'CODEC_FIELD', count: 1 }])
})

test('takes nothing that is not an answer', async () => {
  const { asker, asked, two } = setup()
  two.handle('/count/1', PROTOCOL, async function* () {
    yield Uint8Array.of(0xff)
  })
  await rejects(asker.ask('two', PROTOCOL, { n: 1 }), 'CODEC_MALFORMED')
  assert.is(asked.of('requests')[0]?.code, 'CODEC_MALFORMED')
})

test('tells a failure that is foreseen from a bug', async () => {
  const { asker, answered, errors } = setup()
  await rejects(asker.ask('two', PROTOCOL, { n: 50 }), 'COUNT_TIRED')
  assert.is(errors.length, 0)
  await asker.ask('two', PROTOCOL, { n: 51 }).then(
    () => assert.unreachable(),
    () => {}
  )
  assert.is(errors.length, 1)
  assert.equal(
    answered.of('requests').map(({ code }) => code),
    ['COUNT_TIRED', 'UNEXPECTED']
  )
})

test('answers no more after it has stopped', async () => {
  const { asker, stop } = setup()
  stop()
  await rejects(asker.ask('two', PROTOCOL, { n: 1 }), 'NET_UNREACHABLE')
})

test.run()
