/** Writes the wasm binary format into a growing buffer. */

/** Below it bytes are faster copied one by one than as a view. */
const FEW_BYTES = 32

/** A growing byte buffer with the number encodings of wasm. */
export class Writer {
  #bytes: Uint8Array
  #length = 0

  /** Room for `capacity` bytes at first. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(Math.max(capacity, 16))
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** What was written, not copied. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, needed))
    grown.set(this.bytes)
    this.#bytes = grown
  }

  /** Bytes as they are. */
  raw(bytes: ArrayLike<number>): this {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  /** Bytes of a longer row. */
  part(bytes: Uint8Array, from: number, to: number): this {
    if (to - from > FEW_BYTES) return this.raw(bytes.subarray(from, to))
    this.#reserve(to - from)
    for (let at = from; at < to; at++) this.#bytes[this.#length++] = bytes[at] ?? 0
    return this
  }

  #byte(value: number): this {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
    return this
  }

  /** One or more bytes, opcodes mostly. */
  op(...bytes: readonly number[]): this {
    for (const byte of bytes) this.#byte(byte)
    return this
  }

  /** An unsigned LEB128 below 2^32. */
  u32(value: number): this {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 128)
    return this.#byte(rest)
  }

  /** A signed LEB128. */
  signed(value: bigint | number): this {
    // Most are small.
    if (value >= -64 && value < 64) return this.#byte(Number(value) & 127)
    for (let rest = BigInt(value); ; ) {
      const low = Number(rest & 127n)
      rest >>= 7n
      const isLast = (rest === 0n && (low & 64) === 0) || (rest === -1n && (low & 64) !== 0)
      this.#byte(isLast ? low : low | 128)
      if (isLast) return this
    }
  }

  /** A length-prefixed block. */
  block(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes)
  }

  /** A name of one character per byte. */
  name(text: string): this {
    this.u32(text.length)
    for (let i = 0; i < text.length; i++) this.op(text.charCodeAt(i) & 255)
    return this
  }
}
