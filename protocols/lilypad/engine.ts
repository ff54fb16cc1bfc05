/** What a Bacalhau job runs: an image or a WASM module, in either of the two shapes that specs have had. */
import { type CID, CID as Cids, isOurCid } from '../core/cid.ts'
import { badField, cannotHonour, type Fields } from './fields.ts'

/** What is run. */
export type Engine =
  | {
      readonly kind: 'docker'
      readonly image: string
      /** Undefined: the image's own. */
      readonly entrypoint: readonly string[] | undefined
      readonly parameters: readonly string[]
      /** Empty: the image's own. */
      readonly workingDirectory: string
      readonly env: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'wasm'
      readonly module: CID
      readonly parameters: readonly string[]
      readonly env: Readonly<Record<string, string>>
    }

/** [host/]name[:tag][@sha256:digest] */
const IMAGE =
  /^(?:[a-zA-Z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** The engine of a spec. @throws LILYPAD_BAD_FIELD, LILYPAD_CANNOT_HONOUR */
export function engineOf(spec: Fields): Engine {
  const form = spec.object('EngineSpec')
  const type = form.text('Type').toLowerCase()
  const named = spec.text('Engine').toLowerCase()
  if (type !== '' && named !== '' && type !== named)
    throw badField(spec.at('Engine'), `the engine of EngineSpec, ${type}`, named)
  const [docker, wasm] = [spec.object('Docker'), spec.object('Wasm')]
  const params = form.object('Params')
  const kind = type || named || (docker.has('Image') ? 'docker' : wasm.has('EntryModule') ? 'wasm' : '')
  // The newer shape wins where both are there: the older one is then what a client has left behind empty, or the same again.
  const [older, newer] = [docker.get('Image'), params.get('Image')]
  if (kind === 'docker' && type !== '' && docker.has('Image') && older !== newer)
    throw badField(docker.at('Image'), `the image of EngineSpec, ${JSON.stringify(newer)}`, older)
  if (kind === 'docker') return dockerEngine(type === '' ? docker : params)
  if (kind === 'wasm') return wasmEngine(type === '' ? wasm : params)
  if (kind === '') throw badField(spec.at('Engine'), 'docker or wasm', undefined)
  throw cannotHonour(spec.at('Engine'), `there is no engine "${kind}"; docker and wasm are run`)
}

function dockerEngine(fields: Fields): Engine {
  const image = fields.text('Image')
  if (!IMAGE.test(image)) throw badField(fields.at('Image'), 'an image such as user/name:tag@sha256:...', image)
  const entrypoint = fields.texts('Entrypoint')
  return {
    kind: 'docker',
    image,
    entrypoint: entrypoint.length === 0 ? undefined : entrypoint,
    parameters: fields.texts('Parameters'),
    workingDirectory: workingDirectory(fields),
    env: listedVariables(fields)
  }
}

function workingDirectory(fields: Fields): string {
  const path = fields.text('WorkingDirectory')
  if (path !== '' && (!path.startsWith('/') || path.includes('\0')))
    throw badField(fields.at('WorkingDirectory'), 'an absolute path', path)
  return path
}

function listedVariables(fields: Fields): Readonly<Record<string, string>> {
  // A variable may have any name, also one that an object of ours has already.
  const env = new Map<string, string>()
  for (const line of fields.texts('EnvironmentVariables')) {
    const at = line.indexOf('=')
    if (!VARIABLE.test(line.slice(0, Math.max(at, 0))))
      throw badField(fields.at('EnvironmentVariables'), 'NAME=value', line)
    env.set(line.slice(0, at), line.slice(at + 1))
  }
  return Object.fromEntries(env)
}

function wasmEngine(fields: Fields): Engine {
  const entry = fields.text('EntryPoint')
  if (entry !== '' && entry !== '_start')
    throw cannotHonour(fields.at('EntryPoint'), `a program begins at _start, not at ${entry}`)
  if (fields.has('ImportModules'))
    throw cannotHonour(fields.at('ImportModules'), 'a program is one module: link them into one')
  const env = fields.record('EnvironmentVariables')
  for (const name of Object.keys(env))
    if (!VARIABLE.test(name)) throw badField(fields.at('EnvironmentVariables'), 'names of variables', name)
  return { kind: 'wasm', module: storedCid(fields.object('EntryModule')), parameters: fields.texts('Parameters'), env }
}

/** The CID that a storage spec names. @throws LILYPAD_BAD_FIELD, LILYPAD_CANNOT_HONOUR for other storages than IPFS */
export function storedCid(storage: Fields): CID {
  const source = storage.text('StorageSource').toLowerCase()
  if (source !== 'ipfs' && source !== '')
    throw cannotHonour(
      storage.at('StorageSource'),
      `${source} may give other bytes to everybody who asks; add the data and name its CID`
    )
  const text = storage.text('CID')
  let cid: CID
  try {
    // Version 0 names the same block as version 1.
    cid = Cids.parse(text).toV1()
  } catch {
    throw badField(storage.at('CID'), 'a CID', text)
  }
  if (!isOurCid(cid)) throw cannotHonour(storage.at('CID'), `${text} is not of SHA-256, dag-pb or raw`)
  return cid
}
