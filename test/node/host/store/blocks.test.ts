// The block store: small and large blocks, in what order and how often they come, and over a restart.
import { createHash } from 'node:crypto'
import { appendFile, mkdir, readdir, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BlockLevels, Blocks, DistortedBlocks } from '../../../../node/host/store/blocks.ts'
import { type CID, CODEC, cidOfBlock } from '../../../../protocols/core/cid.ts'
import { rejects, testSeed, tmp } from '../../../support.ts'

/** From here on a block is a file. */
const LARGE = 16 * 1024

const storing = suite<{ dir: string; levels: BlockLevels; blocks: Blocks }>('block store')

storing.before.each(async context => {
  context.dir = await tmp()
  context.levels = await BlockLevels.open(context.dir)
  context.blocks = new Blocks(context.levels)
})
storing.after.each(({ levels }) => levels.close())

const cidOf = (bytes: Uint8Array): CID => cidOfBlock(CODEC.raw, bytes)

function block(length: number, salt: string): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes.set(createHash('sha256').update(salt).digest().subarray(0, length))
  return bytes
}

/** Paths of the files of a folder's large blocks. */
async function filesOf(dir: string): Promise<string[]> {
  const all = await readdir(join(dir, 'blocks-large'), { recursive: true, withFileTypes: true }).catch(() => [])
  return all.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

async function fails(work: Promise<unknown>): Promise<void> {
  const outcome = await work.then(
    () => 'done',
    () => 'failed'
  )
  assert.is(outcome, 'failed')
}

async function got(blocks: Blocks, cid: CID): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of blocks.get(cid)) parts.push(part)
  return Buffer.concat(parts)
}

storing('gives back what it was given, below, at and above the length from which a block is large', async context => {
  for (const length of [0, 1, LARGE - 1, LARGE, LARGE + 1, 1024 * 1024]) {
    const bytes = block(length, `a ${length}`)
    const cid = cidOf(bytes)
    assert.not(await context.blocks.has(cid), `${length} before`)
    assert.is(await context.blocks.read(cid), undefined)
    await context.blocks.put(cid, bytes)
    assert.ok(await context.blocks.has(cid), `${length} after`)
    assert.equal(Buffer.from((await context.blocks.read(cid)) ?? []), Buffer.from(bytes))
    assert.equal(await got(context.blocks, cid), Buffer.from(bytes))
  }
})

storing('keeps a large block once, however often it comes', async ({ dir, blocks }) => {
  const bytes = block(LARGE, 'again')
  await Promise.all([1, 2, 3].map(() => blocks.put(cidOf(bytes), bytes)))
  assert.is((await filesOf(dir)).length, 1)
})

storing('says of a block that it has not that it has it not', async ({ blocks }) => {
  const failed = await got(blocks, cidOf(block(LARGE, 'nobody'))).catch((error: unknown) => error)
  assert.is(failed instanceof Error ? failed.name : '', 'NotFoundError')
})

storing('has its blocks after a restart', async context => {
  const [first, second] = [block(LARGE, 'first'), block(LARGE, 'second')]
  await context.blocks.put(cidOf(first), first)
  await context.levels.close()
  context.levels = await BlockLevels.open(context.dir)
  const blocks = new Blocks(context.levels)
  await blocks.put(cidOf(second), second)
  assert.equal(await got(blocks, cidOf(first)), Buffer.from(first))
  assert.equal(await got(blocks, cidOf(second)), Buffer.from(second))
})

storing('two stores over one folder have the same blocks', async ({ levels }) => {
  const one = new Blocks(levels)
  const other = new DistortedBlocks(levels, bytes => bytes)
  const all = Array.from({ length: 20 }, (_, i) => block(LARGE, `shared ${i}`))
  await Promise.all(all.map(async (bytes, i) => (i % 2 === 0 ? one : other).put(cidOf(bytes), bytes)))
  for (const bytes of all) assert.equal(Buffer.from((await one.read(cidOf(bytes))) ?? []), Buffer.from(bytes))
})

storing('finds large blocks that lie among the small ones', async ({ levels, blocks }) => {
  const bytes = block(LARGE, 'of old')
  const { LevelBlockstore } = await import('blockstore-level')
  await new LevelBlockstore(levels.small).put(cidOf(bytes), bytes)
  assert.ok(await blocks.has(cidOf(bytes)))
  assert.equal(await got(blocks, cidOf(bytes)), Buffer.from(bytes))
})

storing('behaves as a map does, whatever comes', async context => {
  const lengths = [10, LARGE - 1, LARGE, LARGE + 100]
  const step = fc.record({ isDelete: fc.boolean(), which: fc.integer({ min: 0, max: 7 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
      const model = new Map<string, Uint8Array>()
      const all = Array.from({ length: 8 }, (_, i) => block(lengths[i % 4] ?? 0, `map ${i}`))
      for (const bytes of all) await context.blocks.delete(cidOf(bytes))
      for (const { isDelete, which } of steps) {
        const bytes = all[which] ?? new Uint8Array()
        const cid = cidOf(bytes)
        if (isDelete) {
          await context.blocks.delete(cid)
          model.delete(cid.toString())
        } else {
          await context.blocks.put(cid, bytes)
          model.set(cid.toString(), bytes)
        }
      }
      const kept = new Map<string, Uint8Array>()
      for await (const { cid, bytes } of context.blocks.getAll())
        for await (const part of bytes) kept.set(`${cid}`, part)
      assert.equal([...kept.keys()].sort(), [...model.keys()].sort())
      for (const [key, bytes] of model) assert.equal(Buffer.from(kept.get(key) ?? []), Buffer.from(bytes))
      assert.is((await filesOf(context.dir)).length, [...model.values()].filter(b => b.length >= LARGE).length)
    }),
    { seed: testSeed(), numRuns: 30 }
  )
})

storing('a large block whose file is gone or cut is not there, and is there again when it comes again', async at => {
  const bytes = block(LARGE, 'cut')
  const cid = cidOf(bytes)
  for (const fault of [rm, (path: string) => truncate(path, LARGE - 1), (path: string) => appendFile(path, 'x')]) {
    await at.blocks.put(cid, bytes)
    const [path = ''] = await filesOf(at.dir)
    await fault(path)
    assert.is(await at.blocks.read(cid), undefined)
    await at.blocks.put(cid, bytes)
    assert.equal(await got(at.blocks, cid), Buffer.from(bytes))
  }
})

storing('a large block that could not be written is not there, and leaves nothing', async ({ dir, blocks }) => {
  const [first, second] = [block(LARGE, 'first'), block(LARGE, 'second')]
  await blocks.put(cidOf(first), first)
  const [path = ''] = await filesOf(dir)
  await blocks.delete(cidOf(first))
  // Something of that name that is no file.
  await mkdir(join(path, 'x'), { recursive: true })
  await fails(blocks.put(cidOf(first), first))
  assert.not(await blocks.has(cidOf(first)))
  await rm(path, { recursive: true })
  await blocks.put(cidOf(second), second)
  assert.equal(await got(blocks, cidOf(second)), Buffer.from(second))
  await blocks.put(cidOf(first), first)
  assert.equal(await got(blocks, cidOf(first)), Buffer.from(first))
})

storing('says that its folder is in use', async ({ dir }) => {
  await rejects(BlockLevels.open(dir), 'DATA_FOLDER_IN_USE')
})

storing.run()
