// What every Content does, whatever is under it: trees and blocks by CID, also those of a neighbour.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Content, ListedEntry, TreeEntry } from '../../node/market/ports.ts'
import { concat, toHex } from '../../protocols/core/bytes.ts'
import { type CID, CODEC, cidOfBlock } from '../../protocols/core/cid.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import { rejects } from '../support.ts'

/** Two contents whose nodes are neighbours, and the peer id of the first. */
export interface ContentFixture {
  readonly a: Content
  readonly b: Content
  readonly peerIdOfA: string
  close(): Promise<void>
}

/** What `cowsay moo` came to on every machine and runtime on which it was tried. */
const COW = [
  ' _____',
  '< moo >',
  ' -----',
  '        \\   ^__^',
  '         \\  (oo)\\_______',
  '            (__)\\       )\\/\\',
  '                ||----w |',
  '                ||     ||',
  ''
].join('\n')
const COW_RESULT: readonly TreeEntry[] = [
  { path: 'stdout', content: utf8(COW) },
  { path: 'stderr', content: utf8('') },
  { path: 'exitCode', content: utf8('0') },
  { path: 'outputs', isDirectory: true }
]
const COW_CID = 'bafybeiamb5fiaai6eo4hj3xucpej3nj3ji3dk7xozsxe76v5363dlgbjjq'

/** Of bytes that nobody keeps. */
const NOWHERE = cidOfBlock(CODEC.raw, utf8('nobody has these bytes'))

const MIB = 1024 * 1024

/** Bytes in which no two megabytes are the same. */
export function pattern(bytes: number, salt = 0): Uint8Array {
  const out = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i += 4096) out[i] = ((i >> 12) ^ (i >> 20) ^ salt) & 255
  for (let i = 1; i < bytes; i += 4096) out[i] = (i >> 20) & 255
  return out
}

/** All bytes of a file. */
export async function read(content: Content, cid: CID, options: Parameters<Content['cat']>[1] = {}) {
  const parts: Uint8Array[] = []
  for await (const part of content.cat(cid, options)) parts.push(part)
  return concat(...parts)
}

/** The entry of a tree at a path. */
export async function entryAt(content: Content, root: CID, path: string): Promise<ListedEntry> {
  for await (const entry of content.list(root)) if (entry.path === path) return entry
  throw new Error(`no entry ${path}`)
}

