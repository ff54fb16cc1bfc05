/** A job's /inputs and /outputs: tmpfs volumes of exactly the size allowed, filled and read through a holder container. */
import { randomUUID } from 'node:crypto'
import type { Container } from 'dockerode'
import { LilyError } from '../../../../protocols/core/errors.ts'
import type { RunLimits } from '../../../market/ports.ts'
import { splitPath } from '../../../peer/content/names.ts'
import type { InputFile } from '../../../peer/run/fetch.ts'
import type { Output } from '../../../peer/run/result-tree.ts'
import { MIN_PIDS, NOBODY, tmpfsBytes } from './container.ts'
import { type Engine, gone } from './engine.ts'
import { makeTar, readTar } from './tar.ts'

/** What was found in /outputs. */
export interface CollectedOutputs {
  readonly outputs: readonly Output[]
  /** The files are larger than allowed: holes take no room in a tmpfs, but they do in a result. */
  readonly isTooLarge: boolean
  /** What was left out: links, devices, names that no result may have. */
  readonly dropped: readonly string[]
}

const HOLDER_MEMORY_BYTES = 64 << 20

/** The volumes of one job. */
export class JobVolumes {
  readonly inputName: string
  readonly outputName: string
  readonly #engine: Engine
  readonly #labels: Readonly<Record<string, string>>
  #holder: Container | undefined

  constructor(engine: Engine, labels: Readonly<Record<string, string>>) {
    const job = randomUUID()
    this.inputName = `lilynode-${job}-inputs`
    this.outputName = `lilynode-${job}-outputs`
    this.#engine = engine
    this.#labels = labels
  }

  /** Makes the volumes and puts the inputs in place. */
  async create(pauseImage: string, inputs: readonly InputFile[], limits: RunLimits): Promise<void> {
    const inputBytes = inputs.reduce((sum, { content }) => sum + tmpfsBytes(content.length), tmpfsBytes(0))
    await this.#createVolume(this.inputName, inputBytes, inputs.length, 0)
    await this.#createVolume(this.outputName, limits.outputBytes, limits.outputFiles, NOBODY)
    this.#holder = await this.#engine.createContainer({
      Image: pauseImage,
      NetworkDisabled: true,
      Labels: { ...this.#labels },
      HostConfig: {
        NetworkMode: 'none',
        LogConfig: { Type: 'none', Config: {} },
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        PidsLimit: MIN_PIDS,
        // Inputs that are put in place through the holder are charged to it.
        Memory: HOLDER_MEMORY_BYTES + inputBytes,
        Binds: [`${this.inputName}:/inputs`, `${this.outputName}:/outputs`]
      }
    })
    await this.#holder.start()
    if (inputs.length === 0) return
    const archive = await makeTar(inputs.map(input => ({ type: 'file', ...input })))
    await this.#holder.putArchive(Buffer.from(archive), { path: '/inputs' })
  }

  async #createVolume(name: string, bytes: number, files: number, owner: number): Promise<void> {
    const size = tmpfsBytes(bytes)
    const options = `size=${size},nr_inodes=${files + 1},uid=${owner},gid=${owner},mode=0755,noexec,nosuid,nodev`
    await this.#engine.createVolume({
      Name: name,
      Driver: 'local',
      DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: options },
      Labels: { ...this.#labels }
    })
  }

  /** Reads what the job left in /outputs. */
  async collect(maxBytes: number): Promise<CollectedOutputs> {
    const outputs: Output[] = []
    const dropped: string[] = []
    if (this.#holder === undefined) return { outputs, dropped, isTooLarge: false }
    const archive = await this.#holder.getArchive({ path: '/outputs' })
    let total = 0
    for await (const { name, type, sizeBytes, content } of readTar(archive)) {
      // Every entry is below the folder's own name.
      const path = name.replace(/^[^/]*\//, '').replace(/\/$/, '')
      if (type === 'file') total += sizeBytes
      if (total > maxBytes) return { outputs: [], dropped, isTooLarge: true }
      if (path === '') continue
      if ((type === 'file' || type === 'directory') && isResultPath(path)) {
        outputs.push({ path, content: type === 'file' ? await bytesOf(content) : undefined })
      } else {
        dropped.push(`${type} ${JSON.stringify(path.slice(0, 200))}`)
      }
    }
    return { outputs, dropped, isTooLarge: false }
  }

  /** Removes the holder and the volumes. Safe twice. */
  async remove(): Promise<void> {
    if (this.#holder !== undefined) await gone(this.#holder.remove({ force: true, v: true }))
    for (const name of [this.inputName, this.outputName])
      await gone(this.#engine.getVolume(name).remove({ force: true }))
  }
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

function isResultPath(path: string): boolean {
  try {
    splitPath(path)
    return true
  } catch (error) {
    if (error instanceof LilyError) return false
    throw error
  }
}
