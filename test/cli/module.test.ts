// `lilynode module` where there is no network at all, and beside a running node.
// timeout: 240
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { differences } from '../../cli/module/probe.ts'
import { tmp } from '../support.ts'
import { type Ended, inProcess, jsonLines } from './spawn.ts'

interface Context {
  home: string
  folder: string
  run(...args: string[]): Promise<Ended>
}

async function prepare(context: Context): Promise<void> {
  context.home = await tmp()
  context.folder = join(context.home, 'hello')
  context.run = (...args) => inProcess(['module', ...args], { home: context.home })
  const { code, stderr } = await context.run('init', context.folder)
  assert.is(code, 0, stderr)
}

async function rewrite(folder: string, change: object): Promise<void> {
  const file = join(folder, 'module.json')
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }))
}

const made = suite<Context>('a new module')
made.before.each(prepare)

made('has all that it takes, and is not made over something', async ({ folder, run, home }) => {
  assert.equal((await readdir(folder)).sort(), ['README.md', 'build.sh', 'main.c', 'main.wasm', 'module.json'])
  assert.match((await run('init', folder)).stderr, 'error OUTPUT_EXISTS')
  assert.match((await run('init', join(home, 'Not A Name'))).stderr, 'error MODULE_BAD_FIELD')
  assert.not(existsSync(join(home, 'Not A Name')))
})

made('is valid, and runs without any network', async ({ folder, run }) => {
  const valid = await run('validate', folder, '--json')
  assert.is(valid.code, 0, valid.stdout)
  const [module] = jsonLines(valid.stdout)
  const ran = await run('run', folder, '-i', 'Message=moo')
  assert.is(ran.code, 0, ran.stderr)
  assert.match(ran.stdout, '< moo >')
  for (const word of ['exit code 0', 'gas', String(module?.module)]) assert.match(ran.stderr, word)
  const line = jsonLines((await run('run', folder, '-i', 'Message=moo', '--json')).stdout).at(-1)
  assert.equal([line?.status, line?.exitCode, line?.exit, line?.module], ['exited', 0, 0, module?.module])
  assert.match(await readFile(join(String(line?.dir), 'stdout'), 'utf8'), '< moo >')
  assert.ok(existsSync(join(String(line?.dir), 'outputs')))
})

made('lays its result where it is told', async ({ folder, run, home }) => {
  const out = join(home, 'out')
  assert.is((await run('run', folder, '--out', out)).code, 0)
  assert.match(await readFile(join(out, 'stdout'), 'utf8'), '< hello >')
  assert.match((await run('run', folder, '--out', out)).stderr, 'error OUTPUT_EXISTS')
})

made('gives one result on one machine', async ({ folder, run }) => {
  const { code, stdout } = await run('probe', folder, '--local', '-n', '2', '--json')
  assert.is(code, 0)
  const report = jsonLines(stdout).find(({ type }) => type === 'probe')
  assert.equal([report?.isDeterministic, report?.differing], [true, []])
  assert.match((await run('probe', folder, '--local', '--attest')).stderr, 'error USAGE')
})

made.run()

// ---

const faults = suite<Context>('what is wrong with a module')
faults.before.each(prepare)

faults('is told by its rule', async ({ folder, run }) => {
  const expect = async (code: string, word: string) => {
    const ended = await run('validate', folder)
    assert.match(ended.stderr, `error ${code}: `)
    assert.match(ended.stderr, word)
    assert.is(ended.code, 65)
  }
  await rewrite(folder, { args: ['{{Nobody}}'] })
  await expect('MODULE_INPUT_UNKNOWN', 'Nobody')
  await rewrite(folder, { args: [], entrypoint: 'gone.wasm' })
  await expect('MODULE_ENTRYPOINT_MISSING', 'gone.wasm')
  await rewrite(folder, { entrypoint: 'main.c' })
  await expect('RUN_REJECTED', 'main.c')
  // A program without a memory: well formed, and no command.
  await writeFile(join(folder, 'empty.wasm'), Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
  await rewrite(folder, { entrypoint: 'empty.wasm' })
  await expect('RUN_REJECTED', 'no memory')
  await rewrite(folder, { runtime: 'docker/linux-amd64', entrypoint: 'main.c' })
  await expect('RUN_REJECTED', 'tar')
  assert.is((await run('run', folder)).code, 65)
})

faults('shows in the exit code of a run', async ({ folder, run }) => {
  await rewrite(folder, { limits: { gas: 10, memoryMiB: 16 } })
  const { code, stderr } = await run('run', folder)
  assert.is(code, 71)
  assert.match(stderr, 'out-of-gas')
  assert.match((await run('run', folder, '-i', 'Massage=moo')).stderr, 'error MODULE_INPUT_UNKNOWN')
})

faults('is found by a build too', async ({ folder, run }) => {
  await writeFile(join(folder, 'build.sh'), 'echo building >&2; echo built > made; exit 0\n')
  assert.is((await run('build', folder)).code, 0)
  assert.is(await readFile(join(folder, 'made'), 'utf8'), 'built\n')
  await writeFile(join(folder, 'build.sh'), 'exit 3\n')
  assert.match((await run('build', folder)).stderr, 'error MODULE_BUILD_FAILED: build.sh ended with 3')
  const bare = join(folder, '..', 'bare')
  await mkdir(bare)
  assert.match((await run('build', bare)).stderr, 'error MODULE_NO_BUILD')
})

faults.run()

// ---

const names = suite<Context>('names')
names.before.each(prepare)

names('that cannot be published are refused before anything is asked of a node', async ({ folder, run }) => {
  for (const name of ['moo', 'Moo:1', 'moo:1:2', 'github.com/moo/moo:1', ':1', 'moo:'])
    assert.match((await run('publish', folder, '--as', name)).stderr, 'error MODULE_BAD_NAME', name)
  assert.match((await run('publish', folder, '--fee', '11%')).stderr, 'error USAGE')
  assert.match((await run('show', 'moo')).stderr, 'error MODULE_BAD_NAME')
})

names('of nothing are refused', async ({ run, home }) => {
  assert.match((await run('run', join(home, 'nowhere'))).stderr, 'error MODULE_NOT_FOUND')
  assert.match((await run('run', 'github.com/only:v1')).stderr, 'error LILYPAD_BAD_REFERENCE')
})

names.run()

// ---

const compared = suite('differences')

compared('are the files that are not the same in all runs', () => {
  const run = (files: Record<string, string>) => ({ files: new Map(Object.entries(files)) })
  assert.equal(differences([run({ stdout: 'a', exitCode: '0' }), run({ stdout: 'b', exitCode: '0' })]), ['stdout'])
  assert.equal(differences([run({ a: '1' }), run({ a: '1', 'outputs/b': '2' }), run({ a: '1' })]), ['outputs/b'])
  assert.equal(differences([run({ a: '1' }), run({ a: '1' })]), [])
})

compared.run()
