// Which image archives are taken, without any engine.
import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeImage } from '../../../../../node/host/run/docker/image.ts'
import { checkImage } from '../../../../../node/host/run/docker/policy.ts'
import { makeTar, readTar, type TarEntry } from '../../../../../node/host/run/docker/tar.ts'
import { utf8 } from '../../../../../protocols/core/utf8.ts'
import { rejects } from '../../../../support.ts'

const CONFIG = { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [] } }

const file = (name: string, json: unknown): TarEntry => ({ type: 'file', name, content: utf8(JSON.stringify(json)) })

async function* streamed(bytes: Uint8Array, chunkBytes = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

async function check(...entries: readonly TarEntry[]): Promise<void> {
  await checkImage(streamed(await makeTar(entries)))
}

async function refusal(...entries: readonly TarEntry[]): Promise<string> {
  return (await rejects(check(...entries), 'RUN_REJECTED')).message
}

const manifest = (more: object = {}) =>
  file('manifest.json', [{ Config: 'c.json', RepoTags: null, Layers: [], ...more }])

const test = suite('checkImage')

test('takes what the builder makes', async () => {
  const { archive } = await makeImage([{ type: 'file', name: 'a', content: utf8('a') }], { entrypoint: ['/a'] })
  await checkImage(streamed(archive))
})

test('takes an archive whose manifest comes last', async () => {
  await check(file('c.json', CONFIG), manifest())
})

test('refuses tags, by which an archive could take the name of another image', async () => {
  assert.match(await refusal(manifest({ RepoTags: ['debian:stable'] }), file('c.json', CONFIG)), /debian:stable/)
  const index = file('index.json', { manifests: [{ annotations: { 'io.containerd.image.name': 'debian:stable' } }] })
  assert.match(await refusal(manifest(), file('c.json', CONFIG), index), /debian:stable/)
})

test('refuses volumes, which no limit would hold', async () => {
  assert.match(await refusal(manifest(), file('c.json', { ...CONFIG, config: { Volumes: { '/data': {} } } })), /\/data/)
})

test('refuses several images, or none', async () => {
  const two = file('manifest.json', [
    { Config: 'c.json', Layers: [] },
    { Config: 'd.json', Layers: [] }
  ])
  assert.match(await refusal(two), /2 images/)
  assert.match(await refusal(file('manifest.json', [])), /0 images/)
})

test('refuses links, devices and names that come twice', async () => {
  assert.match(await refusal({ type: 'symlink', name: 'c.json', target: '/etc/passwd' }, manifest()), /symlink/)
  assert.match(await refusal(file('c.json', CONFIG), file('c.json', CONFIG), manifest()), /twice/)
})

test('refuses layers that are not what the configuration says', async () => {
  const content = await makeTar([{ type: 'file', name: 'a', content: utf8('layer') }])
  const layer: TarEntry = { type: 'file', name: 'l/layer.tar', content }
  const hash = 'sha256:a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3'
  const config = (...diff_ids: string[]) => file('c.json', { ...CONFIG, rootfs: { type: 'layers', diff_ids } })
  const right = `sha256:${createHash('sha256').update(content).digest('hex')}`
  await check(manifest({ Layers: ['l/layer.tar'] }), layer, config(right))
  assert.match(await refusal(manifest({ Layers: ['l/layer.tar'] }), layer, config(hash)), /a layer/)
  assert.match(await refusal(manifest({ Layers: ['l/layer.tar'] }), layer, config()), /a layer/)
  assert.match(await refusal(manifest(), layer, config(right)), /a layer/)
  assert.match(await refusal(manifest({ Layers: ['l/missing'] }), layer, config(right)), /a layer/)
})

test('refuses compressed layers, small or large', async () => {
  for (const magic of [
    [0x1f, 0x8b, 8],
    [0x28, 0xb5, 0x2f, 0xfd],
    [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    [0x42, 0x5a, 0x68]
  ]) {
    const small = Uint8Array.from([...magic, ...new Array(100).fill(0)])
    assert.match(await refusal({ type: 'file', name: 'blobs/sha256/aa', content: small }), /compressed/)
    assert.match(await refusal({ type: 'file', name: 'aa/layer.tar', content: small }), /compressed/)
  }
})

test('refuses other systems', async () => {
  assert.match(await refusal(manifest(), file('c.json', { ...CONFIG, architecture: 'arm64' })), /linux\/arm64/)
})

test('refuses what is no archive of an image', async () => {
  await refusal()
  await refusal(manifest())
  await refusal(file('manifest.json', { not: 'a list' }))
  await refusal(manifest(), { type: 'file', name: 'c.json', content: utf8('{') })
  await rejects(checkImage(streamed(utf8('no archive'.repeat(100)))), 'RUN_REJECTED')
  await rejects(checkImage(streamed((await makeTar([manifest()])).subarray(0, 700))), 'RUN_REJECTED')
})

test.run()

// ---

const builder = suite('makeImage')

builder('gives the same bytes for the same files', async () => {
  const files: TarEntry[] = [
    { type: 'directory', name: 'bin' },
    { type: 'file', name: 'bin/a', content: utf8('a'), isExecutable: true },
    { type: 'symlink', name: 'bin/b', target: 'a' }
  ]
  const first = await makeImage(files, { entrypoint: ['/bin/a'] })
  const second = await makeImage(files, { entrypoint: ['/bin/a'] })
  assert.equal(first.archive, second.archive)
  // Pinned: another id would be another CID for every published module.
  assert.is(first.id, 'sha256:f0da85677ce0bf8dab43a047f7d920855bed19c5bdf12b472677ff4ec0985537')
})

builder('writes what readTar reads', async () => {
  const names: string[] = []
  for await (const { name, type, content } of readTar(streamed(await makeTar([manifest()]), 7))) {
    names.push(`${type} ${name}`)
    const parts: Uint8Array[] = []
    for await (const part of content) parts.push(part)
    assert.match(Buffer.concat(parts).toString(), /RepoTags/)
  }
  assert.equal(names, ['file manifest.json'])
})

builder.run()
