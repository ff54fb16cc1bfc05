/**
 * Runs one metered program (instrument.ts) with WASI preview 1 to its end: pure and synchronous, the same on every engine.
 * The caller's engine compiles; nothing here knows a clock, a file or a network of the host.
 */
import { seededRandom } from '../../core/random.ts'
import { NO_EXIT_CODE } from '../exit-code.ts'
import { GAS_EXPORT, STACK_EXPORT, START_EXPORT } from '../instrument/instrument.ts'
import { GAS_HOST_CALL } from '../instrument/params.ts'
import type { RunStatus } from '../status.ts'
import { ALL_RIGHTS, RIGHT } from './abi.ts'
import { DescriptorTable, type DirectoryDescriptor } from './descriptors.ts'
import { EndOfRun } from './end.ts'
import { CallError, type Errno } from './errno.ts'
import type { Guest } from './guest.ts'
import { ioCalls } from './io.ts'
import { Log } from './log.ts'
import { GuestMemory } from './memory.ts'
import { Meter } from './meter.ts'
import { byteText, textBytes } from './names.ts'
import { pathCalls } from './paths.ts'
import { WASI_MODULE, type WasiCalls } from './signatures.ts'
import { statCalls } from './stat.ts'
import { systemCalls } from './system.ts'
import { DirectoryNode, FileNode, inodes, Quota, type TreeNode } from './tree.ts'

/** A host function as wasm calls it. */
export type HostFunction = (...args: never[]) => number

/** The imports of a program. */
export type GuestImports = Readonly<Record<typeof WASI_MODULE, Readonly<Record<string, HostFunction>>>>

/** The exports of a metered program. */
export interface GuestExports {
  readonly memory: { readonly buffer: ArrayBufferLike }
  readonly _start: () => void
  readonly [GAS_EXPORT]: { value: bigint }
  readonly [STACK_EXPORT]: { value: number }
  readonly [START_EXPORT]?: () => void
}

/** The engine that compiled the program. */
export interface GuestEngine {
  /** Makes the one instance. */
  instantiate(imports: GuestImports): GuestExports
  /** Whether what was thrown is the engine's trap (WebAssembly.RuntimeError). */
  isTrap(error: unknown): boolean
}

/** What a program is given. Text is UTF-8 bytes: this layer has no encoder. */
export interface GuestSpec {
  /** The program's name first. */
  readonly args: readonly Uint8Array[]
  /** KEY=value. */
  readonly env: readonly Uint8Array[]
  /** Files under /inputs: path without a leading slash, and content. */
  readonly inputs: readonly { readonly path: Uint8Array; readonly content: Uint8Array }[]
  readonly stdin: Uint8Array
  /** At least 16 bytes. */
  readonly seed: Uint8Array
  readonly epochNs: bigint
  readonly limits: GuestLimits
}

/** The limits of a run that do not depend on the machine. Memory was clamped by the pass. */
export interface GuestLimits {
  readonly gas: bigint
  readonly stackSlots: number
  readonly outputBytes: number
  readonly outputFiles: number
  readonly tmpBytes: number
  /** Of stdout, and again of stderr. */
  readonly logBytes: number
}

/** A file or directory below /outputs. */
export interface GuestEntry {
  /** Relative to /outputs, UTF-8. */
  readonly path: Uint8Array
  /** Undefined for a directory. */
  readonly content: Uint8Array | undefined
}

/** How a run ended and what it left. */
export interface GuestOutcome {
  readonly status: RunStatus
  readonly exitCode: number
  readonly used: bigint
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** Parents before their entries, in the order of names. */
  readonly outputs: readonly GuestEntry[]
  /** For the machine's owner: engines word it differently. */
  readonly diagnostics: string | undefined
}

/** Files that /tmp may hold, beside its bytes. */
const TMP_FILES = 10_000

interface End {
  readonly status: RunStatus
  readonly exitCode: number
  readonly diagnostics?: string
}

function preopen(path: string, directory: DirectoryNode): DirectoryDescriptor {
  return {
    kind: 'directory',
    directory,
    root: directory,
    preopenedAs: textBytes(path),
    rights: ALL_RIGHTS & ~(RIGHT.read | RIGHT.write),
    inheriting: ALL_RIGHTS,
    flags: 0,
    listing: []
  }
}

function* entriesOf(directory: DirectoryNode, prefix: string): Generator<GuestEntry> {
  for (const [name, node] of directory.sorted()) {
    const path = prefix + name
    yield { path: textBytes(path), content: contentOf(node) }
    if (node instanceof DirectoryNode) yield* entriesOf(node, `${path}/`)
  }
}

function contentOf(node: TreeNode): Uint8Array | undefined {
  return node instanceof FileNode ? node.bytes : undefined
}

