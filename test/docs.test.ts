// The documents say what is: their links lead somewhere, and what README.md lists is what the programs know.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EXIT_CODES } from '../cli/exit-codes.ts'
import { sourceFiles } from './harness/tree.ts'

const ROOT = resolve(import.meta.dirname, '..')
const read = (path: string) => readFile(join(ROOT, path), 'utf8')
const documents = (await sourceFiles(ROOT)).filter(path => path.endsWith('.md'))

const docs = suite('docs')

docs('link to files that are there', async () => {
  const dead: string[] = []
  for (const path of documents) {
    for (const [, target = ''] of (await read(path)).matchAll(/\]\((?!\w+:|#)([^)#]+)/g)) {
      if (!existsSync(join(ROOT, dirname(path), target))) dead.push(`${path}: ${target}`)
    }
  }
  assert.equal(dead, [])
})

docs('name npm scripts that exist and that start a file that exists', async () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(await read('package.json'))
  const unknown: string[] = []
  for (const path of documents) {
    for (const [, name = ''] of (await read(path)).matchAll(/\bnpm run ([a-z:]+)/g)) {
      if (!(name in scripts)) unknown.push(`${path}: ${name}`)
    }
  }
  assert.equal(unknown, [])
  const started = Object.values(scripts).flatMap(line => /\bnode (\S+)/.exec(line)?.[1] ?? [])
  assert.equal(
    started.filter(file => !existsSync(join(ROOT, file))),
    []
  )
})

docs('list every command in the README', async () => {
  const { stdout } = spawnSync(process.execPath, ['cli/bin.mjs', '--help'], { cwd: ROOT, encoding: 'utf8' })
  const commands = /^Commands:\n([\s\S]*?)\n\n/m.exec(stdout)?.[1] ?? ''
  const names = [...commands.matchAll(/^ {2}([a-z]+)/gm)].flatMap(([, name]) => name ?? [])
  const readme = await read('README.md')
  assert.ok(names.length > 5, stdout)
  assert.equal(
    names.filter(name => name !== 'help' && !readme.includes(`\n| \`${name}`)),
    []
  )
})

docs('list every exit code in the README', async () => {
  const rows = [...(await read('README.md')).matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => [
    Number(code),
    meaning
  ])
  assert.equal(
    rows,
    Object.values(EXIT_CODES).map(({ code, meaning }) => [code, meaning])
  )
})

docs.run()