/** Registers and runs the suite. */
export function contentCompliance(name: string, open: () => Promise<ContentFixture>): void {
  const test = suite(`compliance: content: ${name}`)
  let fixture: ContentFixture

  test.before(async () => {
    fixture = await open()
  })
  test.after(() => fixture.close())

  // ---
  test('gives a tree the CID that it has everywhere, in whatever order and chunks it comes', async () => {
    const { a } = fixture
    assert.is((await a.addTree(COW_RESULT)).toString(), COW_CID)
    assert.is((await a.addTree(COW_RESULT.toReversed())).toString(), COW_CID)
    async function* slowly() {
      for (const entry of COW_RESULT) {
        if ('isDirectory' in entry) yield entry
        else yield { path: entry.path, content: byteByByte(entry.content) }
      }
    }
    assert.is((await a.addTree(slowly())).toString(), COW_CID)
  })

  test('lists a tree, parents first, names in the order of their bytes', async () => {
    const { a } = fixture
    const root = await a.addTree([
      { path: 'b/c', content: utf8('12345') },
      { path: 'é', content: utf8('') },
      { path: 'b/a/x', content: pattern(3 * MIB) },
      { path: 'empty', isDirectory: true },
      { path: 'B', content: utf8('1') }
    ])
    const lines: string[] = []
    for await (const { path, type, sizeBytes } of a.list(root)) lines.push(`${path} ${type} ${sizeBytes}`)
    assert.equal(lines, [
      'B file 1',
      'b directory 0',
      'b/a directory 0',
      `b/a/x file ${3 * MIB}`,
      'b/c file 5',
      'empty directory 0',
      'é file 0'
    ])
  })

  test('lists a folder so large that it is split, and no more entries than allowed', async () => {
    const { a } = fixture
    const names = Array.from({ length: 6_000 }, (_, i) => `file ${i}`)
    const root = await a.addTree(names.map(path => ({ path, content: utf8(path) })))
    const listed: string[] = []
    for await (const { path } of a.list(root)) listed.push(path)
    assert.equal(listed, names.toSorted())
    const listing = Array.fromAsync(a.list(root, { maxEntries: 6_000 }))
    assert.is((await listing).length, 6_000)
    await rejects(Array.fromAsync(a.list(root, { maxEntries: 5_999 })), 'CONTENT_TOO_LARGE')
  })

  test('refuses names that could harm, and two entries of one path', async () => {
    const { a } = fixture
    const content = utf8('')
    const bad = ['', '.', '..', 'a/../b', '/a', 'a/', 'a//b', 'a\\b', 'a\nb', 'a\0', '\ud800', 'x'.repeat(256)]
    for (const path of bad) await rejects(a.addTree([{ path, content }]), 'CONTENT_BAD_NAME')
    await a.addTree([{ path: 'x'.repeat(255), content }])
    for (const twice of [
      [
        { path: 'a', content },
        { path: 'a', content }
      ],
      [
        { path: 'a', content },
        { path: 'a/b', content }
      ],
      [
        { path: 'a/b', content },
        { path: 'a', content }
      ],
      [{ path: 'a', content }, { path: 'a', isDirectory: true } as const]
    ]) {
      await rejects(a.addTree(twice), 'CONTENT_DUPLICATE_PATH')
    }
  })

  test('keeps a folder that is named before, after and without what it holds', async () => {
    const { a } = fixture
    const file = { path: 'a/b', content: utf8('x') }
    const folder = { path: 'a', isDirectory: true } as const
    const alone = await a.addTree([file])
    assert.ok(alone.equals(await a.addTree([folder, file])))
    assert.ok(alone.equals(await a.addTree([file, folder])))
  })

  // ---
  test('keeps single blocks under their CIDs', async () => {
    const { a } = fixture
    const bytes = utf8('a block')
    const cid = await a.putBlock('raw', bytes)
    assert.ok(cid.equals(cidOfBlock(CODEC.raw, bytes)))
    assert.equal(await a.getBlock(cid), bytes)
    assert.is((await a.putBlock('dag-cbor', Uint8Array.of(0xa0))).code, CODEC.dagCbor)
    const empty = await a.putBlock('raw', new Uint8Array(0))
    assert.is((await a.getBlock(empty)).length, 0)
  })

  test('gives no more bytes than allowed', async () => {
    const { a } = fixture
    const cid = await a.putBlock('raw', utf8('12345'))
    assert.is((await a.getBlock(cid, { maxBytes: 5 })).length, 5)
    await rejects(a.getBlock(cid, { maxBytes: 4 }), 'CONTENT_TOO_LARGE')
    const root = await a.addTree([{ path: 'f', content: pattern(2 * MIB + 1) }])
    const file = await entryAt(a, root, 'f')
    assert.is((await read(a, file.cid, { maxBytes: 2 * MIB + 1 })).length, 2 * MIB + 1)
    await rejects(read(a, file.cid, { maxBytes: 2 * MIB }), 'CONTENT_TOO_LARGE')
  })

  test('says when a CID is not what was asked for', async () => {
    const { a } = fixture
    const root = await a.addTree(COW_RESULT)
    const file = await entryAt(a, root, 'stdout')
    await rejects(read(a, root), 'CONTENT_NOT_A_FILE')
    await rejects(Array.fromAsync(a.list(file.cid)), 'CONTENT_NOT_A_TREE')
    const cbor = await a.putBlock('dag-cbor', Uint8Array.of(0xa0))
    await rejects(read(a, cbor), 'CONTENT_NOT_A_FILE')
    await rejects(Array.fromAsync(a.list(cbor)), 'CONTENT_NOT_A_TREE')
  })

  // ---
  test('fetches a tree from the peer that has it, telling how far it is', async () => {
    const { a, b, peerIdOfA } = fixture
    const bytes = pattern(20 * MIB, 1)
    const root = await a.addTree([{ path: 'big', content: bytes }])
    const from = [peerIdOfA]
    const [entry] = await Array.fromAsync(b.list(root, { from }))
    assert.is(entry?.sizeBytes, bytes.length)
    const progress: number[] = []
    const onProgress = (total: number) => progress.push(total)
    const got = await read(b, entry?.cid ?? root, { from, maxBytes: bytes.length, onProgress })
    assert.ok(toHex(got.subarray(-MIB)) === toHex(bytes.subarray(-MIB)) && got.length === bytes.length)
    assert.equal(
      progress,
      progress.toSorted((x, y) => x - y)
    )
    assert.is(progress.at(-1), bytes.length)
  })

  test('finds what a neighbour has without being told who', async () => {
    const { a, b } = fixture
    const cid = await a.putBlock('raw', utf8('somewhere'))
    assert.equal(await b.getBlock(cid), utf8('somewhere'))
  })

  test('serves many readers of one file at once', async () => {
    const { a, b, peerIdOfA } = fixture
    const root = await a.addTree([{ path: 'shared', content: pattern(6 * MIB, 2) }])
    const { cid } = await entryAt(a, root, 'shared')
    const early = new AbortController()
    const given = read(b, cid, { from: [peerIdOfA], signal: early.signal }).catch(() => 'aborted')
    const others = [1, 2, 3].map(() => read(b, cid, { from: [peerIdOfA] }))
    early.abort()
    await given
    for (const bytes of await Promise.all(others)) assert.is(bytes.length, 6 * MIB)
  })

  test('gives up on what nobody has when its patience ends', async () => {
    const { b, peerIdOfA } = fixture
    for (const from of [[], [peerIdOfA]]) {
      const error = await rejects(b.getBlock(NOWHERE, { from, stallMs: 300 }), 'CONTENT_NOT_FOUND')
      assert.match(error.message, NOWHERE.toString())
    }
  })

  test("stops with the caller's own reason when the caller aborts", async () => {
    const { b } = fixture
    const abort = new AbortController()
    const got = b.getBlock(NOWHERE, { signal: abort.signal })
    abort.abort(new Error('enough'))
    await got.then(
      () => assert.unreachable(),
      (error: unknown) => assert.match(String(error), 'enough')
    )
  })

  test('is announced to the others', async () => {
    const { a } = fixture
    const cid = await a.putBlock('raw', utf8('announced'))
    await a.provide(cid)
  })

  test.run()
}

async function* byteByByte(content: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (!(content instanceof Uint8Array)) throw new TypeError('expected bytes')
  for (const byte of content) yield Uint8Array.of(byte)
}
