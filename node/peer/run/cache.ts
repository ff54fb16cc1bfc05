/** Modules that have been through the pass, by what the pass depends on: least recently used go first. */
import type { CID } from '../../../protocols/core/cid.ts'

/** A bounded cache of metered modules. */
export class MeteredCache {
  readonly #maxBytes: number
  readonly #modules = new Map<string, Uint8Array>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  #key(module: CID, memoryBytes: number): string {
    return `${module} ${memoryBytes}`
  }

  /** The metered module, if it is still here. */
  get(module: CID, memoryBytes: number): Uint8Array | undefined {
    const key = this.#key(module, memoryBytes)
    const wasm = this.#modules.get(key)
    if (wasm === undefined) return undefined
    this.#modules.delete(key)
    this.#modules.set(key, wasm)
    return wasm
  }

  /** Keeps a metered module, unless it alone is too large. */
  set(module: CID, memoryBytes: number, wasm: Uint8Array): void {
    const key = this.#key(module, memoryBytes)
    if (wasm.length > this.#maxBytes || this.#modules.has(key)) return
    this.#modules.set(key, wasm)
    this.#bytes += wasm.length
    for (const [oldest, { length }] of this.#modules) {
      if (this.#bytes <= this.#maxBytes) break
      this.#modules.delete(oldest)
      this.#bytes -= length
    }
  }
}
