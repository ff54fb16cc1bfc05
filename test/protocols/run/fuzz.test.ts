// Mutated modules through the pass and to their end: what is valid stays valid, no limit is left, and nothing that an author
// can write is the host's fault. LILYNODE_FUZZ says how many mutants (default 50000); the seed is printed where one fails.
// timeout: 3600
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Random, seededRandom } from '../../../protocols/core/random.ts'
import { RunError } from '../../../protocols/run/errors.ts'
import { instrument } from '../../../protocols/run/instrument/instrument.ts'
import { isComparable } from '../../../protocols/run/status.ts'
import { guestWasm } from '../../fixtures/guest.ts'
import { PROGRAMS } from '../../fixtures/jobs/programs.ts'
import { isValid, runMetered } from '../../fixtures/wasm-engine.ts'
import { testSeed } from '../../support.ts'

const MUTANTS = Number(process.env.LILYNODE_FUZZ ?? 50_000)
/** Real programs take a hundred times longer than small ones: every so many mutants is of one. */
const REAL_EVERY = 16
const MEMORY_BYTES = 2 << 20
const LIMITS = {
  gas: 200_000n,
  stackSlots: 4000,
  outputBytes: 4096,
  outputFiles: 4,
  tmpBytes: 4096,
  logBytes: 1000
}

const test = suite('mutated modules')

/** Changes a module in one to three places: other bytes, bytes from elsewhere in it, a piece left out. */
function mutantOf(original: Uint8Array, random: Random): Uint8Array {
  let bytes = original.slice()
  // The first eight bytes are the same in every module; most of what can stay valid is in the code, which comes late.
  const place = () => {
    const from = random() % 4 === 0 ? 8 : bytes.length >> 1
    return from + (random() % Math.max(1, bytes.length - from))
  }
  for (let changes = random() % 2 === 0 ? 1 : 1 + (random() % 3); changes > 0; changes--) {
    const [at, from, length] = [place(), place(), 1 + (random() % 8)]
    switch (random() % 8) {
      case 0:
        bytes.set(bytes.slice(from, from + length).subarray(0, bytes.length - at), at)
        break
      case 1:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)])
        break
      case 2:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (random() % 8))
        break
      default:
        bytes[at] = random() & 255
    }
  }
  return bytes
}

/** The metered module; undefined where it was refused, as it may be. */
function metered(mutant: Uint8Array, what: string): Uint8Array | undefined {
  try {
    return instrument(mutant, { memoryBytes: MEMORY_BYTES })
  } catch (error) {
    assert.instance(error, RunError, `${what}: ${error}`)
    return undefined
  }
}

function expectHeld(wasm: Uint8Array, what: string): string {
  const { status, used, stdout, stderr, outputs, diagnostics } = runMetered(wasm, { limits: LIMITS })
  assert.ok(isComparable(status), `${what}: ${status}, ${diagnostics}`)
  assert.ok(used >= 0n && used <= LIMITS.gas, `${what}: ${used} gas`)
  assert.ok(stdout.length <= LIMITS.logBytes && stderr.length <= LIMITS.logBytes, `${what}: its log`)
  assert.ok(outputs.length <= LIMITS.outputFiles, `${what}: ${outputs.length} files`)
  const bytes = outputs.reduce((sum, { content }) => sum + (content?.length ?? 0), 0)
  assert.ok(bytes <= LIMITS.outputBytes, `${what}: ${bytes} bytes of outputs`)
  return status
}

test(`of which there are ${MUTANTS} stay within every limit`, async () => {
  const seed = testSeed()
  const random = seededRandom(Uint8Array.from({ length: 16 }, (_, i) => ((seed >>> (8 * (i % 4))) & 255) ^ i))
  const cowsay = fileURLToPath(new URL('../../../testnet/modules/cowsay/cowsay.wasm', import.meta.url))
  const small = Object.values(PROGRAMS)
  const real = [new Uint8Array(await readFile(cowsay)), new Uint8Array(await guestWasm())]
  const counts = new Map<string, number>()
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
  for (let turn = 0; turn < MUTANTS; turn++) {
    const originals = turn % REAL_EVERY === 0 ? real : small
    const mutant = mutantOf(originals[random() % originals.length] ?? new Uint8Array(), random)
    const what = `seed ${seed}, mutant ${turn}`
    const wasValid = isValid(mutant)
    const wasm = metered(mutant, what)
    if (wasm === undefined) count(wasValid ? 'valid but refused' : 'refused')
    else if (!wasValid) count('invalid but taken: the engine refuses it')
    else {
      assert.ok(isValid(wasm), `${what} became invalid`)
      count(expectHeld(wasm, what))
    }
  }
  console.log([...counts].map(([what, many]) => `${many} ${what}`).join(', '))
  for (const status of ['exited', 'trap']) assert.ok((counts.get(status) ?? 0) > MUTANTS / 200, `few were ${status}`)
})

test.run()
