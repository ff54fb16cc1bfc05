/**
 * Web3 secret storage, version 3: a private key encrypted with a password, in the form that geth, MetaMask and ethers
 * read. Native scrypt and AES, since the pure JavaScript ones take seconds.
 *
 * @see https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage
 */
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { accountOfPublicKey } from '../../protocols/core/account.ts'
import { concat } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { keccak256 } from '../../protocols/core/hash.ts'
import { publicKeyOf } from './signer.ts'

/** Codes of a key file. */
export type KeystoreErrorCode = 'KEY_FILE_CORRUPT' | 'KEY_PASSWORD_WRONG'

/** 64 MiB and about 0.2 s a guess: what a laptop can bear at each start. */
const SCRYPT = { n: 2 ** 16, r: 8, p: 1, dklen: 32 }

/** Memory that a stranger's key file may make us take. */
const MAX_SCRYPT_BYTES = 1024 * 1024 * 1024

const hex = (bytes: number) =>
  v.pipe(
    v.string(),
    v.regex(/^(0x)?[0-9a-fA-F]*$/),
    v.transform(text => Buffer.from(text.replace(/^0x/, ''), 'hex')),
    v.check(found => bytes === 0 || found.length === bytes)
  )
const count = v.pipe(v.number(), v.integer(), v.minValue(1))

const KEYSTORE = v.object({
  version: v.literal(3),
  crypto: v.intersect([
    v.object({
      cipher: v.literal('aes-128-ctr'),
      cipherparams: v.object({ iv: hex(16) }),
      ciphertext: hex(32),
      mac: hex(32)
    }),
    v.variant('kdf', [
      v.object({
        kdf: v.literal('scrypt'),
        kdfparams: v.object({ n: count, r: count, p: count, dklen: v.literal(32), salt: hex(0) })
      }),
      v.object({
        kdf: v.literal('pbkdf2'),
        kdfparams: v.object({ c: count, prf: v.literal('hmac-sha256'), dklen: v.literal(32), salt: hex(0) })
      })
    ])
  ])
})

/** The JSON text of a key under a password. */
export async function encryptKey(privateKey: Uint8Array, password: string): Promise<string> {
  const salt = randomBytes(32)
  const iv = randomBytes(16)
  const derived = await scryptAsync(password.normalize('NFKC'), salt, SCRYPT)
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const ciphertext = Buffer.concat([cipher.update(privateKey), cipher.final()])
  const keystore = {
    version: 3,
    id: randomUUID(),
    address: accountOfPublicKey(publicKeyOf(privateKey)).slice(2),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: iv.toString('hex') },
      ciphertext: ciphertext.toString('hex'),
      kdf: 'scrypt',
      kdfparams: { ...SCRYPT, salt: salt.toString('hex') },
      mac: macOf(derived, ciphertext).toString('hex')
    }
  }
  return `${JSON.stringify(keystore, undefined, 2)}\n`
}

/**
 * The private key, 32 bytes.
 *
 * @throws LilyError KEY_FILE_CORRUPT when the text is no version 3 keystore, KEY_PASSWORD_WRONG
 */
export async function decryptKey(json: string, password: string): Promise<Uint8Array> {
  const { crypto } = parse(json)
  const derived = await derive(crypto, password.normalize('NFKC')).catch((cause: unknown) => corrupt(cause))
  if (!timingSafeEqual(macOf(derived, crypto.ciphertext), crypto.mac)) {
    throw new LilyError<KeystoreErrorCode>('KEY_PASSWORD_WRONG', 'the password does not open the key file')
  }
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), crypto.cipherparams.iv)
  return Uint8Array.from(Buffer.concat([decipher.update(crypto.ciphertext), decipher.final()]))
}

type Crypto = v.InferOutput<typeof KEYSTORE>['crypto']

function derive(crypto: Crypto, password: string): Promise<Buffer> {
  if (crypto.kdf === 'scrypt') return scryptAsync(password, crypto.kdfparams.salt, crypto.kdfparams)
  return pbkdf2Async(password, crypto.kdfparams.salt, crypto.kdfparams.c, crypto.kdfparams.dklen, 'sha256')
}

function parse(json: string): v.InferOutput<typeof KEYSTORE> {
  let cause: unknown
  try {
    const parsed = v.safeParse(KEYSTORE, lowerCaseKeys(JSON.parse(json)))
    if (parsed.success) return parsed.output
    cause = new v.ValiError(parsed.issues)
  } catch (error) {
    cause = error
  }
  return corrupt(cause)
}

function corrupt(cause: unknown): never {
  throw new LilyError<KeystoreErrorCode>('KEY_FILE_CORRUPT', 'the key file is not a version 3 keystore', { cause })
}

/** Some wallets write `Crypto`. */
function lowerCaseKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), lowerCaseKeys(inner)]))
}

function macOf(derived: Buffer, ciphertext: Uint8Array): Buffer {
  return Buffer.from(keccak256(concat(derived.subarray(16, 32), ciphertext)))
}

const pbkdf2Async = promisify(pbkdf2)

function scryptAsync(
  password: string,
  salt: Uint8Array,
  cost: { readonly n: number; readonly r: number; readonly p: number; readonly dklen: number }
): Promise<Buffer> {
  const options = { N: cost.n, r: cost.r, p: cost.p, maxmem: MAX_SCRYPT_BYTES }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, cost.dklen, options, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
