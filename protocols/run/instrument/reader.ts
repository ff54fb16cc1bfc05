/** Reads the wasm binary format: bytes, LEB128 numbers, names. Never reads beyond its range. */
import { type RunError, rejected } from '../errors.ts'

/** A cursor over part of a module's bytes. */
export class Reader {
  readonly bytes: Uint8Array
  readonly end: number
  at: number

  /** Reads `bytes` from index `at` up to `end`. */
  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  /** Whether everything was read. */
  get done(): boolean {
    return this.at >= this.end
  }

  /** @throws RUN_REJECTED at the end */
  byte(): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined
    if (byte === undefined) throw malformed('the module ends within a value')
    this.at++
    return byte
  }

  /** The next byte, or -1 at the end, without taking it. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1
  }

  /** An unsigned 32-bit LEB128. @throws RUN_REJECTED */
  u32(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value += (byte & 127) * 2 ** shift
      if (byte < 128) break
      if (shift === 28) throw malformed('a number is longer than 5 bytes')
    }
    if (value > 0xffffffff) throw malformed('a number is above 32 bits')
    return value
  }

  /** A signed 33-bit LEB128 (block types). @throws RUN_REJECTED */
  s33(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return byte & 64 ? value - 2 ** (shift + 7) : value
      if (shift === 28) throw malformed('a block type is longer than 5 bytes')
    }
  }

  /** Passes over a LEB128 of at most 64 bits. @throws RUN_REJECTED */
  skipLeb(): void {
    for (let length = 1; this.byte() >= 128; length++) if (length === 10) throw malformed('a number is too long')
  }

  /** The next `length` bytes, not copied. @throws RUN_REJECTED */
  take(length: number): Uint8Array {
    if (length > this.end - this.at) throw malformed('the module ends within a value')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** A name, one character per byte: only ASCII names mean anything to this runtime. @throws RUN_REJECTED */
  name(): string {
    let out = ''
    for (const byte of this.take(this.u32())) out += String.fromCharCode(byte)
    return out
  }

  /** Each element of a counted list. @throws RUN_REJECTED */
  list<T>(element: (index: number) => T): T[] {
    const count = this.u32()
    const out: T[] = []
    // One byte is the least that an element takes, so a lying count ends here and allocates nothing.
    for (let index = 0; index < count; index++) out.push(element(index))
    return out
  }
}

/** The refusal of bytes that are no module. */
export function malformed(detail: string): RunError {
  return rejected('malformed', `not a well-formed wasm module: ${detail}`)
}

/** The refusal of something that other engines, or this runtime's version, do not run alike. */
export function unsupported(detail: string): RunError {
  return rejected('feature', `the module uses ${detail}, which lily-wasi/1 does not admit`)
}

/** The refusal of something too large. */
export function tooLarge(detail: string): RunError {
  return rejected('limit', `the module is too large: ${detail}`)
}
