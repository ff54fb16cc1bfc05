// The test runner must not call a file good that tested nothing: every way in which uvu stays silent is tried here.
import { spawnSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tmp } from './support.ts'

const ROOT = resolve(import.meta.dirname, '..')
const OPEN = "import { suite } from 'uvu'\nconst t = suite('t')\n"
const PASS = "t('passes', () => {})\n"

interface Run {
  readonly code: number | null
  readonly output: string
  readonly lastLine: string | undefined
}

/** Runs the runner over a tree of the given files (path below test/ -> text). */
async function runTree(files: Readonly<Record<string, string>>, args: string[] = [], ci = ''): Promise<Run> {
  const root = await tmp()
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, 'test', path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  const argv = [join(ROOT, 'test/run.ts'), '--root', root, ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    env: { ...process.env, CI: ci }
  })
  return { code: status, output: stdout + stderr, lastLine: stdout.trimEnd().split('\n').at(-1) }
}

const counting = suite('counting')

counting('adds up files that pass', async () => {
  const text = `${OPEN}${PASS}t.run()\n`
  const run = await runTree({ 'a.test.ts': text, 'deep/b.test.ts': text, 'deep/support.ts': 'throw 1' })
  assert.is(run.lastLine, '2 passed, 0 failed, 0 skipped')
  assert.is(run.code, 0)
})

counting('counts each failing test and shows its output', async () => {
  const run = await runTree({
    'a.test.ts': `${OPEN}${PASS}t('fails', () => { throw new Error('the reason') })\nt.run()\n`
  })
  assert.is(run.lastLine, '1 passed, 1 failed, 0 skipped')
  assert.match(run.output, 'the reason')
  assert.is(run.code, 1)
})

counting('allows a skipped test on a desk and refuses it in CI', async () => {
  const files = { 'a.test.ts': `${OPEN}${PASS}t.skip('not here')\nt.run()\n` }
  const desk = await runTree(files)
  assert.is(desk.lastLine, '1 passed, 0 failed, 1 skipped')
  assert.is(desk.code, 0)
  assert.is((await runTree(files, [], '1')).code, 1)
})

counting('runs what the filter names', async () => {
  const files = { 'a.test.ts': `${OPEN}${PASS}t.run()\n`, 'b.test.ts': 'throw new Error()' }
  assert.is((await runTree(files, ['test/a'])).lastLine, '1 passed, 0 failed, 0 skipped')
  assert.is((await runTree(files, ['nothing'])).code, 1)
})

counting.run()

// ---

const silence = suite('silent failures')

const SILENT: Readonly<Record<string, string>> = {
  'a suite that is never run': `${OPEN}${PASS}`,
  'an empty file': '',
  'a suite without tests': `${OPEN}t.run()\n`,
  'a before hook that throws': `${OPEN}t.before(() => { throw new Error() })\n${PASS}t.run()\n`,
  'a process that ends early': `${OPEN}t('ends', () => process.exit(0))\nt.run()\n`,
  'a rejection that nobody handles': `${OPEN}t('rejects', () => { Promise.reject(new Error()) })\nt.run()\n`,
  'suites that run twice': `${OPEN}${PASS}t.run()\nawait new Promise(r => setTimeout(r, 50))\nt.run()\n`,
  'a file that never ends': `// timeout: 1\n${OPEN}t('hangs', () => new Promise(() => setInterval(() => {}, 1e6)))\nt.run()\n`
}
for (const [title, text] of Object.entries(SILENT)) {
  silence(`fails ${title}`, async () => {
    const run = await runTree({ 'a.test.ts': text })
    assert.is(run.code, 1, run.output)
    assert.match(run.lastLine ?? '', /^\d passed, 1 failed, 0 skipped$/)
  })
}

silence('ends what a test left running', async () => {
  const forget = "spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'inherit' }).unref()"
  const run = await runTree({
    'a.test.ts': `import { spawn } from 'node:child_process'\n${OPEN}t('forgets', () => { ${forget} })\nt.run()\n`
  })
  assert.is(run.lastLine, '1 passed, 0 failed, 0 skipped')
})

silence.run()
