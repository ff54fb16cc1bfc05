// Small parts of the Docker runner that need no engine: its logs and its processors.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CpuShares } from '../../../../../node/host/run/docker/cpus.ts'
import { CappedLogs } from '../../../../../node/host/run/docker/logs.ts'

const logs = suite('CappedLogs')

/** A frame as the engine writes it. */
function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

async function read(limitBytes: number, chunkBytes: number, ...frames: Buffer[]) {
  const seen: string[] = []
  const capped = new CappedLogs(limitBytes, (stream, bytes) => seen.push(`${stream}${Buffer.from(bytes)}`))
  let full = 0
  const all = Buffer.concat(frames)
  async function* chunks() {
    for (let at = 0; at < all.length; at += chunkBytes) yield all.subarray(at, at + chunkBytes)
  }
  await capped.read(chunks(), () => full++)
  return { seen, full, isFull: capped.isFull, text: (stream: 1 | 2) => Buffer.from(capped.bytes(stream)).toString() }
}

logs('tells the streams apart, however the frames are cut', async () => {
  const frames = [frame(1, 'hello '), frame(2, 'oh'), frame(1, ''), frame(1, 'world')]
  for (const chunkBytes of [1, 2, 3, 7, 8, 9, 100]) {
    const { text, full, isFull } = await read(100, chunkBytes, ...frames)
    assert.is(text(1), 'hello world')
    assert.is(text(2), 'oh')
    assert.is(full, 0)
    assert.not.ok(isFull)
  }
})

logs('keeps exactly its limit of each stream, and says once that there was more', async () => {
  for (const chunkBytes of [1, 5, 100]) {
    const { text, full, isFull, seen } = await read(
      4,
      chunkBytes,
      frame(1, '1234'),
      frame(2, 'abcdef'),
      frame(1, '5'),
      frame(2, 'g')
    )
    assert.is(text(1), '1234')
    assert.is(text(2), 'abcd')
    assert.is(full, 1)
    assert.ok(isFull)
    assert.is(seen.map(message => message.slice(1)).join(''), '1234abcd')
  }
})

logs('of a program that writes byte by byte are no more than their bytes', async () => {
  const { text } = await read(1 << 20, 1 << 16, Buffer.concat(new Array(300_000).fill(frame(1, 'x'))))
  assert.is(text(1).length, 300_000)
})

logs('of a gigabyte take no more memory than their limit', async () => {
  const limitBytes = 1 << 20
  const piece = frame(1, 'x'.repeat(1 << 16))
  let mostBytes = 0
  async function* flood() {
    for (let sent = 0; sent < 1 << 30; sent += piece.length) {
      if (sent % (1 << 26) < piece.length) mostBytes = Math.max(mostBytes, process.memoryUsage.rss())
      // Each a buffer of its own, as from a socket.
      yield Uint8Array.from(piece)
    }
  }
  const before = process.memoryUsage.rss()
  const capped = new CappedLogs(limitBytes, () => {})
  let full = 0
  await capped.read(flood(), () => full++)
  assert.is(full, 1)
  assert.is(capped.bytes(1).length, limitBytes)
  const grownMiB = (mostBytes - before) / 2 ** 20
  assert.ok(grownMiB < 200, `${Math.round(grownMiB)} MiB more`)
})

logs.run()

// ---

const cpus = suite('CpuShares')

cpus('gives the least used processors', () => {
  const shares = new CpuShares(3)
  assert.equal(shares.take(2), [0, 1])
  assert.equal(shares.take(1), [2])
  const again = shares.take(1)
  assert.equal(again, [0])
  shares.give(again)
  shares.give([2])
  assert.equal(shares.take(1), [2])
  assert.ok(shares.has(3))
  assert.not.ok(shares.has(4))
})

cpus.run()
