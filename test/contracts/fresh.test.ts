// What is generated belongs to its sources: the bindings, and the vectors that both languages read.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readSources } from '../../contracts/compile.ts'
import { MUTATIONS } from '../../contracts/mutations.ts'
import { VECTORS_DIR, vectorFiles } from './vectors/generate.ts'

const fresh = suite('generated files')

fresh('bindings belong to the contracts', async () => {
  const build = join(import.meta.dirname, '../../contracts/build.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [build, '--check'])
  assert.match(stdout, 'is fresh')
})

fresh('vectors belong to their generator', async () => {
  for (const [name, text] of Object.entries(vectorFiles())) {
    assert.is(await readFile(join(VECTORS_DIR, name), 'utf8'), text, name)
  }
})

fresh('every seeded bug has exactly one place in the contracts', async () => {
  const sources = await readSources(join(import.meta.dirname, '../../contracts'))
  for (const { rule, file, from, to } of MUTATIONS) {
    assert.is(sources[`src/${file}`]?.split(from).length, 2, rule)
    assert.is.not(from, to, rule)
  }
})

fresh.run()
