// timeout: 300
// The Docker runner against a real engine: the suite of all runners, the sandbox, and what is left after a crash.
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Docker from 'dockerode'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeImage } from '../../../../../node/host/run/docker/image.ts'
import { DockerRunner } from '../../../../../node/host/run/docker/runner.ts'
import { makeTar } from '../../../../../node/host/run/docker/tar.ts'
import { WasmRunner } from '../../../../../node/host/run/wasm/runner.ts'
import type { CID } from '../../../../../protocols/core/cid.ts'
import { guestSpec, ROOMY, runnerCompliance } from '../../../../compliance/runner.ts'
import { guestImage, guestWasm } from '../../../../fixtures/guest.ts'
import { MemoryContent } from '../../../../fixtures/memory-content.ts'
import { needsDocker, needsProgram, onlyIf, rejects, tmp, until } from '../../../../support.ts'

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
const it = onlyIf(test, canRun)
const content = new MemoryContent()
const runner = new DockerRunner({ nodeId })
const engine = new Docker()
let image: Uint8Array
let program: CID

const remains = async (node: string) => {
  const filters = { label: [`io.lilynode.node=${node}`] }
  const containers = await engine.listContainers({ all: true, filters })
  const { Volumes } = await engine.listVolumes({ filters: JSON.stringify(filters) })
  return { containers: containers.length, volumes: Volumes.length }
}
const NOTHING = { containers: 0, volumes: 0 }

