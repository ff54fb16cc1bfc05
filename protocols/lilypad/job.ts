/**
 * A module of Lilypad's, read: what its template has printed, as what can be run here. Every field that Bacalhau gave a
 * meaning is honoured or refused by name; what had none is told in `notes` (lilypad.md 5.3).
 */
import type { CID } from '../core/cid.ts'
import { MAX_RUN_TIME_SEC } from '../params.ts'
import { type Engine, engineOf, storedCid } from './engine.ts'
import { LilypadError } from './errors.ts'
import { badField, cannotHonour, Fields, isEmpty } from './fields.ts'
import { type InputFiles, inputFilesOf } from './input-files.ts'
import { cpuMilli, sizeMiB } from './size.ts'
import type { Json } from './template/json.ts'

/** The file that makes a repository a module of Lilypad's. */
export const TEMPLATE_FILE = 'lilypad_module.json.tmpl'

/** Where files come in and go out. */
const INPUTS = '/inputs'
const OUTPUTS = '/outputs'

/** What Lilypad gave a job that did not say, in seconds. */
const DEFAULT_RUN_SEC = 900

/** Lilypad's `ram` chose a machine and limited nothing, and is often far too low: so much a job has in any case. */
const LEAST_MEMORY_MIB = 1024

/** Data that a job has by its CID. */
export interface StoredInput {
  readonly cid: CID
  /** The file's name under /inputs; undefined: the CID is a folder whose files lie there. */
  readonly name: string | undefined
}

/** @see the head of this file */
export interface LilypadModule {
  readonly description: string
  readonly engine: Engine
  readonly machine: {
    readonly cpuMilli: number
    readonly memoryMiB: number
    readonly diskMiB: number
    readonly gpus: readonly { readonly model: string; readonly vramMiB: number }[]
  }
  readonly memoryMiB: number
  readonly wallSec: number
  readonly inputFiles: InputFiles
  readonly inputs: readonly StoredInput[]
  /** What the template says and nothing here has a use for. */
  readonly notes: readonly string[]
}

/**
 * Reads what a template has printed: Lilypad's module, or a bare Bacalhau job as older modules are.
 *
 * @throws LILYPAD_BAD_FIELD, LILYPAD_CANNOT_HONOUR
 */
export function readLilypadModule(json: Json): LilypadModule {
  const top = new Fields('', json)
  const job = top.has('job') ? top.object('job') : top
  const spec = job.object('Spec')
  if (!job.has('Spec')) throw badField(job.at('Spec'), 'what is to be run', undefined)
  const machine = top.object('machine')
  const resources = spec.object('Resources')
  refuse(spec)
  const memoryMiB = Math.max(LEAST_MEMORY_MIB, machine.amount('ram'), sizeMiB(resources, 'Memory'))
  const read: LilypadModule = {
    description: top.text('description').slice(0, 1000),
    engine: engineOf(spec),
    machine: {
      cpuMilli: Math.max(machine.amount('cpu') || 1000, cpuMilli(resources, 'CPU')),
      memoryMiB,
      diskMiB: Math.max(machine.amount('disk'), sizeMiB(resources, 'Disk')),
      gpus: gpusOf(machine, resources)
    },
    memoryMiB,
    wallSec: wallSecOf(top, spec),
    inputFiles: inputFilesOf(top.object('inputFiles')),
    inputs: spec.objects('Inputs').map(inputOf),
    notes: []
  }
  checkOutputs(spec)
  // About the module and about bookkeeping: nothing that a run depends on.
  for (const name of ['author', 'image', 'model']) top.get(name)
  for (const name of ['APIVersion', 'Metadata']) job.get(name)
  const notes = top.unread().map(path => `"${path}" has no meaning here`)
  const longest = Math.max(top.amount('executionTimeoutSeconds'), spec.amount('Timeout'))
  const isCut = read.wallSec === MAX_RUN_TIME_SEC && longest > MAX_RUN_TIME_SEC
  return { ...read, notes: isCut ? [...notes, `a job has at most ${MAX_RUN_TIME_SEC} seconds here`] : notes }
}

