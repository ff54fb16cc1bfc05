// Files and folders that were made to harm: each is refused with a code, none makes endless work.
import * as dagPb from '@ipld/dag-pb'
import { UnixFS, type UnixFSOptions } from 'ipfs-unixfs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listTree } from '../../../../node/peer/content/list.ts'
import { walkFile } from '../../../../node/peer/content/walk.ts'
import { type CID, CODEC, cidOfBlock } from '../../../../protocols/core/cid.ts'
import { utf8 } from '../../../../protocols/core/utf8.ts'
import { rejects } from '../../../support.ts'

type NodeType = NonNullable<UnixFSOptions['type']>

/** Blocks in memory, made by hand. */
class Made {
  readonly #blocks = new Map<string, Uint8Array>()
  fetched = 0

  readonly get = async (cid: CID): Promise<Uint8Array> => {
    this.fetched++
    const block = this.#blocks.get(cid.toString())
    if (block === undefined) throw new Error(`no block ${cid}`)
    return block
  }

  leaf(text: string): CID {
    return this.#put(CODEC.raw, utf8(text))
  }

  node(type: NodeType, links: ReadonlyArray<readonly [string, CID]> = [], data?: Uint8Array): CID {
    const unixfs = new UnixFS(data === undefined ? { type } : { type, data })
    const prepared = links.map(([Name, Hash]) => ({ Name, Hash, Tsize: 1 }))
    return this.#put(CODEC.dagPb, dagPb.encode(dagPb.prepare({ Data: unixfs.marshal(), Links: prepared })))
  }

  bytes(block: Uint8Array): CID {
    return this.#put(CODEC.dagPb, block)
  }

  #put(codec: number, block: Uint8Array): CID {
    const cid = cidOfBlock(codec, block)
    this.#blocks.set(cid.toString(), block)
    return cid
  }

  read(cid: CID, maxBytes = 1_000): Promise<Uint8Array[]> {
    return Array.fromAsync(walkFile(cid, this.get, maxBytes))
  }

  async list(cid: CID, maxEntries = 1_000): Promise<string[]> {
    return (await Array.fromAsync(listTree(cid, this.get, maxEntries))).map(({ path }) => path)
  }
}

/** A node that links to the node before it several times over, again and again: much work out of few bytes. */
function bomb(made: Made, type: NodeType, first: CID, layers: number, name: (i: number) => string): CID {
  let cid = first
  for (let layer = 0; layer < layers; layer++) {
    const below = cid
    cid = made.node(
      type,
      Array.from({ length: 100 }, (_, i) => [name(i), below] as const)
    )
  }
  return cid
}

// ---
const files = suite('walkFile')

files('reads leaves, inner nodes and data within nodes in order', async () => {
  const made = new Made()
  const inner = made.node('file', [['', made.leaf('c')]], utf8('b'))
  const root = made.node('file', [
    ['', made.leaf('a')],
    ['', inner],
    ['', made.leaf('d')]
  ])
  assert.is(Buffer.concat(await made.read(root)).toString(), 'abcd')
})

files('refuses a file without end or bytes', async () => {
  const made = new Made()
  await rejects(made.read(bomb(made, 'file', made.leaf('x'), 20, () => '')), 'CONTENT_BAD_DAG')
  await rejects(made.read(bomb(made, 'file', made.leaf(''), 4, () => '')), 'CONTENT_BAD_DAG')
  await rejects(made.read(bomb(made, 'file', made.node('file'), 4, () => '')), 'CONTENT_BAD_DAG')
  assert.ok(made.fetched < 1_000, `${made.fetched} blocks were fetched`)
})

files('stops at the limit, however much would follow', async () => {
  const made = new Made()
  await rejects(
    made.read(
      bomb(made, 'file', made.leaf('x'), 6, () => ''),
      500
    ),
    'CONTENT_TOO_LARGE'
  )
  assert.ok(made.fetched < 1_000, `${made.fetched} blocks were fetched`)
})

files('refuses what is not a file', async () => {
  const made = new Made()
  await rejects(made.read(made.node('symlink', [], utf8('/etc/passwd'))), 'CONTENT_NOT_A_FILE')
  await rejects(made.read(made.bytes(utf8('nonsense'))), 'CONTENT_BAD_DAG')
  await rejects(made.read(made.bytes(dagPb.encode({ Links: [] }))), 'CONTENT_BAD_DAG')
  await rejects(made.read(made.node('file', [['', made.node('directory')]])), 'CONTENT_NOT_A_FILE')
})

files.run()

// ---
const folders = suite('listTree')

folders('refuses names that could leave the folder or hide another', async () => {
  const made = new Made()
  const leaf = made.leaf('x')
  for (const name of ['..', '.', '', 'a/b', '/etc', 'a\\b', 'a\u0007', 'x'.repeat(256)]) {
    await rejects(made.list(made.node('directory', [[name, leaf]])), 'CONTENT_BAD_NAME')
  }
  const twice = made.node('directory', [
    ['a', leaf],
    ['a', made.leaf('y')]
  ])
  await rejects(made.list(twice), 'CONTENT_BAD_DAG')
})

folders('refuses links to other places', async () => {
  const made = new Made()
  const link = made.node('symlink', [], utf8('/etc/passwd'))
  await rejects(made.list(made.node('directory', [['a', link]])), 'CONTENT_BAD_DAG')
})

folders('refuses a tree without end', async () => {
  const made = new Made()
  const empty = made.node('directory')
  await rejects(made.list(bomb(made, 'directory', empty, 10, i => `d${i}`)), 'CONTENT_TOO_LARGE')
  let deep = empty
  for (let i = 0; i < 100; i++) deep = made.node('directory', [['d', deep]])
  await rejects(made.list(deep), 'CONTENT_BAD_DAG')
  await rejects(made.list(bomb(made, 'hamt-sharded-directory', empty, 20, () => 'AA')), 'CONTENT_BAD_DAG')
  const shard = made.node('hamt-sharded-directory')
  await rejects(made.list(bomb(made, 'hamt-sharded-directory', shard, 6, () => 'AA')), 'CONTENT_BAD_DAG')
  const one = made.node('hamt-sharded-directory', [['AAx', made.leaf('x')]])
  await rejects(made.list(bomb(made, 'hamt-sharded-directory', one, 6, () => 'AA')), 'CONTENT_TOO_LARGE')
  assert.ok(made.fetched < 10_000, `${made.fetched} blocks were fetched`)
})

folders.run()
