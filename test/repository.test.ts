// What the tree itself must be: sizes, places, and nothing of the machine it was written on.
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sourceFiles } from './harness/tree.ts'

const ROOT = resolve(import.meta.dirname, '..')
const MAX_LINES = 400
const CODE = /\.(ts|mjs|sol|c|html|css)$/
const TEXT = /\.(ts|mjs|sol|c|html|css|md|json|sh|toml)$|^\.ci\/|^LICENSE/
const GENERATED = /(^|\/)(generated|vendor)\//
/** What a clone holds at its top beside dot files, and what tools add. */
const TOP =
  /^(\..*|package(-lock)?\.json|tsconfig\.json|biome\.json|knip\.json|node|protocols|contracts|cli|test|testnet|docs|README\.md|CONTRIBUTING\.md|CHANGELOG\.md|LICENSE(-MIT|-APACHE)?|SECURITY\.md|node_modules|dist|coverage)$/
const MACHINE_PATH = /(^|[^\w.-])\/(work|farm|root|home\/\w+|Users\/\w+)\//

const files = await sourceFiles(ROOT)
const read = (path: string) => readFile(join(ROOT, path), 'utf8')

/** The files among those matching the pattern whose text the test finds wrong. */
async function offenders(pattern: RegExp, isWrong: (text: string, path: string) => boolean): Promise<string[]> {
  const selected = files.filter(path => pattern.test(path) && !GENERATED.test(path) && path !== 'package-lock.json')
  const checked = await Promise.all(selected.map(async path => (isWrong(await read(path), path) ? [path] : [])))
  return checked.flat()
}

const repository = suite('repository')

repository(`has no source file over ${MAX_LINES} lines`, async () => {
  assert.equal(await offenders(CODE, text => text.trimEnd().split('\n').length > MAX_LINES), [])
})

repository('keeps its top level as it was fixed', async () => {
  const entries = await readdir(ROOT)
  assert.equal(
    entries.filter(name => !TOP.test(name) && !name.endsWith('.log')),
    []
  )
})

repository('names no path of a machine', async () => {
  assert.equal(await offenders(TEXT, text => MACHINE_PATH.test(text)), [])
})

repository('opens each source file with what it is', async () => {
  const opening = /^(#!.*\n)?(\/\/|\/\*)/
  assert.equal(await offenders(/\.(ts|mjs|sol|c)$/, text => !opening.test(text)), [])
})

repository('documents every export', async () => {
  const isDeclared = /^export (async function|function|abstract class|class|interface|type|const) /
  // One comment may stand for a run of constants, or of overloads.
  const isExplained = /\*\/$|^\/\/|^export /
  const isBare = (text: string) => {
    const lines = text.split('\n')
    return lines.some((line, i) => isDeclared.test(line) && !isExplained.test(lines[i - 1] ?? ''))
  }
  assert.equal(await offenders(/^(?!test\/).*(?<!\.d)\.ts$/, isBare), [])
})

repository('runs every suite it declares, and no test alone', async () => {
  // `offers.run()`, or `for (const each of [offers, sync]) each.run()`
  const isRun = (text: string, name: string) =>
    new RegExp(`^(${name}|for [^{]*\\b${name}\\b[^{]*)\\.run\\(\\)`, 'm').test(text)
  const isIdle = (text: string) =>
    [...text.matchAll(/^const (\w+) = suite\b/gm)].some(([, name = '']) => !isRun(text, name)) ||
    /^\w+\.only\(/m.test(text)
  assert.equal(await offenders(/\.test\.ts$/, isIdle), [])
})

repository('says of each dependency why it is there', async () => {
  const manifest: { dependencies: object; devDependencies: object } = JSON.parse(await read('package.json'))
  const list = await read('docs/decisions/dependencies.md')
  const named = [...list.matchAll(/^\| `(.+?)` \| \S/gm)].map(match => match[1])
  assert.equal(named, [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)])
})

repository.run()
