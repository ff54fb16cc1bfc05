/**
 * The guest's memory as the host may touch it. Every access is checked before anything is done, so a wild pointer is the
 * guest's error (EFAULT), the same on every engine, and never an exception of the host.
 */

import { IOVEC_BYTES, MAX_IOVECS } from './abi.ts'
import { ERRNO, fail } from './errno.ts'

/** A range of guest memory. */
export interface Range {
  readonly at: number
  readonly length: number
}

/** A checked window on a linear memory that may grow between calls. */
export class GuestMemory {
  readonly #buffer: () => ArrayBufferLike

  /** `buffer` gives the memory's current buffer. */
  constructor(buffer: () => ArrayBufferLike) {
    this.#buffer = buffer
  }

  /** Checks that a range lies within the memory. @throws CallError fault */
  range(pointer: number, length: number): Range {
    const at = pointer >>> 0
    const size = length >>> 0
    if (at + size > this.#buffer().byteLength) fail(ERRNO.fault)
    return { at, length: size }
  }

  /** The bytes of a range, not copied: valid until the guest runs again. @throws CallError fault */
  bytes(pointer: number, length: number): Uint8Array {
    const range = this.range(pointer, length)
    return new Uint8Array(this.#buffer(), range.at, range.length)
  }

  /** A structure of `length` bytes to read or write. @throws CallError fault */
  view(pointer: number, length: number): DataView {
    const range = this.range(pointer, length)
    return new DataView(this.#buffer(), range.at, range.length)
  }

  /** A cell for a 32-bit result, checked now and written later. @throws CallError fault */
  cell32(pointer: number): (value: number) => void {
    const view = this.view(pointer, 4)
    return value => view.setUint32(0, value, true)
  }

  /** A cell for a 64-bit result, checked now and written later. @throws CallError fault */
  cell64(pointer: number): (value: bigint) => void {
    const view = this.view(pointer, 8)
    return value => view.setBigUint64(0, value, true)
  }

  /** The parts of a scattered read or write, all checked, with their total. @throws CallError fault, invalid */
  iovecs(pointer: number, count: number): { readonly parts: readonly Range[]; readonly total: number } {
    if (count >>> 0 > MAX_IOVECS) fail(ERRNO.invalid)
    const view = this.view(pointer, count * IOVEC_BYTES)
    const parts: Range[] = []
    let total = 0
    for (let i = 0; i < count; i++) {
      const part = this.range(view.getUint32(i * IOVEC_BYTES, true), view.getUint32(i * IOVEC_BYTES + 4, true))
      parts.push(part)
      total += part.length
    }
    // The count of bytes comes back as 32 bits.
    if (total > 0xffffffff) fail(ERRNO.invalid)
    return { parts, total }
  }
}
