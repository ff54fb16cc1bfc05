// timeout: 300
// The cow: what it says is known byte for byte, in both runtimes, and its program is made from its source.
import { createHash } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockerRunner } from '../../../node/host/run/docker/runner.ts'
import { WasmRunner } from '../../../node/host/run/wasm/runner.ts'
import type { Runner } from '../../../node/market/ports.ts'
import type { CID } from '../../../protocols/core/cid.ts'
import { parseModule } from '../../../protocols/module/module.ts'
import { buildWasm, NUMERIC, PROGRAMS } from '../../../testnet/modules/build-wasm.ts'
import { buildCowsayImage } from '../../../testnet/modules/cowsay-docker/build.ts'
import { guestSpec } from '../../compliance/runner.ts'
import { GUEST_SOURCE, guestWasm } from '../../fixtures/guest.ts'
import { MemoryContent } from '../../fixtures/memory-content.ts'
import { needsDocker, needsProgram, onlyIf, tmp } from '../../support.ts'

const MODULES = fileURLToPath(new URL('../../../testnet/modules/', import.meta.url))

/** SHA-256 of the cow that Lilypad's documentation shows. */
const MOO_HASH = '75741bd2c2a8f0837108f7025ec5d8a82c1702d2074560ac5af7f2f79cec511c'
/** The result directory of that cow: the same on every node. */
const MOO_ROOT = 'bafybeiamb5fiaai6eo4hj3xucpej3nj3ji3dk7xozsxe76v5363dlgbjjq'

/** Words, lines, paragraphs, colours, other alphabets, and nothing. */
const MESSAGES = [
  'moo',
  '',
  '0',
  'two   spaces\tand a tab',
  'the quick brown fox jumps over the lazy dog, again and again, until there are three lines of it',
  'x'.repeat(100),
  `${'y'.repeat(39)} z`,
  'one paragraph\n\nand another',
  '\n  starts with a line',
  'käse für die Kuh, ganz viel davon, so daß es nicht in eine Zeile paßt',
  '\u001b[31mred\u001b[0m and plain',
  '-f tux',
  'bell \u0007 and delete \u007f'
]

const content = new MemoryContent()
const wasm = new WasmRunner()

const test = suite('cowsay')
const withClang = onlyIf(test, await needsProgram('clang'))
const withDocker = onlyIf(test, (await needsDocker()) && (await needsProgram('apt-get')))

test.before(() => wasm.start())
test.after(() => wasm.stop())

const say = (runner: Runner, program: CID, message: string) =>
  runner.run(guestSpec(runner, program, ['--', message]), content)

test('says moo as it is documented', async () => {
  const program = await content.add(await readFile(join(MODULES, 'cowsay/cowsay.wasm')))
  const { root, status } = await say(wasm, program, 'moo')
  assert.is(status, 'exited')
  assert.is(root.toString(), MOO_ROOT)
  const { stdout = '' } = await content.readTree(root)
  assert.is(createHash('sha256').update(stdout).digest('hex'), MOO_HASH)
})

test('is described by a module.json whose entrypoint is there', async () => {
  for (const name of ['cowsay', 'cowsay-docker']) {
    const module = parseModule(await readFile(join(MODULES, name, 'module.json'), 'utf8'))
    assert.is(module.name, name)
    assert.equal(module.args, ['--', '{{Message}}'])
    if (module.runtime === 'lily-wasi/1') await access(join(MODULES, name, module.entrypoint))
  }
})

withClang('is made from its source, byte for byte', async () => {
  const folder = await tmp()
  for (const [name, build] of Object.entries(PROGRAMS)) {
    const built = await readFile(await build(join(folder, `${name}.wasm`)))
    assert.ok(built.equals(await readFile(join(MODULES, `${name}/${name}.wasm`))), name)
  }
  assert.equal(await readFile(await buildWasm(GUEST_SOURCE, join(folder, 'guest.wasm'))), await guestWasm())
  const hostile = GUEST_SOURCE.replace('guest.c', 'hostile.c')
  assert.equal(
    await readFile(await buildWasm(hostile, join(folder, 'hostile.wasm'))),
    await readFile(hostile.replace('.c', '.wasm'))
  )
  const numbers = GUEST_SOURCE.replace('guest.c', 'numbers.c')
  const built = await readFile(await buildWasm(numbers, join(folder, 'numbers.wasm'), NUMERIC))
  assert.ok(built.equals(await readFile(numbers.replace('.c', '.wasm'))), 'numbers')
})

withDocker("gives the results of Debian's own cowsay", async () => {
  const docker = new DockerRunner({ nodeId: `test-cowsay-${process.pid}` })
  await docker.start()
  const { archive } = await buildCowsayImage()
  const image = await content.add(archive)
  const program = await content.add(await readFile(join(MODULES, 'cowsay/cowsay.wasm')))
  for (const message of MESSAGES) {
    const [ours, theirs] = [await say(wasm, program, message), await say(docker, image, message)]
    assert.is(ours.status, 'exited')
    assert.equal(await content.readTree(ours.root), await content.readTree(theirs.root), JSON.stringify(message))
    assert.is(ours.root.toString(), theirs.root.toString())
  }
  await docker.stop()
})

test.run()
