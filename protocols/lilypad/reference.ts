/** How Lilypad names modules: `cowsay:v0.0.4`, `github.com/user/repo:ref`. */
import { LilypadError } from './errors.ts'

/** A repository and what of it is meant. */
export interface ModuleReference {
  /** As the user has written it. */
  readonly name: string
  readonly url: string
  /** Host, owner, repository: parts of a path. */
  readonly path: readonly string[]
  /** A tag, a branch or a commit. */
  readonly ref: string
}

/** Where modules with a short name lie. */
const SHORT = 'github.com/Lilypad-Tech/lilypad-module-'

const HOST = /^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/
const PART = /^(?!\.{1,2}$)[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/
const REF = /^(?!.*\.\.)(?!.*\/\/)[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}$/

/** `name:version` without a host: what the registry may know too. */
export function splitName(text: string): { readonly name: string; readonly version: string } | undefined {
  const [name = '', version, ...others] = text.split(':')
  const isName = version !== undefined && others.length === 0 && /^[a-z0-9._/-]{1,64}$/.test(name)
  return isName && /^[a-z0-9._/-]{1,64}$/.test(version) && !namesHost(name) ? { name, version } : undefined
}

/** Whether a text looks like a name of either kind, rather than like a path. */
export function looksNamed(text: string): boolean {
  return /^[A-Za-z0-9][^:\s]*:[^:\s]+$/.test(text)
}

function namesHost(name: string): boolean {
  const [first = ''] = name.split('/')
  return name.includes('/') && HOST.test(first)
}

/** The repository that a name stands for. @throws LILYPAD_BAD_REFERENCE */
export function parseReference(text: string): ModuleReference {
  const [name = '', ref = '', ...others] = text.split(':')
  const long = name.includes('/') ? name : `${SHORT}${name}`
  const path = long.replace(/^https?:\/\//, '').split('/')
  const [host = '', ...parts] = path
  const isGood =
    name !== '' &&
    others.length === 0 &&
    REF.test(ref) &&
    HOST.test(host) &&
    parts.length >= 2 &&
    parts.length <= 5 &&
    parts.every(part => PART.test(part))
  if (!isGood)
    throw new LilypadError(
      'LILYPAD_BAD_REFERENCE',
      `"${text.slice(0, 100)}" names no module: write cowsay:v0.0.4 or github.com/user/repo:ref`
    )
  return { name: text, url: `https://${path.join('/')}`, path, ref }
}
