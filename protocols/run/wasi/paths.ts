/** The calls that take a path. Links do not exist here: no path can mean anything but what it says. */
import { FD_FLAGS, FILESTAT_BYTES, MAX_DEPTH, OPEN, RIGHT } from './abi.ts'
import type { DirectoryDescriptor } from './descriptors.ts'
import { ERRNO, fail } from './errno.ts'
import type { Guest } from './guest.ts'
import { parsePath } from './names.ts'
import type { WasiCalls } from './signatures.ts'
import { writeFilestat } from './stat.ts'
import { DirectoryNode, FileNode, type Place, type TreeNode, walk } from './tree.ts'

type PathCalls = Pick<
  WasiCalls,
  | 'path_create_directory'
  | 'path_filestat_get'
  | 'path_filestat_set_times'
  | 'path_link'
  | 'path_open'
  | 'path_readlink'
  | 'path_remove_directory'
  | 'path_rename'
  | 'path_symlink'
  | 'path_unlink_file'
>

interface Found extends Place {
  readonly from: DirectoryDescriptor
  readonly isDirectoryPath: boolean
}

function find(guest: Guest, fd: number, pathAt: number, pathLength: number): Found {
  const bytes = guest.memory.bytes(pathAt, pathLength)
  guest.meter.chargeBytes(bytes.length)
  const from = guest.descriptors.directory(fd)
  const path = parsePath(bytes)
  return { ...walk(from.root, from.directory, path), from, isDirectoryPath: path.isDirectory }
}

function existing(found: Found): TreeNode {
  return found.node ?? fail(ERRNO.noEntry)
}

/** @throws CallError when the place cannot be changed: read-only, or the directory itself */
function checkChangeable(found: Found): void {
  if (found.directory.isReadOnly) fail(ERRNO.readOnly)
  if (found.name === '') fail(ERRNO.invalid)
}

function openFile(guest: Guest, found: Found, flags: number, rights: bigint, fdFlags: number): number {
  const wantsWrite = (rights & RIGHT.write) !== 0n || (flags & OPEN.truncate) !== 0
  let { node } = found
  if (node === undefined) {
    if ((flags & OPEN.create) === 0) fail(ERRNO.noEntry)
    if (found.isDirectoryPath || (flags & OPEN.directory) !== 0) fail(ERRNO.isDirectory)
    checkChangeable(found)
    node = found.directory.createFile(found.name)
  }
  if (!(node instanceof FileNode)) return fail(ERRNO.isDirectory)
  if (wantsWrite && node.isReadOnly) fail(ERRNO.readOnly)
  if ((flags & OPEN.truncate) !== 0) node.resize(0)
  return guest.descriptors.open({
    kind: 'file',
    file: node,
    canRead: (rights & RIGHT.read) !== 0n,
    canWrite: (rights & RIGHT.write) !== 0n,
    rights,
    flags: fdFlags,
    offset: 0n
  })
}

function openDirectory(guest: Guest, from: DirectoryDescriptor, directory: DirectoryNode, inheriting: bigint): number {
  return guest.descriptors.open({
    kind: 'directory',
    directory,
    root: from.root,
    preopenedAs: undefined,
    rights: from.rights,
    inheriting: inheriting & from.inheriting,
    flags: 0,
    listing: []
  })
}

function isWithin(directory: DirectoryNode, ancestor: TreeNode): boolean {
  for (let at: DirectoryNode | undefined = directory; at !== undefined; at = at.parent) if (at === ancestor) return true
  return false
}

/** Levels of folders in a folder, itself included; every entry that is looked at costs gas. */
function levels(guest: Guest, node: TreeNode): number {
  if (!(node instanceof DirectoryNode)) return 0
  const entries = node.sorted()
  guest.meter.charge(BigInt(entries.length))
  return 1 + entries.reduce((most, [, entry]) => Math.max(most, levels(guest, entry)), 0)
}

/** Clears the way for a rename. @throws CallError as rename(2) names them */
function checkReplaceable(source: TreeNode, target: TreeNode | undefined): void {
  if (target === undefined) return
  if (target instanceof DirectoryNode) {
    if (!(source instanceof DirectoryNode)) fail(ERRNO.isDirectory)
    if (!target.isEmpty) fail(ERRNO.notEmpty)
  } else if (source instanceof DirectoryNode) {
    fail(ERRNO.notDirectory)
  }
}

