// What test files share: waiting for a condition, expecting a coded failure, temp folders, free ports, seeds, and what
// a machine must have for a test to run. No fixture of one subject lives here.
import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { access, constants, mkdtemp } from 'node:fs/promises'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'uvu'

/** How long and how often {@link until} looks. */
export interface UntilOptions {
  /** @default 10000 */
  readonly timeoutMs?: number
  /** @default 20 */
  readonly intervalMs?: number
  /** What is waited for, for the message when it never comes. */
  readonly what?: string
  readonly signal?: AbortSignal
}

type Falsy = false | 0 | 0n | '' | null | undefined

/**
 * Asks the predicate again and again until it answers something truthy, and gives that answer.
 * A predicate that throws ends the wait with its error.
 *
 * @example const offer = await until(() => book.get(id), { what: 'the offer' })
 */
export async function until<T>(
  predicate: () => T | Promise<T>,
  options: UntilOptions = {}
): Promise<Exclude<T, Falsy>> {
  const { timeoutMs = 10_000, intervalMs = 20, what = 'the condition', signal } = options
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    signal?.throwIfAborted()
    const value = await predicate()
    if (isTruthy(value)) return value
    if (performance.now() >= deadlineMs) throw new Error(`waited ${timeoutMs} ms for ${what}`)
    await delay(intervalMs, undefined, { signal })
  }
}

function isTruthy<T>(value: T): value is Exclude<T, Falsy> {
  return Boolean(value)
}

/**
 * Expects the promise (or the call) to fail with an error whose `code` is the given one; gives that error.
 *
 * @example await rejects(() => chain.commit(deal), 'DEAL_EXPIRED')
 */
export async function rejects(work: Promise<unknown> | (() => Promise<unknown>), code: string): Promise<Error> {
  let value: unknown
  try {
    value = await (typeof work === 'function' ? work() : work)
  } catch (error) {
    return expectCode(error, code)
  }
  throw new Error(`expected a failure with code ${code}, got the value ${String(value)}`)
}

/** The same for a synchronous call. */
export function throws(work: () => unknown, code: string): Error {
  let value: unknown
  try {
    value = work()
  } catch (error) {
    return expectCode(error, code)
  }
  throw new Error(`expected a failure with code ${code}, got the value ${String(value)}`)
}

function expectCode(error: unknown, code: string): Error {
  if (error instanceof Error && 'code' in error && error.code === code) return error
  throw new Error(`expected a failure with code ${code}, got ${String(error)}`, { cause: error })
}

const folders = new Set<string>()

/** A new empty folder, removed when the process ends. */
export async function tmp(prefix = 'lily-'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  if (folders.size === 0) process.once('exit', removeFolders)
  folders.add(folder)
  return folder
}

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** A TCP port that was free on loopback a moment ago; for programs that cannot be given port 0. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

/**
 * The seed of this process's random tests: LILYNODE_TEST_SEED, else a fresh one; printed when the process fails, so that
 * the failure can be run again.
 *
 * @example fc.assert(property, { seed: testSeed() })
 */
export function testSeed(): number {
  const given = process.env.LILYNODE_TEST_SEED
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given)
  if (!Number.isInteger(seed)) throw new TypeError(`LILYNODE_TEST_SEED is not a whole number: ${given}`)
  process.once('exit', code => {
    if (code !== 0) console.error(`seed ${seed}: run again with LILYNODE_TEST_SEED=${seed}`)
  })
  return seed
}

/**
 * Whether a Docker engine answers. In CI (env CI is set) a missing engine is an error, because there nothing is skipped.
 *
 * @example const dockerTest = onlyIf(test, await needsDocker())
 */
export async function needsDocker(): Promise<boolean> {
  return required('a Docker engine', await dockerAnswers())
}

/** Whether one of the programs is on the PATH, with the same rule for CI as {@link needsDocker}. */
export async function needsProgram(...names: readonly string[]): Promise<boolean> {
  const places = (process.env.PATH ?? '').split(delimiter)
  const files = names.flatMap(name => places.map(place => join(place, name)))
  const found = await Promise.all(files.map(isExecutable))
  return required(names.join(' or '), found.includes(true))
}

/** Registers tests when the condition holds, and counts them as skipped when it does not. */
export function onlyIf<T>(suite: Test<T>, condition: boolean): (name: string, handler: Parameters<Test<T>>[1]) => void {
  return condition ? suite : suite.skip
}

function required(what: string, isThere: boolean): boolean {
  if (!isThere && process.env.CI) throw new Error(`CI is set and this machine lacks ${what}`)
  return isThere
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false
  )
}

function dockerAnswers(): Promise<boolean> {
  const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock'
  const engine = new URL(host.replace(/^tcp:/, 'http:'))
  const where =
    engine.protocol === 'unix:' ? { socketPath: engine.pathname } : { host: engine.hostname, port: engine.port }
  return new Promise(resolve => {
    const request = get({ ...where, path: '/_ping', timeout: 3000, agent: false }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })
}
