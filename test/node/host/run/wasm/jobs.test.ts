// The job set on the runner itself, as a provider runs it: each job twice at once, with three guests to a core.
// timeout: 600
import { availableParallelism } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WasmRunner } from '../../../../../node/host/run/wasm/runner.ts'
import type { RunSpec } from '../../../../../node/market/ports.ts'
import { LILY_WASI } from '../../../../../protocols/run/instrument/params.ts'
import { ROOMY } from '../../../../compliance/runner.ts'
import { SEED } from '../../../../fixtures/jobs/engine.ts'
import type { SetJob } from '../../../../fixtures/jobs/jobs.ts'
import { load } from '../../../../fixtures/jobs/load.ts'
import { readVectors } from '../../../../fixtures/jobs/vectors.ts'
import { MemoryContent } from '../../../../fixtures/memory-content.ts'

const test = suite('the job set on the runner')
const content = new MemoryContent()
const runner = new WasmRunner({ idleProcesses: 2 })

test.before(() => runner.start())
test.after(() => runner.stop())

async function specOf(job: SetJob): Promise<RunSpec> {
  const { program, inputs } = await load(job)
  const { args, env, limits } = job
  const added = await Promise.all(
    inputs.map(async ({ name, content: bytes }) => ({ name, cid: await content.add(bytes) }))
  )
  return {
    runtime: LILY_WASI,
    entrypoint: await content.add(program),
    args,
    env,
    inputs: added,
    seed: SEED,
    epochNs: 0n,
    limits: { ...ROOMY, ...limits, gas: BigInt(limits.gas) }
  }
}

test('ends alike twice at once, under load', async () => {
  const queue = (await readVectors()).values()
  const work = async () => {
    for (const { expect, ...job } of queue) {
      const spec = await specOf(job)
      const outcomes = await Promise.all([runner.run(spec, content), runner.run(spec, content)])
      for (const { status, exitCode, used, root } of outcomes)
        assert.equal({ status, exitCode, gas: used.toString(), root: root.toString() }, expect, job.name)
    }
  }
  await Promise.all(Array.from({ length: Math.ceil(1.5 * availableParallelism()) }, work))
})

test.run()