/** The calls about paths. */
export function pathCalls(guest: Guest): PathCalls {
  const { memory } = guest
  return {
    path_open(fd, _lookup, pathAt, pathLength, flags, rightsBase, rightsInheriting, fdFlags, resultAt) {
      const setDescriptor = memory.cell32(resultAt)
      if (fdFlags >>> 0 > FD_FLAGS) fail(ERRNO.invalid)
      const found = find(guest, fd, pathAt, pathLength)
      const rights = BigInt.asUintN(64, rightsBase) & found.from.inheriting
      const isExclusive = (flags & OPEN.create) !== 0 && (flags & OPEN.exclusive) !== 0
      if (found.node !== undefined && isExclusive) fail(ERRNO.exists)
      if (found.node instanceof DirectoryNode) {
        if ((flags & OPEN.truncate) !== 0 || (rights & RIGHT.write) !== 0n) fail(ERRNO.isDirectory)
        const inheriting = BigInt.asUintN(64, rightsInheriting)
        setDescriptor(openDirectory(guest, found.from, found.node, inheriting))
        return ERRNO.success
      }
      if ((flags & OPEN.directory) !== 0 && found.node !== undefined) fail(ERRNO.notDirectory)
      setDescriptor(openFile(guest, found, flags, rights, fdFlags))
      return ERRNO.success
    },
    path_create_directory(fd, pathAt, pathLength) {
      const found = find(guest, fd, pathAt, pathLength)
      if (found.node !== undefined) fail(ERRNO.exists)
      checkChangeable(found)
      found.directory.createDirectory(found.name)
      return ERRNO.success
    },
    path_filestat_get(fd, _lookup, pathAt, pathLength, resultAt) {
      const view = memory.view(resultAt, FILESTAT_BYTES)
      writeFilestat(view, existing(find(guest, fd, pathAt, pathLength)))
      return ERRNO.success
    },
    path_filestat_set_times(fd, _lookup, pathAt, pathLength) {
      existing(find(guest, fd, pathAt, pathLength))
      return ERRNO.success
    },
    path_remove_directory(fd, pathAt, pathLength) {
      const found = find(guest, fd, pathAt, pathLength)
      const node = existing(found)
      checkChangeable(found)
      if (!(node instanceof DirectoryNode)) return fail(ERRNO.notDirectory)
      if (!node.isEmpty) fail(ERRNO.notEmpty)
      found.directory.unlink(found.name)
      return ERRNO.success
    },
    path_unlink_file(fd, pathAt, pathLength) {
      const found = find(guest, fd, pathAt, pathLength)
      const node = existing(found)
      checkChangeable(found)
      if (node instanceof DirectoryNode) fail(ERRNO.isDirectory)
      found.directory.unlink(found.name)
      return ERRNO.success
    },
    path_rename(fd, pathAt, pathLength, newFd, newPathAt, newPathLength) {
      const from = find(guest, fd, pathAt, pathLength)
      const to = find(guest, newFd, newPathAt, newPathLength)
      const node = existing(from)
      checkChangeable(from)
      checkChangeable(to)
      if (from.directory.quota !== to.directory.quota) fail(ERRNO.crossDevice)
      if (node === to.node) return ERRNO.success
      if (to.isDirectoryPath && node instanceof FileNode) fail(ERRNO.notDirectory)
      if (isWithin(to.directory, node)) fail(ERRNO.invalid)
      if (to.directory.depth + levels(guest, node) > MAX_DEPTH) fail(ERRNO.nameTooLong)
      checkReplaceable(node, to.node)
      if (to.node !== undefined) to.directory.unlink(to.name)
      to.directory.link(to.name, node)
      from.directory.detach(from.name)
      return ERRNO.success
    },
    path_link: () => ERRNO.notSupported,
    path_symlink: () => ERRNO.notSupported,
    path_readlink(fd, pathAt, pathLength) {
      existing(find(guest, fd, pathAt, pathLength))
      return ERRNO.invalid
    }
  }
}
