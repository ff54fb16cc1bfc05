/** A job's /inputs and /outputs: tmpfs volumes of exactly the size allowed, filled and read through a holder container. */
import { randomUUID } from 'node:crypto'
import { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Container } from 'dockerode'
import type { RunLimits } from '../../../market/ports.ts'
import type { InputFile } from '../../../peer/run/fetch.ts'
import { MIN_PIDS, NOBODY, tmpfsBytes } from './container.ts'
import { type Engine, gone } from './engine.ts'
import { makeTar } from './tar.ts'

const OUTPUTS = '/outputs'

/** Where the engine puts its answer, as base64 of JSON. */
const STAT_HEADER = 'x-docker-container-path-stat'

const HOLDER_MEMORY_BYTES = 64 << 20

/** The volumes of one job. */
export class JobVolumes {
  readonly inputName: string
  readonly outputName: string
  readonly #engine: Engine
  readonly #labels: Readonly<Record<string, string>>
  #holder: Container | undefined
  /** What the engine says of an /outputs that nobody has written to. */
  #outputsBefore: string | undefined

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
    this.#outputsBefore = await folderStat(this.#holder, OUTPUTS)
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

  /**
   * The archive of what the job left in /outputs, as it comes from the engine; an empty one where nothing was ever made
   * there. The engine starts a process of its own for an archive, which takes as long as a small job.
   */
  async outputs(): Promise<AsyncIterable<Uint8Array | string>> {
    if (this.#holder === undefined) throw new TypeError('the volumes are not there')
    const after = await folderStat(this.#holder, OUTPUTS)
    if (after !== undefined && after === this.#outputsBefore) return Readable.from([])
    return this.#holder.getArchive({ path: OUTPUTS })
  }

  /** Removes the holder and the volumes. Safe twice. */
  async remove(): Promise<void> {
    if (this.#holder !== undefined) await gone(this.#holder.remove({ force: true, v: true }))
    for (const name of [this.inputName, this.outputName])
      await gone(this.#engine.getVolume(name).remove({ force: true }))
  }
}

/**
 * Size and time of change of a folder. In a tmpfs the size grows with each entry, so a folder that says what it said when
 * it was empty has none. Undefined where the engine does not say.
 */
async function folderStat(container: Container, path: string): Promise<string | undefined> {
  const answer: unknown = await container.infoArchive({ path })
  if (!(answer instanceof IncomingMessage)) return undefined
  answer.resume()
  const header = answer.headers[STAT_HEADER]
  if (typeof header !== 'string') return undefined
  const { size, mtime }: { size?: unknown; mtime?: unknown } = JSON.parse(Buffer.from(header, 'base64').toString())
  return typeof size === 'number' && typeof mtime === 'string' ? `${size} ${mtime}` : undefined
}
