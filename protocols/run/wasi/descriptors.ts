/** Open descriptors of the guest: what each is, and the table that numbers them. */
import { MAX_DESCRIPTORS } from './abi.ts'
import { ERRNO, fail } from './errno.ts'
import type { DirectoryNode, FileNode, TreeNode } from './tree.ts'

/** stdout or stderr. */
export interface LogDescriptor {
  readonly kind: 'log'
  /** Appends to the log. @throws EndOfRun when the log is full */
  write(bytes: Uint8Array): void
  flags: number
}

/** An open file. */
export interface FileDescriptor {
  readonly kind: 'file'
  readonly file: FileNode
  readonly canRead: boolean
  readonly canWrite: boolean
  rights: bigint
  flags: number
  offset: bigint
}

/** An open directory. */
export interface DirectoryDescriptor {
  readonly kind: 'directory'
  readonly directory: DirectoryNode
  /** The directory given at the start beyond which no path leads. */
  readonly root: DirectoryNode
  /** Set on those given at the start: the path that the guest knows it by. */
  readonly preopenedAs: Uint8Array | undefined
  rights: bigint
  inheriting: bigint
  flags: number
  /** The listing that fd_readdir goes through: taken at its first call, so that removing entries skips none. */
  listing: readonly (readonly [name: string, node: TreeNode])[]
}

/** Anything open. */
export type Descriptor = LogDescriptor | FileDescriptor | DirectoryDescriptor

/** The table of open descriptors. The lowest free number is taken, as POSIX wants it. */
export class DescriptorTable {
  readonly #open: (Descriptor | undefined)[] = []

  /** Opens a descriptor. @throws CallError tooManyDescriptors */
  open(descriptor: Descriptor): number {
    const free = this.#open.indexOf(undefined)
    const number = free === -1 ? this.#open.length : free
    if (number >= MAX_DESCRIPTORS) fail(ERRNO.tooManyDescriptors)
    this.#open[number] = descriptor
    if (descriptor.kind === 'file') descriptor.file.retain()
    return number
  }

  /** @throws CallError badDescriptor */
  get(number: number): Descriptor {
    return this.#open[number >>> 0] ?? fail(ERRNO.badDescriptor)
  }

  /** @throws CallError badDescriptor; notDirectory when it is something else */
  directory(number: number): DirectoryDescriptor {
    const descriptor = this.get(number)
    return descriptor.kind === 'directory' ? descriptor : fail(ERRNO.notDirectory)
  }

  /** @throws CallError badDescriptor when closed; for what is not a file, isDirectory or notSeekable */
  file(number: number): FileDescriptor {
    const descriptor = this.get(number)
    if (descriptor.kind === 'file') return descriptor
    return fail(descriptor.kind === 'directory' ? ERRNO.isDirectory : ERRNO.notSeekable)
  }

  /** @throws CallError badDescriptor */
  close(number: number): void {
    const descriptor = this.get(number)
    this.#open[number >>> 0] = undefined
    if (descriptor.kind === 'file') descriptor.file.release()
  }

  /** Moves a descriptor onto the number of another, which is closed. @throws CallError badDescriptor */
  renumber(from: number, to: number): void {
    const moved = this.get(from)
    this.get(to)
    if (from >>> 0 === to >>> 0) return
    this.close(to)
    this.#open[to >>> 0] = moved
    this.#open[from >>> 0] = undefined
  }
}