/** Fields that promise something which is not kept here. */
function refuse(spec: Fields): void {
  const network = spec.object('Network')
  const type = network.text('Type')
  if (!['', 'none'].includes(type.toLowerCase()))
    throw cannotHonour(network.at('Type'), `a job has no network, and this one wants ${type}`)
  if (network.has('Domains')) throw cannotHonour(network.at('Domains'), 'a job has no network')
  if (spec.has('NodeSelectors'))
    throw cannotHonour(spec.at('NodeSelectors'), 'providers have no labels; give --target to choose one')
  const deal = spec.object('Deal')
  if (deal.amount('Concurrency') > 1)
    throw cannotHonour(deal.at('Concurrency'), 'a job runs on one provider; --verify has others repeat it')
  for (const name of ['Language', 'Contexts', 'Sharding'])
    if (spec.has(name)) throw cannotHonour(spec.at(name), 'only images and WASM modules are run')
  const older = publisherOf(spec)
  const publisher = spec.object('PublisherSpec').text('Type') || older
  // Each of these puts the result under its CID, which is what happens here.
  if (!['', 'noop', 'ipfs', 'estuary', 'local', 'lotus', 'filecoin'].includes(publisher.toLowerCase()))
    throw cannotHonour(spec.at('PublisherSpec'), `results are kept by CID, not by ${publisher}`)
  spec.get('Verifier')
}

function publisherOf(spec: Fields): string {
  const publisher = spec.get('Publisher')
  return typeof publisher === 'string'
    ? publisher
    : isEmpty(publisher)
      ? ''
      : new Fields('Publisher', publisher).text('Type')
}

function wallSecOf(top: Fields, spec: Fields): number {
  const given = [top.amount('executionTimeoutSeconds'), spec.amount('Timeout')].filter(sec => sec > 0)
  return Math.min(MAX_RUN_TIME_SEC, Math.ceil(given.length === 0 ? DEFAULT_RUN_SEC : Math.min(...given)))
}

function gpusOf(machine: Fields, resources: Fields): LilypadModule['machine']['gpus'] {
  const cards = machine.objects('gpus').map(card => ({ model: '', vramMiB: Math.ceil(card.amount('vram')) }))
  const asked = resources.amount('GPU')
  // Thousandths by the letter; modules write 1 and mean one.
  const written = machine.amount('gpu')
  const count = Math.max(asked, written >= 100 ? Math.ceil(written / 1000) : Math.ceil(written), cards.length)
  if (!Number.isInteger(asked) || count > 16)
    throw badField(resources.at('GPU'), 'a number of cards, at most 16', count)
  return [...cards, ...Array.from({ length: count - cards.length }, () => ({ model: '', vramMiB: 0 }))]
}

function inputOf(input: Fields): StoredInput {
  const cid = storedCid(input)
  input.get('Name')
  const path = input.text('Path').replace(/\/+$/, '')
  if (path === INPUTS) return { cid, name: undefined }
  const name = path.startsWith(`${INPUTS}/`) ? path.slice(INPUTS.length + 1) : undefined
  if (name !== undefined && !name.includes('/') && name !== '.' && name !== '..') return { cid, name }
  throw cannotHonour(input.at('Path'), `inputs lie under ${INPUTS}, not at ${path || 'no path'}`)
}

function checkOutputs(spec: Fields): void {
  for (const output of spec.objects('Outputs')) {
    for (const name of ['Name', 'StorageSource']) output.get(name)
    const path = output.text('Path').replace(/\/+$/, '')
    if (path !== OUTPUTS && !path.startsWith(`${OUTPUTS}/`))
      throw cannotHonour(output.at('Path'), `results lie under ${OUTPUTS}, not at ${path || 'no path'}`)
  }
}

/** A failure to find a template where one should be. */
export function notAModule(where: string, why: string): LilypadError {
  return new LilypadError('LILYPAD_NOT_A_MODULE', `${where}: ${why}`)
}
