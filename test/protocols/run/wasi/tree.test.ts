// The guest's files, where they could cost the host more than they cost the guest.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DirectoryNode, FileNode, inodes, Quota } from '../../../../protocols/run/wasi/tree.ts'
import { testSeed } from '../../../support.ts'

const tree = suite('directories')

tree('are in order after every change, as if they were sorted anew', () => {
  const name = fc.constantFrom('a', 'b', 'B', '\u00c3\u00a9', 'aa', 'z', '~', ' ', '10', '9')
  const change = fc.tuple(fc.constantFrom('create', 'unlink', 'rename', 'list'), name, name)
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), changes => {
      const directory = new DirectoryNode(inodes(), new Quota(1000, 1000))
      const model = new Map<string, bigint>()
      for (const [what, from, to] of changes) {
        const node = directory.get(from)
        if (what === 'create' && node === undefined) model.set(from, directory.createFile(from).inode)
        if (what === 'unlink' && node !== undefined) {
          directory.unlink(from)
          model.delete(from)
        }
        if (what === 'rename' && node !== undefined && from !== to) {
          // As path_rename does: what had the name goes, then the node is linked anew before its old name is taken away.
          directory.link(to, node)
          directory.detach(from)
          model.set(to, node.inode)
          model.delete(from)
        }
        const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1))
        if (what === 'list')
          assert.equal(
            directory.sorted().map(([listed, { inode }]) => [listed, inode]),
            expected
          )
      }
    }),
    { seed: testSeed() }
  )
})

tree.run()

// ---

const files = suite('files')
const MIB = 1 << 20

files('that grow bit by bit are moved a few times, and never have more room than they may use', () => {
  const limit = 64 * MIB
  const file = new FileNode(1n, new Quota(limit, 1))
  const places = new Set<ArrayBufferLike>()
  for (let size = 4096; size <= limit; size += 4096) {
    file.resize(size)
    places.add(file.bytes.buffer)
    assert.ok(file.bytes.buffer.byteLength <= limit, `${file.bytes.buffer.byteLength} at ${size}`)
  }
  assert.ok(places.size < 30, `${places.size} places`)
})

files('read as if every byte were kept, however they are written, cut and made larger', () => {
  const chunk = 65_536
  const place = fc.oneof(
    fc.integer({ max: 5 * chunk, min: 0 }),
    fc.constantFrom(0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk)
  )
  const change = fc.tuple(fc.constantFrom('write', 'write', 'resize'), place, fc.integer({ min: 0, max: 2 * chunk }))
  fc.assert(
    fc.property(fc.array(change, { maxLength: 15 }), changes => {
      const file = new FileNode(1n, new Quota(10 * chunk, 1))
      let model = new Uint8Array()
      changes.forEach(([what, at, length], i) => {
        const size = what === 'resize' ? at : length === 0 ? model.length : Math.max(model.length, at + length)
        const next = new Uint8Array(size)
        next.set(model.subarray(0, size))
        if (what === 'resize') file.resize(at)
        else {
          next.fill(i + 1, at, at + length)
          file.writable(at, length).fill(i + 1)
        }
        model = next
        assert.is(Buffer.compare(file.bytes, model), 0)
      })
    }),
    { seed: testSeed() }
  )
})

files('with holes cost what was written, not what they say they hold', () => {
  const limit = 2 ** 28
  const file = new FileNode(1n, new Quota(limit, 1))
  const before = process.memoryUsage.rss()
  for (let turn = 0; turn < 2000; turn++) {
    file.writable(limit - 1, 1).fill(1)
    file.resize(0)
  }
  const grownMiB = (process.memoryUsage.rss() - before) / MIB
  assert.ok(grownMiB < 256, `${Math.round(grownMiB)} MiB`)
  assert.is(file.size, 0)
})

files('that shrink and grow again are empty where they were cut', () => {
  const file = new FileNode(1n, new Quota(10 * MIB, 1))
  file.writable(0, 3 * MIB).fill(7)
  file.resize(MIB)
  file.resize(4 * MIB)
  assert.ok(file.bytes.subarray(0, MIB).every(byte => byte === 7))
  assert.ok(file.bytes.subarray(MIB).every(byte => byte === 0))
})

files.run()
