// The tape of a run: its beginning and its end stay, what is lost between them is counted, and it never grows beyond.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LogTape } from '../../../node/market/log-tape.ts'
import { utf8 } from '../../../protocols/core/utf8.ts'
import { testSeed } from '../../support.ts'

const MAX_WEIGHT = 128 * 1024
const ALL = Number.MAX_SAFE_INTEGER

/** What a tape gives from a position on, as text by stream. */
function textOf(tape: LogTape, at = 0) {
  const text = { stdout: '', stderr: '' }
  for (const { stream, bytes } of tape.take(at, ALL)) text[stream] += Buffer.from(bytes)
  return text
}

const test = suite('LogTape')

test('gives what was printed, each on its stream, from any position', () => {
  const tape = new LogTape()
  tape.add('stdout', utf8('hello '))
  tape.add('stderr', utf8('oh'))
  tape.add('stdout', utf8('world'))
  assert.equal(textOf(tape), { stdout: 'hello world', stderr: 'oh' })
  assert.equal(textOf(tape, 3), { stdout: 'lo world', stderr: 'oh' })
  assert.equal(textOf(tape, 7), { stdout: 'world', stderr: 'h' })
  assert.equal(tape.take(13, ALL), [])
  assert.is(tape.end, 13)
})

test('keeps a copy', () => {
  const tape = new LogTape()
  const bytes = utf8('moo')
  tape.add('stdout', bytes)
  bytes.fill(0)
  assert.is(textOf(tape).stdout, 'moo')
})

test('gives no more at once than is asked for, and something always', () => {
  const tape = new LogTape()
  tape.add('stdout', new Uint8Array(10_000))
  const [piece, ...more] = tape.take(0, 1)
  assert.is(piece?.bytes.length, 4096)
  assert.is(more.length, 0)
  assert.is(tape.take(0, 8_000).length, 1)
  assert.is(tape.take(0, 9_000).length, 2)
})

test('of a flood the beginning and the end are kept, and the gap is told', () => {
  const tape = new LogTape()
  tape.add('stdout', utf8('first'))
  for (let i = 0; i < 1_000; i++) tape.add(i % 2 === 0 ? 'stdout' : 'stderr', new Uint8Array(100_000).fill(46))
  tape.add('stdout', utf8('last'))
  assert.ok(tape.weight <= MAX_WEIGHT)
  const { stdout } = textOf(tape)
  assert.ok(stdout.startsWith('first.') && stdout.endsWith('.last'))
  const pieces = tape.take(0, ALL)
  const kept = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const gaps = pieces.slice(1).flatMap(({ at }, i) => {
    const before = pieces[i]
    const gap = before === undefined ? 0 : at - before.at - before.bytes.length
    return gap > 0 ? [gap] : []
  })
  assert.is(gaps.length, 1)
  assert.is(kept + (gaps[0] ?? 0), tape.end)
  assert.is(tape.end, 100_000_009)
})

test('whatever is printed, it stays within its weight and in order', () => {
  const prints = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 1, max: 60 })), {
    maxLength: 60
  })
  fc.assert(
    fc.property(prints, all => {
      const tape = new LogTape()
      for (const [isOut, length, times] of all)
        for (let i = 0; i < times; i++) tape.add(isOut ? 'stdout' : 'stderr', new Uint8Array(length % (i + 2)))
      assert.ok(tape.weight <= MAX_WEIGHT)
      let at = 0
      for (const piece of tape.take(0, ALL)) {
        assert.ok(piece.at >= at)
        at = piece.at + piece.bytes.length
      }
      assert.is(at, tape.end)
    }),
    { seed: testSeed(), numRuns: 100 }
  )
})

test('a byte at a time weighs no more than it may', () => {
  const tape = new LogTape()
  for (let i = 0; i < 200_000; i++) tape.add(i % 2 === 0 ? 'stdout' : 'stderr', Uint8Array.of(65))
  assert.ok(tape.weight <= MAX_WEIGHT)
  assert.is(tape.end, 200_000)
})

test('who waits is woken by what is printed, by the end, and by an abort', async () => {
  const tape = new LogTape()
  const printed = tape.beyond(0)
  tape.add('stdout', utf8('x'))
  await printed
  await tape.beyond(0)
  const leaving = new AbortController()
  const left = tape.beyond(1, { signal: leaving.signal })
  leaving.abort()
  await left
  const ended = tape.beyond(1)
  tape.close()
  await ended
  tape.add('stdout', utf8('too late'))
  assert.is(tape.end, 1)
})

test.run()
