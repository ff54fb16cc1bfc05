// The modules whose results are seen and heard: what they make is known byte for byte, and is what it says it is.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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

const test = suite('faces')
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

test.run()
