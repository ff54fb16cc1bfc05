// What of an image archive reaches the engine: layers that are as large as they look, and nothing that was not checked.
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import tar from 'tar-stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LayerCheck } from '../../../../../node/host/run/docker/layers.ts'
import { checkImage } from '../../../../../node/host/run/docker/policy.ts'
import { rebuiltArchive } from '../../../../../node/host/run/docker/rebuild.ts'
import { makeTar, readTar, type TarEntry } from '../../../../../node/host/run/docker/tar.ts'
import { utf8 } from '../../../../../protocols/core/utf8.ts'
import { rejects } from '../../../../support.ts'

const BLOCK = 512

async function* streamed(bytes: Uint8Array, chunkBytes = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

/** A header as any tar would write it, with fields put over it, and its content. */
function entry(flag: string, content = '', fields: Readonly<Record<number, string>> = {}): Uint8Array {
  const block = Buffer.alloc(BLOCK)
  block.write('some-file', 0)
  block.write('0000644\0', 100)
  block.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  block.write(flag, 156, 'latin1')
  block.write('ustar\x0000', 257)
  for (const [at, value] of Object.entries(fields)) block.write(value, Number(at), 'latin1')
  return Buffer.concat([block, Buffer.from(content), Buffer.alloc(-content.length & (BLOCK - 1))])
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const length = rest.length + 2
  return `${length}${rest}`
}

function reasonFor(layer: Uint8Array, chunkBytes = 100): string | undefined {
  const check = new LayerCheck()
  for (let at = 0; at < layer.length; at += chunkBytes) check.add(layer.subarray(at, at + chunkBytes))
  return check.end()
}

const END = Buffer.alloc(2 * BLOCK)
const layerOf = (...entries: readonly Uint8Array[]) => Buffer.concat([...entries, END])

const layers = suite('layers')

layers('are taken as tar makes them, in pieces of any size', async () => {
  const files: TarEntry[] = [
    { type: 'directory', name: 'a' },
    { type: 'file', name: `a/${'long'.repeat(60)}`, content: new Uint8Array(3000) },
    { type: 'symlink', name: 'b', target: 'a' }
  ]
  const layer = await makeTar(files)
  for (const chunkBytes of [1, 511, 512, 513, layer.length]) assert.is(reasonFor(layer, chunkBytes), undefined)
  const pack = tar.pack()
  pack.entry({ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 })
  pack.entry({ name: 'p', type: 'fifo' })
  pack.entry({ name: 'other', type: 'link', linkname: 'null' })
  pack.entry({ name: 'noted', pax: { comment: 'x', mtime: '1.5' } }, 'content')
  pack.finalize()
  assert.is(reasonFor(await buffer(pack)), undefined)
  assert.is(reasonFor(END), undefined)
  // Behind its end an archive may have anything: nobody reads it.
  assert.is(reasonFor(Buffer.concat([END, Buffer.alloc(100, 'x')])), undefined)
})

layers('with holes are refused, however they are written', () => {
  const hole = record('GNU.sparse.realsize', '1099511627776')
  assert.match(reasonFor(layerOf(entry('x', record('GNU.sparse.major', '1') + hole), entry('0'))) ?? '', /holes/)
  assert.match(reasonFor(layerOf(entry('g', hole), entry('0'))) ?? '', /holes/)
  assert.match(reasonFor(layerOf(entry('S'))) ?? '', /the kind "S"/)
})

layers('whose entries two readers could see in two places are refused', () => {
  assert.match(reasonFor(layerOf(entry('x', record('size', '99999')), entry('0'))) ?? '', /does not tell/)
  assert.match(reasonFor(layerOf(entry('2', 'content of a link'))) ?? '', /the kind "2"/)
  assert.match(reasonFor(layerOf(entry('0', '', { 124: '\x80\0\0\0\0\0\0\x01\0\0\0\0' }))) ?? '', /no number/)
  assert.match(reasonFor(layerOf(entry('0', '', { 124: '0000000009\0\0' }))) ?? '', /no number/)
  assert.match(reasonFor(layerOf(entry('V'))) ?? '', /the kind "V"/)
  assert.match(reasonFor(layerOf(entry('x', 'x'.repeat((1 << 20) + 1)))) ?? '', /too long/)
  assert.match(reasonFor(entry('0', 'content').subarray(0, BLOCK + 3)) ?? '', /ends within/)
  assert.match(reasonFor(Buffer.from('no archive at all')) ?? '', /ends within/)
})

layers.run()

// ---

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const json = (name: string, value: unknown): TarEntry => ({ type: 'file', name, content: utf8(JSON.stringify(value)) })

/** An image of one file, with whatever else is in its archive. */
async function archiveOf(more: readonly TarEntry[] = [], manifestMore: object = {}, layer?: Uint8Array) {
  const content = layer ?? (await makeTar([{ type: 'file', name: 'program', content: utf8('program') }]))
  const configuration = {
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: ['/program'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(content)}`, `sha256:${sha256(content)}`] }
  }
  const manifest = [{ Config: 'c.json', Layers: ['one/layer.tar', 'two'], ...manifestMore }]
  const entries: TarEntry[] = [
    json('manifest.json', manifest),
    { type: 'file', name: 'one/layer.tar', content },
    json('c.json', configuration),
    { type: 'file', name: 'two', content },
    ...more
  ]
  return {
    archive: await makeTar(entries),
    config: sha256(utf8(JSON.stringify(configuration))),
    layer: sha256(content)
  }
}

async function rebuilt(archive: Uint8Array): Promise<Map<string, string>> {
  const checked = await checkImage(streamed(archive))
  const found = new Map<string, string>()
  for await (const { name, type, content } of readTar(rebuiltArchive(streamed(archive), checked))) {
    assert.is(type, 'file')
    assert.not.ok(found.has(name), name)
    found.set(name, (await buffer(content)).toString())
  }
  return found
}

const rebuild = suite('the archive that an engine is given')

rebuild('has the image and nothing else, each layer once', async () => {
  const evil = json('./manifest.json', [{ Config: 'evil.json', RepoTags: ['debian:stable'], Layers: [] }])
  const more = [evil, json('a/../manifest.json', []), json('evil.json', {}), json('repositories', {})]
  const { archive, config, layer } = await archiveOf(more)
  const found = await rebuilt(archive)
  assert.equal([...found.keys()], ['manifest.json', `${layer}/layer.tar`, `${config}.json`])
  const name = `${layer}/layer.tar`
  const expected = [{ Config: `${config}.json`, RepoTags: null, Layers: [name, name] }]
  assert.equal(JSON.parse(found.get('manifest.json') ?? ''), expected)
  assert.is(sha256(utf8(found.get(`${config}.json`) ?? '')), config)
})

rebuild('has no name, in whatever letters an archive asks for one', async () => {
  const { archive } = await archiveOf([], { repotags: ['debian:stable'], REPOTAGS: ['debian:stable'] })
  assert.not.match((await rebuilt(archive)).get('manifest.json') ?? '', /debian/)
})

rebuild('is never made of a layer that would grow when it is unpacked', async () => {
  const hole = layerOf(entry('x', record('GNU.sparse.realsize', '1099511627776')), entry('0', 'x'))
  const { archive } = await archiveOf([], {}, hole)
  assert.match((await rejects(checkImage(streamed(archive)), 'RUN_REJECTED')).message, /holes/)
})

rebuild('is never made of an image that no engine could start', async () => {
  for (const config of [{ WorkingDir: '../up' }, { WorkingDir: 'relative' }, { Env: ['=x'] }, { Env: ['NOVALUE'] }]) {
    const image = { architecture: 'amd64', os: 'linux', config, rootfs: { type: 'layers', diff_ids: [] } }
    const entries = [json('manifest.json', [{ Config: 'c.json', Layers: [] }]), json('c.json', image)]
    await rejects(checkImage(streamed(await makeTar(entries))), 'RUN_REJECTED')
  }
})

rebuild.run()
