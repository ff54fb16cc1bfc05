/** The guest's files: directories and files in memory, counted against a quota so that a flood is the guest's ENOSPC. */
import { MAX_DEPTH } from './abi.ts'
import { ERRNO, fail } from './errno.ts'
import type { GuestPath } from './names.ts'

/** Numbers nodes in the order of their making, so that inode numbers are the same in every run. */
export type InodeSource = () => bigint

/** A counter of inode numbers. */
export function inodes(): InodeSource {
  let last = 0n
  return () => ++last
}

/** What a tree may still hold. */
export class Quota {
  #bytes: number
  #nodes: number

  constructor(bytes: number, nodes: number) {
    this.#bytes = bytes
    this.#nodes = nodes
  }

  get bytesLeft(): number {
    return this.#bytes
  }

  /** Takes bytes, or gives them back when negative. @throws CallError noSpace */
  takeBytes(count: number): void {
    if (count > this.#bytes) fail(ERRNO.noSpace)
    this.#bytes -= count
  }

  /** Takes a file or directory. @throws CallError noSpace */
  takeNode(): void {
    if (this.#nodes < 1) fail(ERRNO.noSpace)
    this.#nodes--
  }

  /** Gives a file or directory back. */
  returnNode(): void {
    this.#nodes++
  }
}

/** Files know of so many bytes at a time whether anybody has written to them. */
const CHUNK_BYTES = 65_536

/**
 * A file: bytes that grow in place. It lives while it has a name or is open. What nobody has written to is neither copied
 * nor wiped: a byte written far behind the end makes a large file at the price of a byte.
 */
export class FileNode {
  readonly inode: bigint
  readonly #quota: Quota | undefined
  #buffer: Uint8Array
  #size: number
  #references = 0
  /** Chunks with bytes that may not be 0; all others are. */
  readonly #written = new Set<number>()

  /** Without a quota the file is read-only: an input. */
  constructor(inode: bigint, quota?: Quota, content: Uint8Array = new Uint8Array()) {
    this.inode = inode
    this.#quota = quota
    this.#buffer = content
    this.#size = content.length
    if (quota !== undefined) this.#note(0, content.length)
  }

  get isReadOnly(): boolean {
    return this.#quota === undefined
  }

  get size(): number {
    return this.#size
  }

  /** The content, not copied. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#size)
  }

  /** Sets the size, with zeroes where it grows. @throws CallError noSpace, readOnly */
  resize(size: number): void {
    if (this.#quota === undefined) fail(ERRNO.readOnly)
    this.#quota.takeBytes(size - this.#size)
    if (size > this.#buffer.length) this.#move(size, size + this.#quota.bytesLeft)
    else if (size < this.#size) this.#wipe(size)
    this.#size = size
  }

  /** Twice as much room each time, so that a file that grows bit by bit is not copied for every bit. */
  #move(size: number, most: number): void {
    const grown = new Uint8Array(Math.max(size, Math.min(this.#buffer.length * 2, most), 256))
    for (const chunk of this.#written) {
      const at = chunk * CHUNK_BYTES
      grown.set(this.#buffer.subarray(at, at + CHUNK_BYTES), at)
    }
    this.#buffer = grown
  }

  #wipe(from: number): void {
    const first = Math.floor(from / CHUNK_BYTES)
    const count = Math.ceil(this.#size / CHUNK_BYTES) - first
    // Whichever are fewer: those that were written to, or those that go.
    const chunks = count < this.#written.size ? Array.from({ length: count }, (_, i) => first + i) : [...this.#written]
    for (const chunk of chunks) {
      if (chunk < first || !this.#written.has(chunk)) continue
      const at = chunk * CHUNK_BYTES
      this.#buffer.fill(0, Math.max(at, from), at + CHUNK_BYTES)
      if (at >= from) this.#written.delete(chunk)
    }
  }

  #note(offset: number, length: number): void {
    for (let chunk = Math.floor(offset / CHUNK_BYTES); chunk * CHUNK_BYTES < offset + length; chunk++)
      this.#written.add(chunk)
  }

  /** Makes room for and gives the bytes of a write. @throws CallError noSpace, readOnly */
  writable(offset: number, length: number): Uint8Array {
    if (this.isReadOnly) fail(ERRNO.readOnly)
    if (length > 0 && offset + length > this.#size) this.resize(offset + length)
    if (length > 0) this.#note(offset, length)
    return this.#buffer.subarray(offset, offset + length)
  }

  /** A name or a descriptor refers to the file. */
  retain(): void {
    this.#references++
  }

  /** One reference less; the last gives the bytes back. */
  release(): void {
    this.#references--
    if (this.#references > 0) return
    this.#quota?.takeBytes(-this.#size)
    this.#quota?.returnNode()
  }
}

/** A file or a directory. */
export type TreeNode = FileNode | DirectoryNode

/** A directory of a tree. All of a tree share one quota; without one the tree is read-only. */
export class DirectoryNode {
  readonly inode: bigint
  readonly quota: Quota | undefined
  readonly #nextInode: InodeSource
  readonly #entries = new Map<string, TreeNode>()
  /** Entries in order, once somebody has asked for them: kept so, for a guest may ask after each change. */
  #ordered: [name: string, node: TreeNode][] | undefined
  #parent: DirectoryNode | undefined

  constructor(nextInode: InodeSource, quota?: Quota, parent?: DirectoryNode) {
    this.inode = nextInode()
    this.quota = quota
    this.#nextInode = nextInode
    this.#parent = parent
  }

  get isReadOnly(): boolean {
    return this.quota === undefined
  }

  get parent(): DirectoryNode | undefined {
    return this.#parent
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  /** Directories above this one. */
  get depth(): number {
    let depth = 0
    for (let up = this.#parent; up !== undefined; up = up.#parent) depth++
    return depth
  }

  get(name: string): TreeNode | undefined {
    return this.#entries.get(name)
  }

  /** Entries in the order of their names' bytes. */
  sorted(): readonly [name: string, node: TreeNode][] {
    this.#ordered ??= [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1))
    return this.#ordered
  }

  #set(name: string, node: TreeNode): void {
    const isKnown = this.#entries.has(name)
    this.#entries.set(name, node)
    if (this.#ordered !== undefined) this.#ordered.splice(placeOf(this.#ordered, name), isKnown ? 1 : 0, [name, node])
  }

  #delete(name: string): void {
    const isKnown = this.#entries.delete(name)
    if (isKnown && this.#ordered !== undefined) this.#ordered.splice(placeOf(this.#ordered, name), 1)
  }

  /** Names a node here. */
  link(name: string, node: TreeNode): void {
    if (node instanceof DirectoryNode) node.#parent = this
    else node.retain()
    this.#set(name, node)
  }

  /** Takes a name away; what no descriptor holds any more is given back to the quota. */
  unlink(name: string): void {
    const node = this.#entries.get(name)
    this.#delete(name)
    if (node instanceof DirectoryNode) {
      node.#parent = undefined
      this.quota?.returnNode()
    } else {
      node?.release()
    }
  }

  /** Takes a name away while its node moves elsewhere in the tree. */
  detach(name: string): void {
    const node = this.#entries.get(name)
    this.#delete(name)
    // The quota does not change: a file's new name was linked before the old one goes.
    if (node instanceof FileNode) node.release()
  }

  /** Makes an empty file. @throws CallError readOnly, noSpace */
  createFile(name: string): FileNode {
    if (this.quota === undefined) fail(ERRNO.readOnly)
    this.quota.takeNode()
    const file = new FileNode(this.#nextInode(), this.quota)
    this.link(name, file)
    return file
  }

  /** Makes an empty directory. @throws CallError readOnly, noSpace, nameTooLong when too deep */
  createDirectory(name: string): DirectoryNode {
    if (this.quota === undefined) fail(ERRNO.readOnly)
    if (this.depth >= MAX_DEPTH) fail(ERRNO.nameTooLong)
    this.quota.takeNode()
    const directory = new DirectoryNode(this.#nextInode, this.quota, this)
    this.link(name, directory)
    return directory
  }

  /** Puts an input in place, with the directories above it. */
  plant(path: string, content: Uint8Array): void {
    const parts = path.split('/')
    const name = parts.pop() ?? ''
    let at: DirectoryNode = this
    for (const part of parts) {
      const next = at.get(part)
      if (next instanceof DirectoryNode) {
        at = next
      } else {
        const made = new DirectoryNode(this.#nextInode, undefined, at)
        at.link(part, made)
        at = made
      }
    }
    at.link(name, new FileNode(this.#nextInode(), undefined, content))
  }
}

/** Where a name is in a list that is in order, or would be. */
function placeOf(ordered: readonly (readonly [name: string, node: TreeNode])[], name: string): number {
  let [low, high] = [0, ordered.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ordered[middle]?.[0] ?? '') < name) low = middle + 1
    else high = middle
  }
  return low
}

/** Where a path leads: a directory and a name in it, taken or not; the name is empty when the path is the directory. */
export interface Place {
  readonly directory: DirectoryNode
  readonly name: string
  readonly node: TreeNode | undefined
}

/**
 * Walks a path from a directory; `root` is the top beyond which no `..` leads.
 *
 * @throws CallError noEntry, notDirectory, notCapable
 */
export function walk(root: DirectoryNode, from: DirectoryNode, path: GuestPath): Place {
  let at = from
  for (const [index, part] of path.parts.entries()) {
    const isLast = index === path.parts.length - 1
    if (part === '..') {
      if (at === root) fail(ERRNO.notCapable)
      at = at.parent ?? fail(ERRNO.noEntry)
      continue
    }
    const next = at.get(part)
    if (isLast) {
      if (path.isDirectory && next instanceof FileNode) fail(ERRNO.notDirectory)
      return { directory: at, name: part, node: next }
    }
    if (next === undefined) fail(ERRNO.noEntry)
    if (next instanceof FileNode) fail(ERRNO.notDirectory)
    at = next
  }
  return { directory: at, name: '', node: at }
}
