// The modules whose results are seen and heard: what they make is known byte for byte, and is what it says it is.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { howToOpen } from '../../../cli/look.ts'
import { Bench } from '../../../node/host/module/bench.ts'
import { PHOTO } from '../../fixtures/photo.ts'
import { readPng } from '../../fixtures/png.ts'
import { tmp } from '../../support.ts'

const MODULES = fileURLToPath(new URL('../../../testnet/modules/', import.meta.url))

/** The result of the photo, on every node. */
const FACES_ROOT = 'bafybeifl7lknjz3ba3dy25adgo7fzdkyvzgmaqbuvczd2g5m4gdprh3y7e'
const FACES_GAS = 646_831_566n

/** The frame that is drawn around a face. */
const FRAME = [255, 40, 90]

/** Header of a WAV file: RIFF, WAVE and what follows. */
const WAV_HEADER_BYTES = 44

const test = suite('modules that are seen and heard')
let bench: Bench

test.before(async () => {
  bench = await Bench.open()
})
test.after(() => bench.close())

async function play(name: string, given: { values?: Record<string, string>; files?: Record<string, string> }) {
  const { outcome } = await bench.run({ folder: join(MODULES, name), values: {}, files: {}, ...given })
  const dir = join(await tmp(), 'result')
  await bench.save(outcome.root, dir)
  const read = (path: string) => readFile(join(dir, path))
  return { outcome, dir, read, stderr: (await read('stderr')).toString() }
}

test('finds the one face in a photo, and frames it', async () => {
  const { outcome, dir, read, stderr } = await play('faces', { files: { photo: PHOTO } })
  assert.is(outcome.status, 'exited', stderr)
  assert.is(outcome.exitCode, 0, stderr)
  assert.is((await read('stdout')).toString(), '1 face in a picture of 320 by 320\n')
  const { faces } = JSON.parse((await read('outputs/faces.json')).toString())
  assert.is(faces.length, 1)
  const [face] = faces
  assert.ok(face.score > 0.9, face.score)
  // Where a person sees it.
  assert.ok(
    face.x > 105 && face.x + face.width < 220 && face.y > 70 && face.y + face.height < 190,
    JSON.stringify(face)
  )
  assert.ok(face.points.rightEye[0] < face.points.nose[0] && face.points.nose[0] < face.points.leftEye[0])
  const picture = readPng(await read('outputs/faces.png'))
  assert.equal([picture.width, picture.height], [320, 320])
  assert.equal(picture.pixel(Math.round(face.x) + 20, Math.round(face.y)), FRAME)
  assert.match((await howToOpen(dir)) ?? '', /outputs\/faces\.png$/)
  assert.is(outcome.root.toString(), FACES_ROOT)
  assert.is(outcome.used, FACES_GAS)
})

test('says of what is no picture that it is none', async () => {
  const { outcome, stderr } = await play('faces', { files: { photo: join(MODULES, 'faces/module.json') } })
  assert.is(outcome.exitCode, 1)
  assert.match(stderr, 'this is no JPEG or PNG')
})

test('draws a fractal, and says how far it is', async () => {
  const values = { pixels: '64', iterations: '300' }
  const { outcome, read, stderr } = await play('fractal', { values })
  assert.is(outcome.exitCode, 0, stderr)
  assert.equal(stderr.trimEnd().split('\n').slice(-2), ['95 %', '100 %'])
  const picture = readPng(await read('outputs/fractal.png'))
  assert.is(picture.width, 64)
  const colours = new Set<string>()
  for (let at = 0; at < 64; at++) colours.add(picture.pixel(at, at).join())
  assert.ok(colours.size > 20, `${colours.size} colours on the diagonal`)
})

test('says a text aloud', async () => {
  const { outcome, dir, read, stderr } = await play('speech', { values: { text: 'The cow says moo.' } })
  assert.is(outcome.exitCode, 0, stderr)
  const sound = await read('outputs/speech.wav')
  assert.is(sound.toString('latin1', 0, 4) + sound.toString('latin1', 8, 12), 'RIFFWAVE')
  const samples = Array.from({ length: (sound.length - WAV_HEADER_BYTES) >> 1 }, (_, i) =>
    sound.readInt16LE(WAV_HEADER_BYTES + 2 * i)
  )
  const rate = sound.readUInt32LE(24)
  assert.ok(samples.length > rate && samples.length < 5 * rate, `${samples.length} samples at ${rate} Hz`)
  assert.ok(Math.max(...samples) > 5000, 'it can be heard')
  assert.match((await howToOpen(dir)) ?? '', /outputs\/speech\.wav$/)
})

test('answers questions about a table', async () => {
  const files = { table: fileURLToPath(new URL('../../fixtures/jobs/cities.csv', import.meta.url)) }
  const ask = async (query: string) => {
    const { outcome, read, stderr } = await play('sql', { values: { query }, files })
    return outcome.exitCode === 0 ? (await read('outputs/result.csv')).toString() : stderr
  }
  const cities = await ask("select city from data where country = 'USA' order by people")
  assert.is(cities, 'city\n"Washington, D.C."\n"New ""York"""\n')
  const sums = await ask('select sum(people) as "all", count(note) from data')
  assert.is(sums, 'all,count(note)\n116515158,1\n')
  assert.match(await ask('select town from data'), 'no such column: town')
  assert.match(await ask("attach database '/outputs/x' as x"), 'unable to open database')
})

test('packs a file so that it can be unpacked', async () => {
  const file = join(MODULES, 'cowsay/cowsay.c')
  const { outcome, read, stderr } = await play('bzip2', { files: { file } })
  assert.is(outcome.exitCode, 0, stderr)
  const packed = join(await tmp(), 'packed.bz2')
  await writeFile(packed, await read('outputs/packed.bz2'))
  const { stdout } = await promisify(execFile)('bzip2', ['-dc', packed])
  assert.is(stdout, await readFile(file, 'utf8'))
})

test.run()