/** Every call costs gas, and ends in an error number unless it ends the run. */
function hostFunction<Args extends (number | bigint)[]>(meter: Meter, call: (...args: Args) => Errno) {
  return (...args: Args): number => {
    meter.charge(GAS_HOST_CALL)
    try {
      return call(...args)
    } catch (error) {
      if (error instanceof CallError) return error.errno
      throw error
    }
  }
}

/**
 * Runs a metered program to its end. Never throws for anything that a program does.
 *
 * @param onLog sees stdout (1) and stderr (2) as they are written
 */
export function runGuest(
  engine: GuestEngine,
  spec: GuestSpec,
  onLog: (stream: 1 | 2, bytes: Uint8Array) => void = () => {}
): GuestOutcome {
  const { limits } = spec
  let exports: GuestExports | undefined
  const live = (): GuestExports => {
    if (exports === undefined) throw new Error('a host call before the instance exists')
    return exports
  }
  const nextInode = inodes()
  const inputs = new DirectoryNode(nextInode)
  const outputs = new DirectoryNode(nextInode, new Quota(limits.outputBytes, limits.outputFiles))
  const tmp = new DirectoryNode(nextInode, new Quota(limits.tmpBytes, TMP_FILES))
  const sorted = spec.inputs.map(({ path, content }) => ({ path: byteText(path), content }))
  for (const { path, content } of sorted.sort((a, b) => (a.path < b.path ? -1 : 1))) inputs.plant(path, content)
  const stdin = new FileNode(nextInode(), undefined, spec.stdin)
  const stdout = new Log(limits.logBytes, bytes => onLog(1, bytes))
  const stderr = new Log(limits.logBytes, bytes => onLog(2, bytes))
  const descriptors = new DescriptorTable()
  descriptors.open({
    kind: 'file',
    file: stdin,
    canRead: true,
    canWrite: false,
    rights: RIGHT.read,
    flags: 0,
    offset: 0n
  })
  descriptors.open({ kind: 'log', write: bytes => stdout.write(bytes), flags: 0 })
  descriptors.open({ kind: 'log', write: bytes => stderr.write(bytes), flags: 0 })
  descriptors.open(preopen('/inputs', inputs))
  descriptors.open(preopen('/outputs', outputs))
  descriptors.open(preopen('/tmp', tmp))
  const meter = new Meter(limits.gas, spec.epochNs, () => live()[GAS_EXPORT])
  const memory = new GuestMemory(() => live().memory.buffer)
  const random = seededRandom(spec.seed)
  const guest: Guest = { memory, meter, descriptors, random, args: spec.args, env: spec.env }
  const calls: WasiCalls = { ...ioCalls(guest), ...statCalls(guest), ...pathCalls(guest), ...systemCalls(guest) }
  const imports = Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [
      name,
      hostFunction(meter, call as (...args: (number | bigint)[]) => Errno)
    ])
  )

  const end = ((): End => {
    try {
      exports = engine.instantiate({ [WASI_MODULE]: imports })
      exports[GAS_EXPORT].value = limits.gas
      exports[STACK_EXPORT].value = limits.stackSlots
      exports[START_EXPORT]?.()
      exports._start()
      return { status: 'exited', exitCode: 0 }
    } catch (error) {
      if (error instanceof EndOfRun) return error
      const diagnostics = String(error)
      const failed = (status: RunStatus): End => ({ status, exitCode: NO_EXIT_CODE, diagnostics })
      if (!engine.isTrap(error)) return failed('host-fault')
      return failed(exports !== undefined && exports[STACK_EXPORT].value < 0 ? 'stack-overflow' : 'trap')
    }
  })()
  return {
    ...settle(end, exports?.[GAS_EXPORT].value ?? 0n, limits.gas),
    stdout: stdout.bytes,
    stderr: stderr.bytes,
    outputs: [...entriesOf(outputs, '')]
  }
}

/** A run that was broken off pays its whole limit, so that where exactly it broke cannot be played with. */
function settle(
  end: End,
  gasLeft: bigint,
  limit: bigint
): Pick<GuestOutcome, 'status' | 'exitCode' | 'used' | 'diagnostics'> {
  const { diagnostics } = end
  if (end.status === 'host-fault') return { status: end.status, exitCode: end.exitCode, used: 0n, diagnostics }
  if (gasLeft < 0n) return { status: 'out-of-gas', exitCode: NO_EXIT_CODE, used: limit, diagnostics }
  const isMeasured = end.status === 'exited' || end.status === 'output-limit'
  return { status: end.status, exitCode: end.exitCode, used: isMeasured ? limit - gasLeft : limit, diagnostics }
}
