/**
 * Finds the node's key: from the environment, else from the keystore in its data folder, which is made at the first
 * start. Where no password is configured a random one is made and kept beside the key: that protects copies of the key
 * file alone, not the folder; for more, set a password before the first start.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { isHex } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { decryptKey, encryptKey } from './keystore.ts'

/** Codes of finding a key. */
export type KeyErrorCode = 'KEY_INVALID' | 'KEY_PASSWORD_MISSING' | 'KEY_FILE_UNUSABLE'

/** The keystore, in the data folder. */
export const KEY_FILE = 'key.json'

/** The password that was made because none was configured, beside the keystore. */
export const PASSWORD_FILE = 'key.password'

/** Where a key may come from. */
export interface KeyInit {
  readonly dataDir: string
  /** Read: LILYNODE_PRIVATE_KEY (0x and 64 hex digits, used instead of a file), LILYNODE_PASSWORD. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** A file whose first line is the password; before the environment's. */
  readonly passwordFile?: string
}

/** A key, and where it was found. */
export interface LoadedKey {
  /** 32 bytes. */
  readonly privateKey: Uint8Array
  readonly source: 'environment' | 'file' | 'created'
}

/**
 * The node's key; made and written when there is none yet.
 *
 * @throws LilyError KEY_INVALID for an unusable LILYNODE_PRIVATE_KEY, KEY_PASSWORD_MISSING, KEY_PASSWORD_WRONG,
 *   KEY_FILE_CORRUPT, KEY_FILE_UNUSABLE
 */
export async function loadKey(init: KeyInit): Promise<LoadedKey> {
  const fromEnv = init.env.LILYNODE_PRIVATE_KEY
  if (fromEnv !== undefined && fromEnv !== '') return { privateKey: parseKey(fromEnv), source: 'environment' }

  const file = join(init.dataDir, KEY_FILE)
  const json = await readIfThere(file)
  if (json === undefined) return createKey(init, file)
  const password = await configuredPassword(init)
  if (password === undefined) {
    const message = `${file} needs its password: set LILYNODE_PASSWORD or name a password file`
    throw new LilyError<KeyErrorCode>('KEY_PASSWORD_MISSING', message, { details: { file } })
  }
  return { privateKey: await decryptKey(json, password), source: 'file' }
}

/** A new random private key, 32 bytes. */
export function randomKey(): Uint8Array {
  return secp256k1.utils.randomSecretKey()
}

async function createKey(init: KeyInit, file: string): Promise<LoadedKey> {
  const privateKey = randomKey()
  await makeFolder(init.dataDir)
  let password = await configuredPassword(init)
  if (password === undefined) {
    password = randomBytes(24).toString('base64url')
    await writeSecret(join(init.dataDir, PASSWORD_FILE), `${password}\n`)
  }
  await writeSecret(file, await encryptKey(privateKey, password))
  return { privateKey, source: 'created' }
}

async function configuredPassword(init: KeyInit): Promise<string | undefined> {
  if (init.passwordFile !== undefined) {
    const text = await readIfThere(init.passwordFile)
    if (text !== undefined) return firstLine(text)
    throw unusable(init.passwordFile, 'it does not exist')
  }
  const fromEnv = init.env.LILYNODE_PASSWORD
  if (fromEnv !== undefined && fromEnv !== '') return fromEnv
  const made = await readIfThere(join(init.dataDir, PASSWORD_FILE))
  return made === undefined ? undefined : firstLine(made)
}

function parseKey(text: string): Uint8Array {
  const trimmed = text.trim().toLowerCase()
  const hex = trimmed.startsWith('0x') ? trimmed : `0x${trimmed}`
  const bytes = isHex(hex, 32) ? Uint8Array.from(Buffer.from(hex.slice(2), 'hex')) : undefined
  if (bytes !== undefined && secp256k1.utils.isValidSecretKey(bytes)) return bytes
  // The text is a secret, so the message must not show it.
  throw new LilyError<KeyErrorCode>(
    'KEY_INVALID',
    'LILYNODE_PRIVATE_KEY is not 0x and the 64 hex digits of a private key'
  )
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? ''
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw unusable(file, error)
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unusable(folder, error)
  }
}

/** For the owner's eyes only, and never half written: a crash leaves the old file or the new. */
async function writeSecret(file: string, text: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`
  try {
    await writeFile(partial, text, { flag: 'wx', mode: 0o600, flush: true })
    await rename(partial, file)
    const folder = await open(dirname(file))
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    await rm(partial, { force: true })
    throw unusable(file, error)
  }
}

function unusable(file: string, cause: unknown): LilyError<KeyErrorCode> {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new LilyError<KeyErrorCode>('KEY_FILE_UNUSABLE', `cannot use ${file}: ${reason}`, { details: { file }, cause })
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
