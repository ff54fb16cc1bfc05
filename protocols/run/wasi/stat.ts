/** What descriptors are: fd_fdstat_get, fd_filestat_get, fd_readdir and the other calls about a descriptor itself. */
import {
  ALL_RIGHTS,
  DIRENT_BYTES,
  FD_FLAGS,
  FDSTAT_BYTES,
  FILE_TYPE,
  FILESTAT_BYTES,
  type FileType,
  PRESTAT_BYTES,
  STREAM_RIGHTS
} from './abi.ts'
import type { Descriptor, DirectoryDescriptor } from './descriptors.ts'
import { ERRNO, fail } from './errno.ts'
import type { Guest } from './guest.ts'
import { textBytes } from './names.ts'
import type { WasiCalls } from './signatures.ts'
import { DirectoryNode, type TreeNode } from './tree.ts'

type StatCalls = Pick<
  WasiCalls,
  | 'fd_advise'
  | 'fd_close'
  | 'fd_datasync'
  | 'fd_fdstat_get'
  | 'fd_fdstat_set_flags'
  | 'fd_fdstat_set_rights'
  | 'fd_filestat_get'
  | 'fd_filestat_set_times'
  | 'fd_prestat_dir_name'
  | 'fd_prestat_get'
  | 'fd_readdir'
  | 'fd_renumber'
  | 'fd_sync'
>

function typeOfNode(node: TreeNode): FileType {
  return node instanceof DirectoryNode ? FILE_TYPE.directory : FILE_TYPE.regularFile
}

function typeOfDescriptor(descriptor: Descriptor): FileType {
  switch (descriptor.kind) {
    case 'log':
      return FILE_TYPE.characterDevice
    case 'file':
      return FILE_TYPE.regularFile
    case 'directory':
      return FILE_TYPE.directory
  }
}

/** Writes a filestat: one link, no device, and no times, for those would tell machines apart. */
export function writeFilestat(view: DataView, node: TreeNode | undefined): void {
  for (let at = 0; at < FILESTAT_BYTES; at += 8) view.setBigUint64(at, 0n, true)
  view.setBigUint64(8, node?.inode ?? 0n, true)
  view.setUint8(16, node === undefined ? FILE_TYPE.characterDevice : typeOfNode(node))
  view.setBigUint64(24, 1n, true)
  if (node !== undefined && !(node instanceof DirectoryNode)) view.setBigUint64(32, BigInt(node.size), true)
}

function listing(fd: DirectoryDescriptor): [name: string, node: TreeNode][] {
  const up = fd.directory === fd.root ? fd.directory : (fd.directory.parent ?? fd.directory)
  return [['.', fd.directory], ['..', up], ...fd.directory.sorted()]
}

function direntOf(name: Uint8Array, node: TreeNode, next: number): Uint8Array {
  const entry = new Uint8Array(DIRENT_BYTES + name.length)
  const view = new DataView(entry.buffer)
  view.setBigUint64(0, BigInt(next), true)
  view.setBigUint64(8, node.inode, true)
  view.setUint32(16, name.length, true)
  view.setUint8(20, typeOfNode(node))
  entry.set(name, DIRENT_BYTES)
  return entry
}

function preopened(guest: Guest, fd: number): Uint8Array {
  const descriptor = guest.descriptors.get(fd)
  // libc asks one descriptor after the other until it is told that there are no more.
  if (descriptor.kind !== 'directory' || descriptor.preopenedAs === undefined) return fail(ERRNO.badDescriptor)
  return descriptor.preopenedAs
}

