// The WASM runner: the suite of all runners, and what only it promises.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WasmRunner } from '../../../../../node/host/run/wasm/runner.ts'
import type { CID } from '../../../../../protocols/core/cid.ts'
import { guestSpec, ROOMY, runnerCompliance } from '../../../../compliance/runner.ts'
import { guestWasm } from '../../../../fixtures/guest.ts'
import { MemoryContent } from '../../../../fixtures/memory-content.ts'
import { rejects } from '../../../../support.ts'

runnerCompliance('wasm', async () => ({
  runner: new WasmRunner(),
  program: await guestWasm(),
  hogStatus: 'exited',
  trapStatus: 'trap'
}))

// ---

const test = suite('WasmRunner')
const content = new MemoryContent()
const runner = new WasmRunner({ idleProcesses: 2 })
let program: CID

test.before(async () => {
  program = await content.add(await guestWasm())
  await runner.start()
})

test.after(() => runner.stop())

const run = async (args: readonly string[], more: Parameters<typeof guestSpec>[3] = {}) => {
  const outcome = await runner.run(guestSpec(runner, program, args, more), content)
  return { ...outcome, files: await content.readTree(outcome.root) }
}

test('counts gas, the same each time', async () => {
  const first = await run(['hello'])
  assert.ok(first.used > 1000n && first.used < 100_000n, `used ${first.used}`)
  assert.is((await run(['hello'])).used, first.used)
})

test('ends what runs out of gas, at the cost of all of it', async () => {
  const { status, used, exitCode } = await run(['spin'], { limits: { ...ROOMY, gas: 50_000_000n } })
  assert.is(status, 'out-of-gas')
  assert.is(used, 50_000_000n)
  assert.is(exitCode, -1)
})

test('refuses a job that asks for graphics cards', async () => {
  await rejects(() => run(['hello'], { limits: { ...ROOMY, gpus: 1 } }), 'RUN_REJECTED')
})

test('needs exactly the gas that it used', async () => {
  const { used } = await run(['hello'])
  assert.is((await run(['hello'], { limits: { ...ROOMY, gas: used } })).status, 'exited')
  assert.is((await run(['hello'], { limits: { ...ROOMY, gas: used - 1n } })).status, 'out-of-gas')
})

test('ends what recurses too deep, at the same depth each time', async () => {
  const outcomes = [await run(['dive']), await run(['dive'])]
  for (const { status } of outcomes) assert.is(status, 'stack-overflow')
  assert.is(outcomes[0]?.root.toString(), outcomes[1]?.root.toString())
})

test('gives a clock that only the job moves', async () => {
  const epochNs = 1_700_000_000_000_000_000n
  // A month: asleep for real it would end as timeout.
  const { files } = await run(['clock'], { epochNs })
  assert.is(files.stdout, 'slept 3000000 s, it is 1703000000\n')
})

test('gives randomness that only the seed moves', async () => {
  const first = await run(['random'])
  assert.match(first.files.stdout ?? '', /^[0-9a-f]{32}\n$/)
  assert.is((await run(['random'])).files.stdout, first.files.stdout)
  assert.is.not((await run(['random'], { seed: new Uint8Array(32).fill(8) })).files.stdout, first.files.stdout)
})

test('makes NaN the same everywhere', async () => {
  assert.is((await run(['floats'])).files.stdout, '7ff8000000000000 0.33333333333333331\n')
})

test('says why it rejects a module', async () => {
  const { details } = await rejection(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
  assert.is(details.reason, 'abi')
})

async function rejection(wasm: Uint8Array) {
  const cid = await content.add(wasm)
  const error = await rejects(() => runner.run(guestSpec(runner, cid, []), content), 'RUN_REJECTED')
  return error as Error & { details: { reason: string } }
}

test.run()
