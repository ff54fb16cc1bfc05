// Canonical trees against a second builder, written here from the UnixFS specification: names in every form of Unicode, empty
// files and folders, files of just a leaf and a byte more or less, in any order and any pieces.
import * as pb from '@ipld/dag-pb'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TreeEntry } from '../../../../node/market/ports.ts'
import { CHUNK_BYTES, canonicalTree, NullStore } from '../../../../node/peer/content/canonical.ts'
import { testSeed } from '../../../support.ts'

/** A block, and the bytes of all below it with its own. */
interface Built {
  readonly cid: CID
  readonly totalBytes: number
}

interface Folder extends Map<string, Folder | Uint8Array> {}

async function blockOf(code: number, bytes: Uint8Array): Promise<CID> {
  return CID.createV1(code, await sha256.digest(bytes))
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}

async function node(data: readonly number[], links: readonly pb.PBLink[]): Promise<Built> {
  const bytes = pb.encode({ Data: Uint8Array.from(data), Links: [...links] })
  const below = links.reduce((sum, { Tsize = 0 }) => sum + Tsize, 0)
  return { cid: await blockOf(pb.code, bytes), totalBytes: bytes.length + below }
}

async function fileOf(content: Uint8Array): Promise<Built> {
  const pieces: Uint8Array[] = []
  for (let at = 0; at === 0 || at < content.length; at += CHUNK_BYTES)
    pieces.push(content.subarray(at, at + CHUNK_BYTES))
  const links = await Promise.all(
    pieces.map(async piece => ({ Name: '', Hash: await blockOf(raw.code, piece), Tsize: piece.length }))
  )
  const [only, ...others] = links
  if (only !== undefined && others.length === 0) return { cid: only.Hash, totalBytes: only.Tsize }
  const sizes = pieces.flatMap(piece => [0x20, ...varint(piece.length)])
  return node([0x08, 2, 0x18, ...varint(content.length), ...sizes], links)
}

async function folderOf(folder: Folder): Promise<Built> {
  const links = await Promise.all(
    [...folder].map(async ([name, content]) => {
      const { cid, totalBytes } = await (content instanceof Uint8Array ? fileOf(content) : folderOf(content))
      return { Name: name, Hash: cid, Tsize: totalBytes }
    })
  )
  // By their bytes: UTF-16, which JavaScript sorts by, has another order beyond U+FFFF.
  links.sort((a, b) => Buffer.compare(Buffer.from(a.Name), Buffer.from(b.Name)))
  return node([0x08, 1], links)
}

const NAMES = [
  ...[
    '\u00e9',
    'e\u0301',
    'a',
    'A',
    '\uff21',
    '\u{1f600}',
    '\uff5e',
    '\ue000',
    '\ufb01',
    ' ',
    '. ',
    '..a',
    '-',
    '\u65e5'
  ],
  ...['\u200d', '\u202e', '\u00df', '\u1e9e', '\u0130', 'i\u0307', '~', '\u00a0', '\ufeff', '\u0085', '\u2028'],
  ...['x'.repeat(255), '\u00e9'.repeat(127)]
]
const SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 1]

const drawn = fc.record({
  path: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }),
  /** Large files are a few of many: each takes its time. */
  size: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(0, 1, 5) },
    { weight: 1, arbitrary: fc.constantFrom(...SIZES) }
  ),
  isFolder: fc.integer({ max: 3 }).map(n => n === 0),
  pieceBytes: fc.integer({ min: 1000, max: 2 * CHUNK_BYTES }),
  order: fc.integer()
})
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never

async function* inPieces(content: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes)
}

/** What is drawn as a tree, without what would be in the way of something else. */
function planted(all: readonly Drawn[]): { root: Folder; entries: TreeEntry[] } {
  const root: Folder = new Map()
  const entries: { entry: TreeEntry; order: number }[] = []
  all.forEach(({ path, size, isFolder, pieceBytes, order }, i) => {
    let folder = root
    for (const name of path.slice(0, -1)) {
      const next = folder.get(name) ?? new Map()
      if (next instanceof Uint8Array) return
      folder.set(name, next)
      folder = next
    }
    const name = path.at(-1) ?? ''
    if (folder.has(name)) return
    const joined = path.join('/')
    if (isFolder) {
      folder.set(name, new Map())
      entries.push({ entry: { path: joined, isDirectory: true }, order })
      return
    }
    const content = Uint8Array.from({ length: size }, (_, at) => (at * 7 + i) & 255)
    folder.set(name, content)
    entries.push({ entry: { path: joined, content: order % 2 ? content : inPieces(content, pieceBytes) }, order })
  })
  return { root, entries: entries.sort((a, b) => a.order - b.order).map(({ entry }) => entry) }
}

/** Folders that were only on the way to something that could not be planted: no entry speaks of them. */
function pruned(folder: Folder, spoken: ReadonlySet<string>, prefix = ''): Folder {
  const kept: Folder = new Map()
  for (const [name, content] of folder) {
    const path = prefix + name
    const below = content instanceof Uint8Array ? content : pruned(content, spoken, `${path}/`)
    if (below instanceof Uint8Array || below.size > 0 || spoken.has(path)) kept.set(name, below)
  }
  return kept
}

const test = suite('canonical trees')

test('are those that a second builder makes of the same files', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(drawn, { maxLength: 20 }), async all => {
      const { root, entries } = planted(all)
      const expected = await folderOf(pruned(root, new Set(entries.map(({ path }) => path))))
      assert.is((await canonicalTree(entries, new NullStore())).toString(), expected.cid.toString())
    }),
    { numRuns: 60, seed: testSeed() }
  )
})

test('have each size about a leaf, alone', async () => {
  for (const size of SIZES) {
    const content = Uint8Array.from({ length: size }, (_, at) => at & 255)
    const expected = await folderOf(new Map([['f', content]]))
    for (const pieceBytes of [1000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1])
      assert.is(
        (await canonicalTree([{ path: 'f', content: inPieces(content, pieceBytes) }], new NullStore())).toString(),
        expected.cid.toString()
      )
  }
})

test.run()
