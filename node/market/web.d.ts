/**
 * The parts of the web platform that exist in Node.js and in every browser alike, declared here because the market is
 * compiled with neither's library: what is not on this page is not isomorphic.
 */
interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}
declare const AbortSignal: {
  any(signals: readonly AbortSignal[]): AbortSignal
  abort(reason?: unknown): AbortSignal
  timeout(ms: number): AbortSignal
}
declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare const TextDecoder: new () => {
  /** With `stream`, what a character needs further is waited for. */
  decode(bytes: Uint8Array, options: { stream: boolean }): string
}