if (canRun) {
  test.before(async () => {
    image = await guestImage()
    program = await content.add(image)
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

it('runs as nobody, without a capability, on as many processors as the job may use', async () => {
  const { files } = await run(['identity'])
  const facts = new Map(
    (files.stdout ?? '').split('\n').map(line => [line.split(':')[0], line.replace(/^.*?:\s*/, '')])
  )
  assert.is(facts.get('Uid'), '65534\t65534\t65534\t65534')
  assert.is(facts.get('Gid'), '65534\t65534\t65534\t65534')
  assert.is(facts.get('CapEff'), '0000000000000000')
  assert.is(facts.get('CapBnd'), '0000000000000000')
  assert.is(facts.get('NoNewPrivs'), '1')
  assert.is(facts.get('Seccomp'), '2')
  assert.match(facts.get('Cpus_allowed_list') ?? '', /^\d+$/)
})

it('holds a job to its processes', async () => {
  const { files, status } = await run(['forks'], { limits: { ...ROOMY, pids: 40 } })
  assert.is(status, 'exited')
  assert.is(files.stdout, '39 children\n')
})

it('takes files and folders from outputs, and nothing that points elsewhere', async () => {
  const { files, diagnostics, exitCode } = await run(['links'])
  assert.is(exitCode, 0)
  assert.equal(
    Object.keys(files).filter(path => path.startsWith('outputs/')),
    ['outputs/good']
  )
  assert.match(diagnostics ?? '', /evil/)
})

it('counts holes in files as what they will be', async () => {
  const { status, exitCode, files } = await run(['hole', '/outputs/hole', '2000000'])
  assert.is(status, 'exited')
  assert.is.not(exitCode, 0)
  assert.ok((files['outputs/hole']?.length ?? 0) <= ROOMY.outputBytes)
})

it('rejects an image whose program is not there', async () => {
  const { archive } = await makeImage([{ type: 'directory', name: 'empty' }], { entrypoint: ['/missing'] })
  const spec = guestSpec(runner, await content.add(archive), [])
  const error = await rejects(() => runner.run(spec, content), 'RUN_REJECTED')
  assert.match(error.message, /cannot be started/)
})

it('rejects a layer that is not what the image says it is', async () => {
  const changed = image.slice()
  // In the program, far from any header.
  const at = Math.floor(image.length / 2)
  changed[at] = (changed[at] ?? 0) ^ 1
  const spec = guestSpec(runner, await content.add(changed), ['hello'])
  const error = await rejects(() => runner.run(spec, content), 'RUN_REJECTED')
  assert.match(error.message, /a layer of the image/)
})

it('rejects an image that says nothing to run', async () => {
  const { archive } = await makeImage([{ type: 'directory', name: 'empty' }], { entrypoint: [] })
  const spec = guestSpec(runner, await content.add(archive), [])
  assert.match((await rejects(() => runner.run(spec, content), 'RUN_REJECTED')).message, /nothing to run/)
})

it('rejects volumes, in whatever letters and however often an image declares them', async () => {
  const layer = await makeTar([{ type: 'directory', name: 'data', mode: 0o777 }])
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  const rootfs = `"rootfs":{"type":"layers","diff_ids":["sha256:${sha256(layer)}"]}`
  const head = `"architecture":"amd64","os":"linux","created":"1970-01-01T00:00:00Z",${rootfs}`
  for (const config of [
    '"config":{"Entrypoint":["/x"],"volumes":{"/data":{}}}',
    '"config":{"Entrypoint":["/x"],"Volume\u017f":{"/data":{}}}',
    '"config":{"Entrypoint":["/x"],"Volumes":{"/data":{}},"Volumes":{}}',
    '"config":{"Volumes":{"/data":{}}},"config":{"Entrypoint":["/x"]}',
    '"config":{"Entrypoint":["/x"]},"CONFIG":{"Volumes":{"/data":{}}}'
  ]) {
    const configuration = Buffer.from(`{${head},${config}}`)
    const manifest = Buffer.from(JSON.stringify([{ Config: 'c.json', RepoTags: null, Layers: ['l'] }]))
    const archive = await makeTar([
      { type: 'file', name: 'manifest.json', content: manifest },
      { type: 'file', name: 'c.json', content: configuration },
      { type: 'file', name: 'l', content: layer }
    ])
    const spec = guestSpec(runner, await content.add(archive), [])
    assert.match((await rejects(() => runner.run(spec, content), 'RUN_REJECTED')).message, /the volume \/data/, config)
    const left = await engine.listImages({ all: true })
    assert.not.ok(
      left.some(({ Id }) => Id === `sha256:${sha256(configuration)}`),
      'the image is still there'
    )
  }
})

it('runs nothing that asks for more processors than there are', async () => {
  await rejects(() => run(['hello'], { limits: { ...ROOMY, cpus: 4096 } }), 'RUN_NOT_READY')
})

it('runs nothing whose outputs would take more memory than there is', async () => {
  const { MemTotal } = await engine.info()
  const outputBytes = Math.ceil(MemTotal / 2 ** 20 + 1) * 2 ** 20
  const error = await rejects(() => run(['hello'], { limits: { ...ROOMY, outputBytes } }), 'RUN_NOT_READY')
  assert.match(error.message, /^memory and outputs of the job are \d+ MiB, the engine has \d+$/)
})

it('says clearly that there is no graphics card for a job that needs one', async () => {
  const { Runtimes } = await engine.info()
  if ('nvidia' in Runtimes) return
  const error = await rejects(() => run(['hello'], { limits: { ...ROOMY, gpus: 2 } }), 'RUN_NOT_READY')
  assert.match(error.message, /needs 2 graphics cards, and the Docker engine has none/)
})

it('runs in the runtime that it is told to, or not at all', async () => {
  const { Runtimes } = await engine.info()
  const [name = ''] = Object.keys(Runtimes)
  const other = new DockerRunner({ nodeId, containerRuntime: name })
  await other.start()
  assert.is((await other.run(guestSpec(other, program, ['hello']), content)).status, 'exited')
  await other.stop()
  const stricter = new DockerRunner({ nodeId, containerRuntime: 'no-such-runtime' })
  const health = await stricter.probe()
  assert.is(health.isReady, false)
  assert.match(health.reason ?? '', /no runtime "no-such-runtime", only /)
  await rejects(() => stricter.run(guestSpec(stricter, program, ['hello']), content), 'RUN_NOT_READY')
})

it('leaves nothing in the engine, whatever happened before', async () => {
  assert.equal(await remains(nodeId), NOTHING)
})

it('removes after a crash what the crash has left', async () => {
  const victimId = `${nodeId}-victim`
  const archive = join(await tmp(), 'guest.tar')
  await writeFile(archive, image)
  const script = new URL('../../../../fixtures/docker-victim.ts', import.meta.url)
  const victim = fork(script, [victimId, archive], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const gone = once(victim, 'exit')
  await Promise.race([victim.stdout ? once(victim.stdout, 'data') : undefined, gone])
  victim.kill('SIGKILL')
  await gone
  assert.equal(await remains(victimId), { containers: 2, volumes: 2 })
  const reborn = new DockerRunner({ nodeId: victimId })
  await reborn.start()
  assert.equal(await remains(victimId), NOTHING)
  await reborn.stop()
})

it('cancels what runs when it is stopped', async () => {
  const other = new DockerRunner({ nodeId: `${nodeId}-stopped` })
  await other.start()
  let isRunning = false
  const outcome = other.run(guestSpec(other, program, ['spin']), content, {
    onLog: () => {
      isRunning = true
    }
  })
  await until(() => isRunning)
  await other.stop()
  assert.is((await outcome).status, 'cancelled')
  assert.equal(await remains(`${nodeId}-stopped`), NOTHING)
})

it('says so when there is no engine', async () => {
  const lost = new DockerRunner({ nodeId, host: 'unix:///nowhere/docker.sock' })
  await lost.start()
  assert.is((await lost.probe()).isReady, false)
  await rejects(() => lost.run(guestSpec(lost, program, []), content), 'RUN_NOT_READY')
  await lost.stop()
})

it('can let go of an image, and loads it again', async () => {
  await runner.removeImage(program)
  const left = await engine.listImages({ filters: JSON.stringify({ reference: [`lilynode/module:${program}`] }) })
  assert.equal(left, [])
  assert.is((await run(['hello'])).files.stdout, 'hello\n')
})

test.run()
