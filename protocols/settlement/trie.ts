/**
 * Ethereum's Merkle-Patricia trie over a list, as a header's receiptsRoot commits to a block's receipts: built by whoever makes a
 * proof, walked by whoever checks one. The walk trusts no node that its parent's hash does not name.
 *
 * @see https://ethereum.org/developers/docs/data-structures-and-encoding/patricia-merkle-trie/
 */
import { type Bytes32, toHex } from '../core/bytes.ts'
import { LilyError } from '../core/errors.ts'
import { keccak256 } from '../core/hash.ts'
import { decodeRlp, encodeRlp, type Rlp, rlpNumber } from '../core/rlp.ts'

const EMPTY = new Uint8Array(0)

/** Nodes shorter than this lie in their parents. */
const HASH_BYTES = 32

/** A trie that was built: its root, and every node by its hash. */
export interface ListTrie {
  readonly root: Bytes32
  readonly nodes: ReadonlyMap<Bytes32, Uint8Array>
}

interface Entry {
  readonly path: readonly number[]
  readonly value: Uint8Array
}

/** The trie of a list; the key of an item is the RLP of its index. */
export function trieOf(values: readonly Uint8Array[]): ListTrie {
  const nodes = new Map<Bytes32, Uint8Array>()
  const keep = (node: Rlp): Rlp => {
    const bytes = encodeRlp(node)
    if (bytes.length < HASH_BYTES) return node
    const hash = keccak256(bytes)
    nodes.set(toHex(hash), bytes)
    return hash
  }
  const build = (entries: readonly Entry[], depth: number): Rlp => {
    const [first] = entries
    if (first === undefined) return EMPTY
    if (entries.length === 1) return [hexPrefix(first.path.slice(depth), true), first.value]
    const shared = sharedFrom(entries, depth)
    if (shared > 0)
      return [hexPrefix(first.path.slice(depth, depth + shared), false), keep(build(entries, depth + shared))]
    const children = Array.from({ length: 16 }, (_, nibble) => {
      const below = entries.filter(({ path }) => path[depth] === nibble)
      return below.length === 0 ? EMPTY : keep(build(below, depth + 1))
    })
    return [...children, entries.find(({ path }) => path.length === depth)?.value ?? EMPTY]
  }
  const rootNode = encodeRlp(
    build(
      values.map((value, index) => ({ path: pathOf(index), value })),
      0
    )
  )
  const root = toHex(keccak256(rootNode))
  nodes.set(root, rootNode)
  return { root, nodes }
}

/** The nodes on the way to an item, root first: its proof. @throws TRIE_BAD_PROOF when there is no such item */
export function proveItem({ root, nodes }: ListTrie, index: number): Uint8Array[] {
  const way: Uint8Array[] = []
  walk(root, index, hash => {
    const node = nodes.get(hash)
    if (node !== undefined) way.push(node)
    return node
  })
  return way
}

/** The item that a proof proves under a root. @throws TRIE_BAD_PROOF */
export function itemOf(root: Bytes32, index: number, proof: readonly Uint8Array[]): Uint8Array {
  const nodes = new Map(proof.map(node => [toHex(keccak256(node)), node]))
  return walk(root, index, hash => nodes.get(hash))
}

function walk(root: Bytes32, index: number, nodeOf: (hash: Bytes32) => Uint8Array | undefined): Uint8Array {
  const path = pathOf(index)
  let at = 0
  let reference: Rlp = resolve(root, nodeOf)
  for (;;) {
    if (reference instanceof Uint8Array) {
      if (reference.length !== HASH_BYTES) throw badProof('leads nowhere')
      reference = resolve(toHex(reference), nodeOf)
      continue
    }
    if (reference.length === 17) {
      if (at === path.length) return itemIn(reference[16])
      reference = reference[path[at++] ?? 16] ?? EMPTY
      continue
    }
    const [prefix, next]: readonly Rlp[] = reference
    if (reference.length !== 2 || !(prefix instanceof Uint8Array) || next === undefined)
      throw badProof('has a bad node')
    const { nibbles, isLeaf } = parsePrefix(prefix)
    if (nibbles.some((nibble, i) => path[at + i] !== nibble)) throw badProof('leads to another item')
    at += nibbles.length
    if (isLeaf) {
      if (at !== path.length) throw badProof('leads to another item')
      return itemIn(next)
    }
    reference = next
  }
}

function resolve(hash: Bytes32, nodeOf: (hash: Bytes32) => Uint8Array | undefined): readonly Rlp[] {
  const bytes = nodeOf(hash)
  const node = bytes === undefined ? undefined : decodeRlp(bytes)
  if (node === undefined || node instanceof Uint8Array) throw badProof('lacks a node')
  return node
}

function itemIn(value: Rlp | undefined): Uint8Array {
  if (value instanceof Uint8Array && value.length > 0) return value
  throw badProof('leads to nothing')
}

function pathOf(index: number): number[] {
  return [...encodeRlp(rlpNumber(BigInt(index)))].flatMap(byte => [byte >> 4, byte & 15])
}

function sharedFrom(entries: readonly Entry[], depth: number): number {
  const [first] = entries
  let shared = 0
  for (;;) {
    const nibble = first?.path[depth + shared]
    if (nibble === undefined || entries.some(({ path }) => path[depth + shared] !== nibble)) return shared
    shared++
  }
}

/** Nibbles as bytes, with what they lead to in the first. */
function hexPrefix(nibbles: readonly number[], isLeaf: boolean): Uint8Array {
  const isOdd = nibbles.length % 2 === 1
  const flag = (isLeaf ? 2 : 0) + (isOdd ? 1 : 0)
  const all = isOdd ? [flag, ...nibbles] : [flag, 0, ...nibbles]
  return Uint8Array.from({ length: all.length / 2 }, (_, i) => ((all[2 * i] ?? 0) << 4) | (all[2 * i + 1] ?? 0))
}

function parsePrefix(prefix: Uint8Array): { nibbles: number[]; isLeaf: boolean } {
  const all = [...prefix].flatMap(byte => [byte >> 4, byte & 15])
  const flag = all[0] ?? 4
  if (flag > 3) throw badProof('has a bad node')
  return { nibbles: all.slice(flag % 2 === 1 ? 1 : 2), isLeaf: flag >= 2 }
}

function badProof(reason: string): LilyError<'TRIE_BAD_PROOF'> {
  return new LilyError('TRIE_BAD_PROOF', `the proof ${reason}`)
}