/** The calls about descriptors. */
export function statCalls(guest: Guest): StatCalls {
  const { descriptors, memory, meter } = guest
  const exists = (fd: number) => {
    descriptors.get(fd)
    return ERRNO.success
  }
  return {
    fd_advise: exists,
    fd_datasync: exists,
    fd_sync: exists,
    fd_filestat_set_times: exists,
    fd_close(fd) {
      descriptors.close(fd)
      return ERRNO.success
    },
    fd_renumber(from, to) {
      descriptors.renumber(from, to)
      return ERRNO.success
    },
    fd_fdstat_get(fd, resultAt) {
      const view = memory.view(resultAt, FDSTAT_BYTES)
      const descriptor = descriptors.get(fd)
      view.setUint8(0, typeOfDescriptor(descriptor))
      view.setUint8(1, 0)
      view.setUint16(2, descriptor.flags, true)
      view.setUint32(4, 0, true)
      view.setBigUint64(8, descriptor.kind === 'log' ? STREAM_RIGHTS : descriptor.rights, true)
      view.setBigUint64(16, descriptor.kind === 'directory' ? descriptor.inheriting : 0n, true)
      return ERRNO.success
    },
    fd_fdstat_set_flags(fd, flags) {
      const descriptor = descriptors.get(fd)
      if (flags >>> 0 > FD_FLAGS) fail(ERRNO.invalid)
      descriptor.flags = flags
      return ERRNO.success
    },
    fd_fdstat_set_rights(fd, base, inheriting) {
      const descriptor = descriptors.get(fd)
      const held = descriptor.kind === 'log' ? STREAM_RIGHTS : descriptor.rights
      const passed = descriptor.kind === 'directory' ? descriptor.inheriting : ALL_RIGHTS
      if ((BigInt.asUintN(64, base) & ~held) !== 0n) fail(ERRNO.notCapable)
      if ((BigInt.asUintN(64, inheriting) & ~passed) !== 0n) fail(ERRNO.notCapable)
      if (descriptor.kind !== 'log') descriptor.rights = BigInt.asUintN(64, base)
      if (descriptor.kind === 'directory') descriptor.inheriting = BigInt.asUintN(64, inheriting)
      return ERRNO.success
    },
    fd_filestat_get(fd, resultAt) {
      const view = memory.view(resultAt, FILESTAT_BYTES)
      const descriptor = descriptors.get(fd)
      if (descriptor.kind === 'log') writeFilestat(view, undefined)
      else writeFilestat(view, descriptor.kind === 'file' ? descriptor.file : descriptor.directory)
      return ERRNO.success
    },
    fd_prestat_get(fd, resultAt) {
      const view = memory.view(resultAt, PRESTAT_BYTES)
      const name = preopened(guest, fd)
      view.setUint32(0, 0, true)
      view.setUint32(4, name.length, true)
      return ERRNO.success
    },
    fd_prestat_dir_name(fd, pathAt, pathLength) {
      const path = memory.bytes(pathAt, pathLength)
      const name = preopened(guest, fd)
      if (path.length < name.length) fail(ERRNO.nameTooLong)
      path.set(name)
      return ERRNO.success
    },
    fd_readdir(fd, bufferAt, bufferLength, cookie, resultAt) {
      const setUsed = memory.cell32(resultAt)
      const buffer = memory.bytes(bufferAt, bufferLength)
      const descriptor = descriptors.directory(fd)
      const first = BigInt.asUintN(64, cookie)
      if (first === 0n) {
        descriptor.listing = listing(descriptor)
        meter.charge(BigInt(descriptor.listing.length))
      }
      if (first > BigInt(descriptor.listing.length)) fail(ERRNO.invalid)
      let used = 0
      // An entry that does not fit is cut: a full buffer tells the guest that there is more.
      for (let i = Number(first); i < descriptor.listing.length && used < buffer.length; i++) {
        const [name, node] = descriptor.listing[i] ?? fail(ERRNO.invalid)
        const entry = direntOf(textBytes(name), node, i + 1).subarray(0, buffer.length - used)
        meter.charge(BigInt(entry.length))
        buffer.set(entry, used)
        used += entry.length
      }
      setUsed(used)
      return ERRNO.success
    }
  }
}
