// timeout: 300
// The Docker runner against a real engine: the suite of all runners, and the sandbox.
import Docker from 'dockerode'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockerRunner } from '../../../../../node/host/run/docker/runner.ts'
import { WasmRunner } from '../../../../../node/host/run/wasm/runner.ts'
import type { CID } from '../../../../../protocols/core/cid.ts'
import { guestSpec, ROOMY, runnerCompliance } from '../../../../compliance/runner.ts'
import { guestImage, guestWasm } from '../../../../fixtures/guest.ts'
import { MemoryContent } from '../../../../fixtures/memory-content.ts'
import { needsDocker, needsProgram } from '../../../../support.ts'

const nodeId = `test-${process.pid}`
const canRun = (await needsDocker()) && (await needsProgram('clang'))

if (canRun) {
  runnerCompliance('docker', async () => ({
    runner: new DockerRunner({ nodeId }),
    program: await guestImage(),
    hogStatus: 'oom',
    trapStatus: 'exited'
  }))
}

// ---

const test = suite('DockerRunner')
const it = canRun ? test : test.skip
const content = new MemoryContent()
const runner = new DockerRunner({ nodeId })
const engine = new Docker()
let program: CID

const ours = async () => {
  const filters = { label: [`io.lilynode.node=${nodeId}`] }
  const containers = await engine.listContainers({ all: true, filters })
  const { Volumes } = await engine.listVolumes({ filters: JSON.stringify(filters) })
  return { containers: containers.length, volumes: Volumes.length }
}

if (canRun) {
  test.before(async () => {
    program = await content.add(await guestImage())
    await runner.start()
  })
  test.after(() => runner.stop())
}

const run = async (args: readonly string[], more: Parameters<typeof guestSpec>[3] = {}) => {
  const outcome = await runner.run(guestSpec(runner, program, args, more), content)
  return { ...outcome, files: await content.readTree(outcome.root) }
}

it('gives the root that the WASM runner gives for the same program', async () => {
  const wasm = new WasmRunner({ idleProcesses: 0 })
  const cid = await content.add(await guestWasm())
  for (const args of [['hello'], ['tree'], ['warn'], ['exit', '3']]) {
    const expected = await wasm.run(guestSpec(wasm, cid, args), content)
    assert.is((await run(args)).root.toString(), expected.root.toString(), args.join(' '))
  }
})

it('leaves nothing in the engine', async () => {
  await run(['hello'])
  assert.equal(await ours(), { containers: 0, volumes: 0 })
})

it('counts holes in files as what they will be', async () => {
  const { status, exitCode, files } = await run(['hole', '/outputs/hole', '2000000'], {
    limits: { ...ROOMY, outputBytes: 1 << 20 }
  })
  assert.is(status === 'exited' ? exitCode !== 0 : status === 'output-limit', true)
  assert.not.ok((files['outputs/hole']?.length ?? 0) > 1 << 20)
})

test.run()
