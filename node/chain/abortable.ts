/** Waiting that can be given up, for work that goes on regardless. */
import type { AbortOptions } from '../market/ports.ts'

/** The promise, or the signal's reason as soon as it aborts. */
export async function abortable<T>(work: Promise<T>, { signal }: AbortOptions): Promise<T> {
  if (signal === undefined) return await work
  const gaveUp = Promise.withResolvers<never>()
  const giveUp = () => gaveUp.reject(signal.reason)
  // Whoever loses the race has nobody else to hear of its failure.
  work.catch(() => undefined)
  gaveUp.promise.catch(() => undefined)
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([work, gaveUp.promise])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
