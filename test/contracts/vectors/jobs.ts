// Vectors of what contracts and nodes must write alike: the block of a job that a contract asked for, and the directory of
// its result. Written by the libraries of dag-cbor and dag-pb, not with the code under test.
import * as dagCbor from '@ipld/dag-cbor'
import * as dagPb from '@ipld/dag-pb'
import { hexlify, sha256, toUtf8Bytes } from 'ethers'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { bytes32, decimal } from './seeded.ts'

const SHA2_256 = 0x12
const DAG_PB = 0x70
const RAW = 0x55
/** UnixFS data of a directory: a type of 1, and no more. */
const DIRECTORY = Uint8Array.of(0x08, 0x01)

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.slice(2), 'hex'))
const cidOf = (code: number, digest: string): CID => CID.createV1(code, Digest.create(SHA2_256, bytesOf(digest)))

const CASES: readonly (readonly [what: string, nonce: bigint, inputs: readonly (readonly [string, string])[]])[] = [
  ['no inputs', 1n, []],
  ['one input', 2n, [['Message', 'hello lilypad']]],
  ['a value with the sign that separates', 10n, [['Message', 'a=b=c']]],
  [
    'names in the order of dag-cbor',
    987_654_321n,
    [
      ['z', '1'],
      ['aa', '2'],
      ['ab', ''],
      ['Message', 'x']
    ]
  ],
  ['a value of 23 bytes', 1n, [['a', 'x'.repeat(23)]]],
  ['a value of 24 bytes', 1n, [['a', 'x'.repeat(24)]]],
  ['a value of 255 bytes', 1n, [['a', 'x'.repeat(255)]]],
  ['a value of 256 bytes', 1n, [['a', 'x'.repeat(256)]]],
  ['a long value in another script', 2n ** 64n - 1n, [['text', 'ಠ_ಠ 🐸 '.repeat(300)]]],
  ['a name of 32 bytes, and its neighbour', 3n, ['a', 'b'].map(last => [`${'n'.repeat(31)}${last}`, last] as const)],
  [
    'as many inputs as there may be',
    4n,
    Array.from({ length: 23 }, (_, i) => [`in${String(i).padStart(2, '0')}`, `${i}`])
  ]
]

/** `job.json`. */
export function jobVectors() {
  const cases = CASES.map(([what, nonce, inputs]) => {
    const module = bytes32(`job.${what}`)
    const salt = nonce.toString()
    const values = Object.fromEntries(inputs)
    const block = dagCbor.encode({ v: 1, module: cidOf(DAG_PB, module), values, files: {}, salt })
    const named = inputs.map(([name, value]) => ({ name, value: hexlify(toUtf8Bytes(value)) }))
    return { what, module, nonce: decimal(nonce), count: inputs.length, inputs: named, digest: sha256(block) }
  })
  return { cases }
}

const FILES = { exitCode: '42', stderr: '', stdout: 'hello lilypad\n' } as const

/** `directory.json`: a result whose files are of one chunk, and one whose output is of more. */
export function directoryVectors() {
  const link = (name: string, code: number, digest: string, size: number) =>
    dagPb.createLink(name, size, cidOf(code, digest))
  const empty = sha256(dagPb.encode({ Data: DIRECTORY, Links: [] }))
  const fileLink = (name: keyof typeof FILES) =>
    link(name, RAW, sha256(toUtf8Bytes(FILES[name])), toUtf8Bytes(FILES[name]).length)
  const directoryOf = (stdout: dagPb.PBLink) => {
    const links = [fileLink('exitCode'), link('outputs', DAG_PB, empty, 4), fileLink('stderr'), stdout]
    const block = dagPb.encode({ Data: DIRECTORY, Links: links })
    return { block: hexlify(block), root: sha256(block) }
  }
  const files = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [name, hexlify(toUtf8Bytes(text))]))
  return {
    files,
    small: directoryOf(fileLink('stdout')),
    large: directoryOf(link('stdout', DAG_PB, bytes32('directory.stdout'), 2_097_300)),
    bare: { block: hexlify(dagPb.encode({ Data: DIRECTORY, Links: [] })), root: empty }
  }
}
