/** Reading and writing through descriptors: fd_read, fd_write and their kin. */
import { FD_FLAG, MAX_OFFSET, WHENCE } from './abi.ts'
import type { FileDescriptor } from './descriptors.ts'
import { ERRNO, type Errno, fail } from './errno.ts'
import type { Guest } from './guest.ts'
import type { WasiCalls } from './signatures.ts'

type IoCalls = Pick<
  WasiCalls,
  'fd_read' | 'fd_pread' | 'fd_write' | 'fd_pwrite' | 'fd_seek' | 'fd_tell' | 'fd_allocate' | 'fd_filestat_set_size'
>

/** An offset or size as a number. @throws CallError invalid when it is out of any reach */
function reachable(offset: bigint): number {
  const unsigned = BigInt.asUintN(64, offset)
  if (unsigned > MAX_OFFSET) fail(ERRNO.invalid)
  return Number(unsigned)
}

function writableFile(guest: Guest, fd: number): FileDescriptor {
  const descriptor = guest.descriptors.file(fd)
  if (!descriptor.canWrite) fail(ERRNO.badDescriptor)
  return descriptor
}

/** @returns bytes read */
function readAt(guest: Guest, fd: FileDescriptor, iovs: number, count: number, offset: number): number {
  if (!fd.canRead) fail(ERRNO.badDescriptor)
  const { parts, total } = guest.memory.iovecs(iovs, count)
  const available = fd.file.bytes.subarray(Math.min(offset, fd.file.size), Math.min(offset + total, fd.file.size))
  guest.meter.chargeBytes(available.length)
  let done = 0
  for (const part of parts) {
    const piece = available.subarray(done, done + part.length)
    guest.memory.bytes(part.at, piece.length).set(piece)
    done += piece.length
  }
  return done
}

/** @returns bytes written: all or, where the quota has no room, none */
function writeAt(guest: Guest, fd: FileDescriptor, iovs: number, count: number, offset: number): number {
  const { parts, total } = guest.memory.iovecs(iovs, count)
  guest.meter.chargeBytes(total)
  const target = fd.file.writable(offset, total)
  let done = 0
  for (const part of parts) {
    target.set(guest.memory.bytes(part.at, part.length), done)
    done += part.length
  }
  return done
}

/** The calls that move bytes and offsets. */
export function ioCalls(guest: Guest): IoCalls {
  const { descriptors, memory, meter } = guest
  return {
    fd_read(fd, iovs, count, resultAt) {
      const setRead = memory.cell32(resultAt)
      const descriptor = descriptors.file(fd)
      const read = readAt(guest, descriptor, iovs, count, reachable(descriptor.offset))
      descriptor.offset += BigInt(read)
      setRead(read)
      return ERRNO.success
    },
    fd_pread(fd, iovs, count, offset, resultAt) {
      const setRead = memory.cell32(resultAt)
      setRead(readAt(guest, descriptors.file(fd), iovs, count, reachable(offset)))
      return ERRNO.success
    },
    fd_write(fd, iovs, count, resultAt): Errno {
      const setWritten = memory.cell32(resultAt)
      const descriptor = descriptors.get(fd)
      if (descriptor.kind === 'log') {
        const { parts, total } = memory.iovecs(iovs, count)
        meter.chargeBytes(total)
        for (const part of parts) descriptor.write(memory.bytes(part.at, part.length))
        setWritten(total)
        return ERRNO.success
      }
      const file = writableFile(guest, fd)
      if (file.flags & FD_FLAG.append) file.offset = BigInt(file.file.size)
      const written = writeAt(guest, file, iovs, count, reachable(file.offset))
      file.offset += BigInt(written)
      setWritten(written)
      return ERRNO.success
    },
    fd_pwrite(fd, iovs, count, offset, resultAt) {
      const setWritten = memory.cell32(resultAt)
      setWritten(writeAt(guest, writableFile(guest, fd), iovs, count, reachable(offset)))
      return ERRNO.success
    },
    fd_seek(fd, delta, whence, resultAt) {
      const setOffset = memory.cell64(resultAt)
      const descriptor = descriptors.file(fd)
      const bases: Readonly<Record<number, bigint>> = {
        [WHENCE.set]: 0n,
        [WHENCE.current]: descriptor.offset,
        [WHENCE.end]: BigInt(descriptor.file.size)
      }
      const base = bases[whence] ?? fail(ERRNO.invalid)
      const offset = base + BigInt.asIntN(64, delta)
      if (offset < 0n || offset > MAX_OFFSET) fail(ERRNO.invalid)
      descriptor.offset = offset
      setOffset(offset)
      return ERRNO.success
    },
    fd_tell(fd, resultAt) {
      const setOffset = memory.cell64(resultAt)
      setOffset(descriptors.file(fd).offset)
      return ERRNO.success
    },
    fd_allocate(fd, offset, length) {
      const { file } = writableFile(guest, fd)
      const end = reachable(offset) + reachable(length)
      if (end > file.size) {
        meter.chargeBytes(Math.min(end - file.size, 0xffffffff))
        file.resize(end)
      }
      return ERRNO.success
    },
    fd_filestat_set_size(fd, size) {
      const { file } = writableFile(guest, fd)
      const target = reachable(size)
      meter.chargeBytes(Math.min(Math.abs(target - file.size), 0xffffffff))
      file.resize(target)
      return ERRNO.success
    }
  }
}
