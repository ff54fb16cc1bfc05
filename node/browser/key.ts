/**
 * The session key: made in the page, kept in its IndexedDB, never sent anywhere. A wallet funds it, so that a job needs no
 * further prompt. Whoever can run script on this origin can take it: it is for what its owner would carry in a pocket.
 */
import { fromHex, isHex, toHex } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { createPrivateKey, isPrivateKey, SessionSigner } from './signer.ts'
import { openDatabase } from './store/database.ts'
import { IdbStore } from './store/idb-store.ts'

const DATABASE = 'lilynode-key'
const KEY = 'session'

/** How an exported key's file begins, so that nobody takes it for something harmless. */
interface KeyFile {
  readonly kind: 'lilynode session key'
  readonly account: string
  readonly privateKey: string
}

/** The key of this browser; a fresh one where there is none. */
export async function loadSessionKey(): Promise<Uint8Array> {
  return withStore(async store => {
    const kept = await store.get(KEY)
    if (kept !== undefined && isPrivateKey(kept)) return kept
    const fresh = createPrivateKey()
    await store.put(KEY, fresh)
    return fresh
  })
}

/** Replaces the key of this browser; the one before is gone unless it was exported. */
export async function keepSessionKey(privateKey: Uint8Array): Promise<void> {
  await withStore(store => store.put(KEY, privateKey))
}

/** A key as the text of a file. */
export function formatKeyFile(privateKey: Uint8Array): string {
  const { account } = new SessionSigner(privateKey)
  const file: KeyFile = { kind: 'lilynode session key', account, privateKey: toHex(privateKey) }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

/** A key from the text of a file, or from bare hex. @throws LilyError KEY_BAD_FILE */
export function parseKeyFile(text: string): Uint8Array {
  const hex = hexOf(text.trim())
  if (!isHex(hex, 32) || !isPrivateKey(fromHex(hex)))
    throw new LilyError('KEY_BAD_FILE', 'this is no exported session key and no private key of 32 bytes in hex')
  return fromHex(hex)
}

function hexOf(text: string): unknown {
  if (/^(0x)?[0-9a-f]{64}$/i.test(text)) return `0x${text.replace(/^0x/i, '').toLowerCase()}`
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null && 'privateKey' in json ? json.privateKey : undefined
  } catch {
    return undefined
  }
}

async function withStore<T>(work: (store: IdbStore) => Promise<T>): Promise<T> {
  const database = await openDatabase(DATABASE)
  try {
    return await work(new IdbStore(database))
  } finally {
    database.close()
  }
}
