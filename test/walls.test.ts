// The walls between the layers: each forbidden import is put into a copy of this tree, alone, and must fail the check.
// timeout: 240
import { spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sourceFiles } from './harness/tree.ts'
import { tmp } from './support.ts'

const ROOT = resolve(import.meta.dirname, '..')

/** A file that must not be, the step that says so, and what it says. */
const BREACHES: readonly (readonly [path: string, text: string, step: string, message: RegExp])[] = [
  ['protocols/core/x.ts', "import { readFileSync } from 'node:fs'\nreadFileSync('x')", 'types', /x\.ts.*node:fs/],
  ['protocols/core/x.ts', 'setTimeout(() => {}, 1)', 'types', /x\.ts.*setTimeout/],
  ['protocols/core/x.ts', 'new TextEncoder()', 'types', /x\.ts.*TextEncoder/],
  ['protocols/core/x.ts', "export * from '../../node/market/ports.ts'", 'types', /x\.ts.*TS6307.*node\/market\/ports/],
  ['protocols/core/x.ts', "export * from '../deal/deal.ts'", 'layers', /core comes before protocols\/deal/],
  ['protocols/match/x.ts', "export * from '../committee/vote.ts'", 'layers', /match comes before protocols\/committee/],
  ['protocols/core/x.ts', "export * from 'ethers'", 'layers', /ethers: not among the packages/],
  ['protocols/new/x.ts', "export * from '../core/cid.ts'", 'layers', /new has no place/],
  ['node/market/x.ts', "import { cpus } from 'node:os'\ncpus()", 'types', /x\.ts.*node:os/],
  ['node/market/x.ts', "export * from '../host/signer.ts'", 'types', /x\.ts.*TS6307.*node\/host\/signer/],
  ['node/market/x.ts', "export * from '../chain/errors.ts'", 'types', /x\.ts.*TS6307.*node\/chain\/errors/],
  ['node/market/x.ts', "export * from '@libp2p/tcp'", 'layers', /@libp2p\/tcp: not among the packages/],
  ['node/chain/x.ts', "export * from '../host/signer.ts'", 'types', /x\.ts.*TS6307.*node\/host\/signer/],
  ['node/host/x.ts', "export * from '../../cli/main.ts'", 'types', /x\.ts.*TS6307.*cli\/main/],
  ['cli/x.ts', "export * from '../testnet/up.ts'", 'types', /x\.ts.*TS6307.*testnet\/up/],
  ['testnet/x.ts', "export * from '../test/support.ts'", 'types', /x\.ts.*TS6307.*test\/support/]
]

const walls = suite('walls', { root: '' })

walls.before(async context => {
  context.root = await tmp()
  for (const path of await sourceFiles(ROOT)) {
    if (!/\.(ts|mjs|json)$/.test(path)) continue
    await mkdir(join(context.root, dirname(path)), { recursive: true })
    await cp(join(ROOT, path), join(context.root, path))
  }
  await symlink(join(ROOT, 'node_modules'), join(context.root, 'node_modules'))
})

walls('stand in the command that contributors run', async () => {
  const manifest: unknown = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  assert.match(JSON.stringify(manifest), '"check":"node test/check.ts"')
})

walls('let the tree as it is pass', ({ root }) => {
  const { code, output } = check(root, 'types,layers')
  assert.is(code, 0, output)
})

for (const [path, text, step, message] of BREACHES) {
  walls(`${step} refuses ${path}: ${text.split('\n')[0]}`, async ({ root }) => {
    const file = join(root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, `${text}\n`)
    const { code, output } = check(root, step)
    await rm(file)
    assert.is(code, 1, output)
    assert.match(output, message)
  })
}

walls.run()

function check(root: string, steps: string): { code: number | null; output: string } {
  const args = [join(root, 'test/check.ts'), '--only', steps]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { code: status, output: stdout + stderr }
}
