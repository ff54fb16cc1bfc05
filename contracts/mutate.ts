// Seeds bugs into the contracts, one at a time, and tells which of them the tests do not catch.
//   node contracts/mutate.ts               all of them
//   node contracts/mutate.ts strike draw   those whose rule has one of these words
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runForge } from './forge.ts'
import { MUTATIONS, type Mutation } from './mutations.ts'

const HERE = import.meta.dirname
const COPIED = ['src', 'test', 'out', 'cache', 'foundry.toml']

/** A copy of the contracts and the vectors, where sources may be broken. */
class Workshop {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(): Promise<Workshop> {
    const folder = await mkdtemp(join(tmpdir(), 'lily-mutate-'))
    for (const name of COPIED) await cp(join(HERE, name), join(folder, 'contracts', name), { recursive: true })
    await cp(join(HERE, '../test/vectors'), join(folder, 'test/vectors'), { recursive: true })
    return new Workshop(folder)
  }

  /** Whether the tests fail while the mutation is in place. */
  async catches({ file, from, to }: Mutation): Promise<boolean> {
    const path = join(this.#folder, 'contracts/src', file)
    const original = await readFile(path, 'utf8')
    if (original.split(from).length !== 2) throw new Error(`${file}: expected once: ${from}`)
    await writeFile(path, original.replace(from, to))
    const root = join(this.#folder, 'contracts')
    const code = await runForge(['test', '--fail-fast'], { root, stdio: 'ignore' })
    await writeFile(path, original)
    return code !== 0
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

const words = process.argv.slice(2)
const chosen = MUTATIONS.filter(({ rule }) => words.length === 0 || words.some(word => rule.includes(word)))
const workshop = await Workshop.open()
let missed = 0
try {
  for (const mutation of chosen) {
    const isCaught = await workshop.catches(mutation)
    if (!isCaught) missed++
    console.log(`${isCaught ? 'caught' : 'MISSED'}  ${mutation.rule}`)
  }
} finally {
  await workshop.close()
}
console.log(`${chosen.length - missed} of ${chosen.length} caught`)
process.exitCode = missed === 0 ? 0 : 1
