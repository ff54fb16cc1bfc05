// Small parts of the WASM runner: its cache, and how it passes logs on.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MeteredCache } from '../../../../../node/peer/run/cache.ts'
import { LogBatch } from '../../../../../node/peer/run/log-batch.ts'
import { cidOfBlock } from '../../../../../protocols/core/cid.ts'

const cid = (n: number) => cidOfBlock(0x55, Uint8Array.of(n))

const cache = suite('MeteredCache')

cache('finds a module by what the pass depends on', () => {
  const modules = new MeteredCache(1000)
  modules.set(cid(1), 64, Uint8Array.of(1))
  assert.equal(modules.get(cid(1), 64), Uint8Array.of(1))
  assert.is(modules.get(cid(1), 65), undefined)
  assert.is(modules.get(cid(2), 64), undefined)
})

cache('lets go of what was used longest ago', () => {
  const modules = new MeteredCache(250)
  for (const n of [1, 2]) modules.set(cid(n), 64, new Uint8Array(100))
  modules.get(cid(1), 64)
  modules.set(cid(3), 64, new Uint8Array(100))
  assert.is(modules.get(cid(2), 64), undefined)
  assert.is(modules.get(cid(1), 64)?.length, 100)
  assert.is(modules.get(cid(3), 64)?.length, 100)
  modules.set(cid(4), 64, new Uint8Array(251))
  assert.is(modules.get(cid(4), 64), undefined)
})

cache.run()

// ---

const batch = suite('LogBatch')

const collect = () => {
  const messages: string[] = []
  const logs = new LogBatch((stream, bytes) => messages.push(`${stream}${Buffer.from(bytes)}`))
  const write = (stream: 1 | 2, text: string) => logs.write(stream, Buffer.from(text))
  return { messages, logs, write }
}

batch('passes a first write on at once', () => {
  const { messages, write } = collect()
  write(1, 'now')
  assert.equal(messages, ['1now'])
})

batch('puts a flood together, loses nothing, and keeps the streams in order', () => {
  const { messages, logs, write } = collect()
  for (let i = 0; i < 100_000; i++) write(1, 'x')
  write(2, 'y')
  write(1, 'z')
  logs.flush()
  assert.ok(messages.length < 1000, `${messages.length} messages`)
  const text = messages.map(message => message.slice(1)).join('')
  assert.is(text, `${'x'.repeat(100_000)}yz`)
  assert.equal(messages.slice(-2), ['2y', '1z'])
})

batch('splits what is larger than its buffer', () => {
  const { messages, logs, write } = collect()
  write(2, 'a'.repeat(50_000))
  logs.flush()
  assert.is(messages.map(message => message.slice(1)).join(''), 'a'.repeat(50_000))
})

batch.run()
