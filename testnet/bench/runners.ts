/**
 * The runners alone, without a market: what metering costs on whole programs, how long a hello job takes from spec to result,
 * and what a waiting process weighs. The engine's own `docker run` of the same image is measured in turns with ours.
 * Alone: `node testnet/bench/runners.ts [--json]`.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { LocalContent } from '../../node/host/module/local-content.ts'
import { openEngine } from '../../node/host/run/docker/engine.ts'
import { makeImage } from '../../node/host/run/docker/image.ts'
import { pauseImage } from '../../node/host/run/docker/pause.ts'
import { staticProgram } from '../../node/host/run/docker/program.ts'
import { DockerRunner } from '../../node/host/run/docker/runner.ts'
import { GuestProcess } from '../../node/host/run/wasm/process.ts'
import { WasmRunner } from '../../node/host/run/wasm/runner.ts'
import { BlockLevels, Blocks } from '../../node/host/store/blocks.ts'
import type { Content, RunSpec } from '../../node/market/ports.ts'
import { canonicalFile, NullStore } from '../../node/peer/content/canonical.ts'
import type { CID } from '../../protocols/core/cid.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import { type BenchRow, formatRows, meetsGoal } from './row.ts'

const run = promisify(execFile)

const WARM_RUNS = 31
const COLD_RUNS = 15
const DOCKER_RUNS = 15
/** Goals of the project's plan. */
const GOAL = { ratio: 1.35, warmMs: 6, coldMs: 60, dockerMs: 160, streamMiB: 400 } as const

const MIB = 1 << 20
const STREAM_BYTES = 1 << 30
/** As a network may give them: a block is no multiple of it. */
const STREAM_PIECE_BYTES = 96 << 10

const LIMITS = {
  gas: 1_000_000_000n,
  stackSlots: 1 << 20,
  memoryBytes: 16 << 20,
  outputBytes: 1 << 20,
  outputFiles: 10,
  logBytes: 1 << 16,
  wallMs: 60_000,
  cpus: 1,
  pids: 32,
  tmpBytes: 1 << 20
}

/** write(1, "hello\n", 6); exit(0) */
const HELLO = [
  ...[0xb8, 1, 0, 0, 0, 0xbf, 1, 0, 0, 0, 0x48, 0x8d, 0x35, 16, 0, 0, 0, 0xba, 6, 0, 0, 0, 0x0f, 0x05],
  ...[0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]
]

/** Measures; about a minute. Rows of Docker are there where an engine answers. */
export async function benchRunners(): Promise<BenchRow[]> {
  const home = await mkdtemp(join(tmpdir(), 'lilynode-bench-'))
  const levels = await BlockLevels.open(home)
  try {
    const content = new LocalContent(new Blocks(levels))
    return [
      shown('load of the machine at the start', loadavg()[0] ?? 0, 'runnable'),
      ...(await streamRows()),
      ...(await meteringRows()),
      ...(await wasmRows(content)),
      ...(await dockerRows(content, home))
    ]
  } finally {
    await levels.close()
    await rm(home, { recursive: true, force: true })
  }
}

function shown(name: string, value: number, unit: string): BenchRow {
  return { name, value, unit, goal: undefined, better: 'lower' }
}

function atMost(name: string, value: number, unit: string, goal: number): BenchRow {
  return { name, value, unit, goal, better: 'lower' }
}

/** A file of 1 GiB that is never whole anywhere: what a mediator does to learn a result's CID. */
async function streamRows(): Promise<BenchRow[]> {
  const piece = new Uint8Array(STREAM_PIECE_BYTES)
  let mostMiB = 0
  async function* pieces() {
    for (let i = 0; i < STREAM_BYTES / piece.length; i++) {
      piece.fill(i)
      mostMiB = Math.max(mostMiB, process.memoryUsage.rss() / MIB)
      yield piece.slice()
    }
  }
  const beforeMiB = process.memoryUsage.rss() / MIB
  const startMs = performance.now()
  await canonicalFile(pieces(), new NullStore())
  return [
    shown('CID of a stream of 1 GiB', performance.now() - startMs, 'ms'),
    atMost('memory that the stream took at most', mostMiB - beforeMiB, 'MiB', GOAL.streamMiB)
  ]
}

async function meteringRows(): Promise<BenchRow[]> {
  const program = fileURLToPath(new URL('./metering.ts', import.meta.url))
  const { stdout } = await run(process.execPath, [program])
  const ratios: Readonly<Record<string, number>> = JSON.parse(stdout)
  return Object.entries(ratios).map(([name, ratio]) =>
    atMost(`metered / plain CPU time, ${name}`, ratio, 'x', GOAL.ratio)
  )
}

function specOf(runtime: RunSpec['runtime'], entrypoint: CID, args: readonly string[]): RunSpec {
  return { runtime, entrypoint, args, env: {}, inputs: [], seed: new Uint8Array(32), epochNs: 0n, limits: LIMITS }
}

