// Random programs: what the pass writes ends them at every limit as an earlier version did, and alike wherever the gas is enough.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { randomModule } from '../../../fixtures/random-module.ts'
import { digests, leastGas, MOST_GAS, readDigests, runnerOf, told } from '../../../fixtures/random-vectors.ts'
import { isValid } from '../../../fixtures/wasm-engine.ts'
import { testSeed } from '../../../support.ts'

const PROGRAMS = 100

const test = suite('random programs')

test('end at every limit as they did before', async () => {
  assert.equal(digests(), await readDigests())
})

test('are out of gas below what they need, and alike above', () => {
  const seed = testSeed()
  const statuses = new Set<string>()
  for (let program = seed; program < seed + PROGRAMS; program++) {
    assert.ok(isValid(randomModule(program)), String(program))
    const runAt = runnerOf(program)
    const least = leastGas(runAt)
    const roomy = runAt(MOST_GAS)
    statuses.add(roomy.status)
    for (let gas = Math.max(0, least - 20); gas < least; gas++)
      assert.is(runAt(gas).status, 'out-of-gas', `${program} at ${gas}`)
    if (roomy.status === 'out-of-gas') continue
    for (let gas = least; gas < least + 3; gas++) {
      const outcome = runAt(gas)
      assert.is(outcome.used, roomy.status === 'exited' ? roomy.used : BigInt(gas), `${program} at ${gas}`)
      assert.is(told({ ...outcome, used: roomy.used }), told(roomy), `${program} at ${gas}`)
    }
  }
  assert.ok(statuses.has('exited') && statuses.has('trap') && statuses.has('out-of-gas'), [...statuses].join())
})

test.run()
