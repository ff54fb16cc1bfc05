/** How a job's container is made: every limit that the engine can hold it to (runners.md A). */
import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode'
import type { RunLimits, RunSpec } from '../../../market/ports.ts'
import { envLines } from '../../../peer/run/spec.ts'

/** Everybody's user: no rights on the host, none in the image. */
export const NOBODY = 65_534

/** Labels by which containers and volumes are found again after a crash. */
export const LABEL = {
  /** The node that made it. */
  node: 'io.lilynode.node',
  /** When anybody may remove it, in ms since 1970. */
  expires: 'io.lilynode.expires'
} as const

/** The runtime by whose presence an engine says that it has graphics cards to give. */
export const GPU_RUNTIME = 'nvidia'

/** Least size of a tmpfs: zero would mean no limit. */
const PAGE_BYTES = 4096

/**
 * Fewest processes that a container may be limited to: the engine's own program, which becomes the job's, has threads, and
 * where it may have too few of them some containers die before they start.
 */
export const MIN_PIDS = 32

/** A tmpfs size that the kernel takes as a limit. */
export function tmpfsBytes(bytes: number): number {
  return Math.max(PAGE_BYTES, Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES)
}

/** What a job's container is made of. */
export interface ContainerPlan {
  readonly image: string
  readonly spec: RunSpec
  readonly labels: Readonly<Record<string, string>>
  /** Processors as the kernel lists them: "0,3". */
  readonly cpuset: string
  readonly volumes: { readonly inputName: string; readonly outputName: string }
  /** The engine's runtime, by its name there; undefined for its default. */
  readonly containerRuntime: string | undefined
}

/** What differs between machines and can be fixed, is; a job's own variables come after and win. */
function environment(spec: RunSpec): string[] {
  const fixed: Record<string, string> = {
    TZ: 'UTC',
    LC_ALL: 'C',
    HOME: '/tmp',
    SOURCE_DATE_EPOCH: (spec.epochNs / 1_000_000_000n).toString(),
    PERL_HASH_SEED: '0',
    PYTHONHASHSEED: '0',
    OMP_NUM_THREADS: '1'
  }
  return envLines({ ...fixed, ...spec.env })
}

function volumeMount(source: string, target: string, isReadOnly: boolean): MountSettings {
  return { Type: 'volume', Source: source, Target: target, ReadOnly: isReadOnly, VolumeOptions: noCopy() }
}

/** The image's files below the mount point are not copied into the volume. */
function noCopy(): NonNullable<MountSettings['VolumeOptions']> {
  return { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } }
}

/** So many cards, whichever the engine chooses. */
function gpuRequest(count: number): NonNullable<HostConfig['DeviceRequests']>[number] {
  return { Driver: GPU_RUNTIME, Count: count, Capabilities: [['gpu']] }
}

/** What the engine's types leave out. */
interface JobHostConfig extends HostConfig {
  readonly CgroupnsMode: 'private'
}

function hostConfig(plan: ContainerPlan, limits: RunLimits): JobHostConfig {
  // Pages of a tmpfs count as the job's memory.
  const memory = limits.memoryBytes + tmpfsBytes(limits.tmpBytes) + tmpfsBytes(limits.outputBytes)
  const fileBytes = Math.max(limits.outputBytes, limits.tmpBytes)
  return {
    NetworkMode: 'none',
    Memory: memory,
    MemorySwap: memory,
    NanoCpus: Math.round(limits.cpus * 1e9),
    CpusetCpus: plan.cpuset,
    PidsLimit: Math.max(MIN_PIDS, limits.pids),
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges:true'],
    Privileged: false,
    IpcMode: 'none',
    CgroupnsMode: 'private',
    OomScoreAdj: 500,
    // Logs on the host's disk have no limit; what is attached is read without them.
    LogConfig: { Type: 'none', Config: {} },
    Tmpfs: { '/tmp': `rw,noexec,nosuid,nodev,size=${tmpfsBytes(limits.tmpBytes)},mode=1777` },
    Ulimits: [
      { Name: 'nofile', Soft: 1024, Hard: 1024 },
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'fsize', Soft: fileBytes, Hard: fileBytes }
    ],
    Mounts: [
      volumeMount(plan.volumes.inputName, '/inputs', true),
      volumeMount(plan.volumes.outputName, '/outputs', false)
    ],
    ...(plan.containerRuntime === undefined ? {} : { Runtime: plan.containerRuntime }),
    ...(limits.gpus ? { DeviceRequests: [gpuRequest(limits.gpus)] } : {}),
    AutoRemove: false,
    RestartPolicy: { Name: 'no' }
  }
}

/** The engine's description of a job's container. */
export function containerOptions(plan: ContainerPlan): ContainerCreateOptions {
  const { spec } = plan
  return {
    Image: plan.image,
    ...(spec.args.length === 0 ? {} : { Cmd: [...spec.args] }),
    Env: environment(spec),
    User: `${NOBODY}:${NOBODY}`,
    Hostname: 'lily',
    Domainname: '',
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    NetworkDisabled: true,
    StopSignal: 'SIGKILL',
    Healthcheck: { Test: ['NONE'] },
    Labels: { ...plan.labels },
    HostConfig: hostConfig(plan, spec.limits)
  }
}