async function wasmRows(content: LocalContent): Promise<BenchRow[]> {
  const wasm = await readFile(new URL('../modules/cowsay/cowsay.wasm', import.meta.url))
  const spec = specOf('lily-wasi/1', await content.addFile(new Uint8Array(wasm)), ['--', 'moo'])
  const warmMs: number[] = []
  const runner = new WasmRunner()
  await runner.start()
  await timed(runner, spec, content)
  for (let i = 0; i < WARM_RUNS; i++) {
    await runner.probe()
    // The process before it is gone, and the machine at rest.
    await rest()
    warmMs.push(await timed(runner, spec, content))
  }
  await runner.stop()
  const coldMs: number[] = []
  for (let i = 0; i < COLD_RUNS; i++) {
    const fresh = new WasmRunner({ idleProcesses: 0 })
    await fresh.start()
    coldMs.push(await timed(fresh, spec, content))
    await fresh.stop()
    await rest()
  }
  const unseenMs: number[] = []
  for (let i = 0; i < COLD_RUNS; i++) {
    const fresh = new WasmRunner()
    await fresh.start()
    await fresh.probe()
    await rest()
    unseenMs.push(await timed(fresh, spec, content))
    await fresh.stop()
  }
  const idle = new GuestProcess()
  await idle.ready()
  const idleMiB = residentMiB(idle.pid)
  await idle.kill()
  return [
    atMost('hello in wasm, warm: a process waits, the module is known, p50', median(warmMs), 'ms', GOAL.warmMs),
    shown('the same, best', Math.min(...warmMs), 'ms'),
    atMost('hello in wasm, cold: a process waits, the module is new, p50', median(unseenMs), 'ms', GOAL.coldMs),
    shown('hello in wasm, no process waits either, p50', median(coldMs), 'ms'),
    shown('the same, best', Math.min(...coldMs), 'ms'),
    shown('memory of a waiting wasm process', idleMiB, 'MiB')
  ]
}

async function dockerRows(content: LocalContent, home: string): Promise<BenchRow[]> {
  const phases = new Map<string, number>()
  const runner = new DockerRunner({
    nodeId: `bench-${process.pid}`,
    onPhase: phase => phases.set(phase, performance.now())
  })
  const { isReady } = await runner.probe()
  if (!isReady) return []
  await runner.start()
  const program = staticProgram(Uint8Array.from([...HELLO, ...utf8('hello\n')]))
  const { archive, id } = await makeImage([{ type: 'file', name: 'hello', content: program, isExecutable: true }], {
    entrypoint: ['/hello']
  })
  const spec = specOf('docker/linux-amd64', await content.addFile(archive), [])
  await timed(runner, spec, content)
  const [preparedMs, wholeMs, cliMs]: [number[], number[], number[]] = [[], [], []]
  for (let i = 0; i < DOCKER_RUNS; i++) {
    wholeMs.push(await timed(runner, spec, content))
    preparedMs.push((phases.get('collected') ?? Infinity) - (phases.get('prepared') ?? 0))
    await rest()
    const startMs = performance.now()
    const { stdout } = await run('docker', ['run', '--rm', '--network', 'none', id], { cwd: home })
    cliMs.push(performance.now() - startMs)
    if (stdout !== 'hello\n') throw new Error(`docker run said ${JSON.stringify(stdout)}`)
    await rest()
  }
  const shimMiB = await waitingShimMiB()
  await runner.stop()
  const [prepared, cli] = [median(preparedMs), median(cliMs)]
  return [
    atMost('hello in Docker, from prepared to result, p50', prepared, 'ms', GOAL.dockerMs),
    shown('the same, best', Math.min(...preparedMs), 'ms'),
    shown('docker run of the same image, p50', cli, 'ms'),
    atMost('from prepared / docker run', prepared / cli, 'x', 1),
    shown('hello in Docker, whole: volumes, container, result, removal, p50', median(wholeMs), 'ms'),
    shown("memory of a waiting container's shim", shimMiB, 'MiB')
  ]
}

/** From spec to result. */
async function timed(runner: WasmRunner | DockerRunner, spec: RunSpec, content: Content): Promise<number> {
  const startMs = performance.now()
  const { status, exitCode } = await runner.run(spec, content)
  const ms = performance.now() - startMs
  if (status !== 'exited' || exitCode !== 0) throw new Error(`hello was ${status} ${exitCode}`)
  return ms
}

/** A container that waits costs its shim: the process that the engine keeps beside it. */
async function waitingShimMiB(): Promise<number> {
  const engine = openEngine()
  const container = await engine.createContainer({
    Image: (await pauseImage()).id,
    HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'none', Config: {} } }
  })
  try {
    await container.start()
    const { stdout } = await run('ps', ['-eo', 'rss,args'])
    const shim = stdout.split('\n').find(line => line.includes('containerd-shim') && line.includes(container.id))
    return Number.parseInt(shim ?? '', 10) / 1024
  } finally {
    await container.remove({ force: true })
  }
}

function residentMiB(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

function rest(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 150))
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

if (import.meta.main) {
  const rows = await benchRunners()
  console.log(formatRows(rows))
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows))
  if (!rows.every(meetsGoal)) process.exitCode = 1
}
