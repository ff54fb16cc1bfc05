// What a job has left, from the engine's archive by way of our disk to its CID: exact caps, the same root as ever, nothing
// left behind, and no more memory for a gigabyte than for a few bytes.
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import tar from 'tar-stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { collectOutputs } from '../../../../../node/host/run/docker/outputs.ts'
import { DockerRunner } from '../../../../../node/host/run/docker/runner.ts'
import { Spool } from '../../../../../node/host/run/docker/spool.ts'
import { canonicalTree, NullStore } from '../../../../../node/peer/content/canonical.ts'
import { MAX_DEPTH } from '../../../../../node/peer/content/names.ts'
import { type Output, resultEntries } from '../../../../../node/peer/run/result-tree.ts'
import { tmp } from '../../../../support.ts'

const MIB = 1024 * 1024
const PIECE_BYTES = 64 * 1024

/** One file of an archive: its size, and a byte that its bytes follow from. */
interface Left {
  readonly name: string
  readonly sizeBytes: number
  readonly first?: number
}

/** The bytes of a file from a position on. */
function bytesAt({ first = 0 }: Left, at: number, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (first + (at + i) * 7) & 255))
}

/** An archive of /outputs as the engine gives it, made as it is read; large files are of one piece again and again. */
async function* archiveOf(files: readonly Left[]): AsyncGenerator<Uint8Array> {
  const pack = tar.pack()
  const write = async () => {
    pack.entry({ name: 'outputs/', type: 'directory' }, Buffer.alloc(0))
    for (const file of files) {
      const entry = pack.entry({ name: `outputs/${file.name}`, size: file.sizeBytes })
      const piece = bytesAt(file, 0, PIECE_BYTES)
      for (let at = 0; at < file.sizeBytes; at += PIECE_BYTES)
        if (!entry.write(piece.subarray(0, file.sizeBytes - at))) await once(entry, 'drain')
      entry.end(undefined)
    }
    pack.finalize()
  }
  const written = write()
  for await (const chunk of pack) if (chunk instanceof Uint8Array) yield chunk
  await written
}

function rootOf(outputs: readonly Output[]) {
  const nothing = new Uint8Array()
  return canonicalTree(resultEntries({ stdout: nothing, stderr: nothing, exitCode: 0, outputs }), new NullStore())
}

const outputs = suite('outputs by way of the disk')

outputs('give the root that the same bytes give in memory', async () => {
  const sizes = [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 5]
  const files = sizes.map((sizeBytes, i) => ({ name: `d${i % 2}/f${i}`, sizeBytes, first: i }))
  const inMemory = files.map(({ name, sizeBytes, first }) => {
    const pieces = Array.from({ length: Math.ceil(sizeBytes / PIECE_BYTES) }, () =>
      bytesAt({ name, sizeBytes, first }, 0, PIECE_BYTES)
    )
    return { path: name, content: Uint8Array.from(Buffer.concat(pieces).subarray(0, sizeBytes)) }
  })
  await using spool = new Spool(await tmp())
  const left = await collectOutputs(archiveOf(files), 100 * MIB, spool)
  assert.equal(left.dropped, [])
  assert.is((await rootOf(left.outputs)).toString(), (await rootOf(inMemory)).toString())
  // Read once more: nothing is used up.
  assert.is((await rootOf(left.outputs)).toString(), (await rootOf(inMemory)).toString())
})

outputs('are held to exactly their bytes', async () => {
  const files = [
    { name: 'a', sizeBytes: 1_000 },
    { name: 'b', sizeBytes: 500 }
  ]
  await using spool = new Spool(await tmp())
  assert.is((await collectOutputs(archiveOf(files), 1_500, spool)).outputs.length, 2)
  const over = await collectOutputs(archiveOf(files), 1_499, spool)
  assert.ok(over.isTooLarge)
  assert.equal(over.outputs, [])
})

outputs('may lie as deep as a result may, and what lies deeper is left out', async () => {
  const nameOf = (depth: number) => new Array(depth).fill('d').join('/')
  await using spool = new Spool(await tmp())
  // The folder that they lie in counts.
  const names = [nameOf(MAX_DEPTH - 1), nameOf(MAX_DEPTH), nameOf(1000)]
  const left = await collectOutputs(archiveOf(names.map(name => ({ name: `${name}x`, sizeBytes: 1 }))), 10, spool)
  assert.equal(
    left.outputs.map(({ path }) => path),
    [`${names[0]}x`]
  )
  await rootOf(left.outputs)
  assert.is(left.dropped.length, 2)
})

outputs('tell the first of many that are left out, and how many more there are', async () => {
  await using spool = new Spool(await tmp())
  const files = Array.from({ length: 500 }, (_, i) => ({ name: `back\\slash${i}`, sizeBytes: 0 }))
  const { dropped } = await collectOutputs(archiveOf(files), 10, spool)
  assert.is(dropped.length, 21)
  assert.is(dropped.at(-1), '480 more')
})

outputs('leave nothing on the disk, and nothing is made where there is nothing', async () => {
  const folder = join(await tmp(), 'scratch')
  {
    await using spool = new Spool(folder)
    await collectOutputs(archiveOf([{ name: 'empty', sizeBytes: 0 }]), 10, spool)
    assert.equal(await readdir(folder).catch(() => 'no folder'), 'no folder')
    await collectOutputs(
      archiveOf([
        { name: '../up', sizeBytes: 1 },
        { name: 'a', sizeBytes: 10 }
      ]),
      100,
      spool
    )
    assert.is((await readdir(folder)).length, 1)
  }
  assert.equal(await readdir(folder), [])
})

outputs('that a crash has left go when the runner starts, and its folder when it stops', async () => {
  const scratchDir = join(await tmp(), 'scratch')
  await mkdir(scratchDir)
  await writeFile(join(scratchDir, 'left'), 'by a crash')
  const runner = new DockerRunner({ nodeId: 'nobody', host: 'unix:///nowhere/docker.sock', scratchDir })
  await runner.start()
  assert.equal(await readdir(scratchDir).catch(() => 'no folder'), 'no folder')
  await mkdir(scratchDir)
  await runner.stop()
  assert.equal(await readdir(scratchDir).catch(() => 'no folder'), 'no folder')
})

outputs('of 1 GiB take no more memory than its pieces', async () => {
  let mostBytes = 0
  async function* watched(archive: AsyncIterable<Uint8Array>) {
    for await (const chunk of archive) {
      mostBytes = Math.max(mostBytes, process.memoryUsage.rss())
      yield chunk
    }
  }
  const look = async function* (files: readonly Output[]): AsyncGenerator<Output> {
    for (const { path, content } of files)
      yield { path, content: content === undefined || content instanceof Uint8Array ? content : watched(content) }
  }
  const run = async (sizeBytes: number) => {
    mostBytes = 0
    await using spool = new Spool(await tmp())
    const left = await collectOutputs(watched(archiveOf([{ name: 'large', sizeBytes }])), sizeBytes, spool)
    const nothing = new Uint8Array()
    const entries = resultEntries({ stdout: nothing, stderr: nothing, exitCode: 0, outputs: look(left.outputs) })
    await canonicalTree(entries, new NullStore())
    return mostBytes / MIB
  }
  const few = await run(64 * MIB)
  const many = await run(1024 * MIB)
  assert.ok(many < few + 128, `${Math.round(few)} MiB for 64 MiB, ${Math.round(many)} MiB for 1 GiB`)
})

outputs.run()
