/** The Docker engine: where it is, and its errors in our words. */
import Docker from 'dockerode'
import { RunError } from '../../../../protocols/run/errors.ts'
import { engineOptions } from './address.ts'

/** The engine's API, as dockerode gives it. */
export type Engine = Docker

/**
 * The engine at an address.
 *
 * @param host see {@link engineOptions}; absent: the environment's engine
 */
export function openEngine(host?: string): Engine {
  return host === undefined ? new Docker() : new Docker(engineOptions(host, process.env))
}

/** The HTTP status of an engine's error. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : undefined
}

/** The engine's own words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What the engine fails in is this machine's trouble, not the job's. */
export function engineFailed(doing: string, cause: unknown): RunError {
  if (cause instanceof RunError) return cause
  return new RunError('RUN_NOT_READY', `the Docker engine failed ${doing}: ${messageOf(cause)}`, { cause })
}

/** Whether the engine failed because it does not have an image. */
export function isImageGone(error: unknown): boolean {
  return error instanceof RunError && statusOf(error.cause) === 404 && /no such image/i.test(error.message)
}

/** Awaits a removal; what is gone, or going, already is as good. */
export async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal
  } catch (error) {
    const status = statusOf(error)
    if (status !== 404 && status !== 409) throw error
  }
}
