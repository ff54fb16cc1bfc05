/**
 * Looks at a layer of an image as it passes by, before any engine unpacks it: what it takes on a disk must be what it takes in
 * its archive. A header that engines might read in two ways is refused rather than guessed at.
 */

const BLOCK_BYTES = 512
/** Records of an extended header: names and times, nothing long. */
const MAX_EXTENSION_BYTES = 1 << 20

/** Files of all layers of an image: each takes a block and an inode, however small it is. */
export const MAX_LAYER_ENTRIES = 1_000_000

/** Kinds of entries by their flag; what is missing here is a hole of a file, or something that nobody uses. */
const WITH_CONTENT = new Set(['\0', '0', '7', 'x', 'g', 'L', 'K'])
const WITHOUT_CONTENT = new Set(['1', '2', '3', '4', '5', '6'])
const EXTENSIONS = new Set(['x', 'g'])

/** Reads a tar archive piece by piece and says what is wrong with it. */
export class LayerCheck {
  /** Why this is no layer, in words; undefined as long as it may be one. */
  reason: string | undefined
  /** Entries so far. */
  entries = 0
  readonly #block = new Uint8Array(BLOCK_BYTES)
  #filled = 0
  /** Bytes of content, filled up to blocks, before the next header. */
  #left = 0
  #extension: Uint8Array[] | undefined
  #extensionLeft = 0
  #isOver = false

  /** Takes the next bytes. */
  add(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && this.reason === undefined && !this.#isOver) {
      if (this.#left > 0) {
        const piece = bytes.subarray(at, at + this.#left)
        this.#keep(piece)
        this.#left -= piece.length
        at += piece.length
        if (this.#left === 0) this.#endContent()
        continue
      }
      const piece = bytes.subarray(at, at + BLOCK_BYTES - this.#filled)
      this.#block.set(piece, this.#filled)
      this.#filled += piece.length
      at += piece.length
      if (this.#filled === BLOCK_BYTES) this.#header()
    }
  }

  /** Told that there are no more bytes. @returns {@link reason} */
  end(): string | undefined {
    if (this.reason === undefined && (this.#left > 0 || this.#filled > 0)) this.reason = 'ends within an entry'
    return this.reason
  }

  #header(): void {
    const block = this.#block
    this.#filled = 0
    // An empty block ends an archive, for all that read it.
    if (block.every(byte => byte === 0)) {
      this.#isOver = true
      return
    }
    const sizeBytes = octal(block.subarray(124, 136))
    const flag = String.fromCharCode(block[156] ?? 0)
    if (sizeBytes === undefined) this.reason = 'has an entry of a size that is no number'
    else if (WITHOUT_CONTENT.has(flag) ? sizeBytes > 0 : !WITH_CONTENT.has(flag))
      this.reason = `has an entry of the kind ${JSON.stringify(flag)}, which unpacked could be of any size`
    else if (++this.entries > MAX_LAYER_ENTRIES) this.reason = `has more than ${MAX_LAYER_ENTRIES} entries`
    else {
      if (EXTENSIONS.has(flag)) this.#begin(sizeBytes)
      this.#left = Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES
    }
  }

  #begin(sizeBytes: number): void {
    if (sizeBytes > MAX_EXTENSION_BYTES) this.reason = 'has an extended header that is too long'
    this.#extension = []
    this.#extensionLeft = sizeBytes
  }

  #keep(piece: Uint8Array): void {
    if (this.#extension === undefined) return
    const kept = piece.slice(0, this.#extensionLeft)
    this.#extensionLeft -= kept.length
    this.#extension.push(kept)
  }

  #endContent(): void {
    if (this.#extension === undefined) return
    const records = Buffer.concat(this.#extension).toString('latin1')
    this.#extension = undefined
    // Holes, by which a few bytes become a whole disk; and sizes, which are needed for files that no image may have.
    if (records.includes('GNU.sparse.')) this.reason = 'has a file with holes, which unpacked could be of any size'
    else if (/(?:^|\n)\d+ size=/.test(records)) this.reason = 'has a file of a size that its header does not tell'
  }
}

/** A number of a header, or undefined where there is something else. */
function octal(field: Uint8Array): number | undefined {
  const text = Buffer.from(field)
    .toString('latin1')
    .replace(/^ +/, '')
    .replace(/[\0 ]*$/, '')
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || '0', 8) : undefined
}
