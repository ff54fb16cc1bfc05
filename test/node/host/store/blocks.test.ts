// The block store: small and large blocks, in what order and how often they come, and over a restart.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BlockLevels, Blocks, DistortedBlocks } from '../../../../node/host/store/blocks.ts'
import { openLevel } from '../../../../node/host/store/open.ts'
import { type CID, CODEC, cidOfBlock } from '../../../../protocols/core/cid.ts'
import { rejects, testSeed, tmp } from '../../../support.ts'

/** From here on a block has a number. */
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

storing('keeps a large block once, however often it comes', async ({ levels, blocks }) => {
  const bytes = block(LARGE, 'again')
  await Promise.all([1, 2, 3].map(() => blocks.put(cidOf(bytes), bytes)))
  assert.is((await levels.large.keys().all()).length, 1)
})

storing('says of a block that it has not that it has it not', async ({ blocks }) => {
  const failed = await got(blocks, cidOf(block(LARGE, 'nobody'))).catch((error: unknown) => error)
  assert.is(failed instanceof Error ? failed.name : '', 'NotFoundError')
})

storing('goes on with the numbers after a restart', async context => {
  const [first, second] = [block(LARGE, 'first'), block(LARGE, 'second')]
  await context.blocks.put(cidOf(first), first)
  await context.levels.close()
  context.levels = await BlockLevels.open(context.dir)
  const blocks = new Blocks(context.levels)
  await blocks.put(cidOf(second), second)
  assert.equal(await got(blocks, cidOf(first)), Buffer.from(first))
  assert.equal(await got(blocks, cidOf(second)), Buffer.from(second))
})

storing('two stores over one folder take no number twice', async ({ levels }) => {
  const one = new Blocks(levels)
  const other = new DistortedBlocks(levels, bytes => bytes)
  const all = Array.from({ length: 20 }, (_, i) => block(LARGE, `shared ${i}`))
  await Promise.all(all.map(async (bytes, i) => (i % 2 === 0 ? one : other).put(cidOf(bytes), bytes)))
  for (const bytes of all) assert.equal(Buffer.from((await one.read(cidOf(bytes))) ?? []), Buffer.from(bytes))
})

storing('finds large blocks of a folder in which none had a number', async ({ levels, blocks }) => {
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
      assert.is(
        (await context.levels.large.keys().all()).length,
        [...model.values()].filter(b => b.length >= LARGE).length
      )
    }),
    { seed: testSeed(), numRuns: 30 }
  )
})

storing('leaves nothing open when its second database cannot be opened', async ({ dir }) => {
  const other = await tmp()
  const held = await openLevel(join(other, 'blocks-large'))
  await rejects(BlockLevels.open(other), 'DATA_FOLDER_IN_USE')
  await held.close()
  await (await BlockLevels.open(other)).close()
  await rejects(BlockLevels.open(dir), 'DATA_FOLDER_IN_USE')
})

storing.run()
