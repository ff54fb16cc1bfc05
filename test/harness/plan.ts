// Which test files there are, and how each wants to be run: its head may say `// timeout: 300` (seconds) or `// serial`.
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'

/** A test file and how to run it. */
export interface TestFile {
  /** Relative to the root. */
  readonly path: string
  readonly timeoutMs: number
  /** Whether it wants the machine to itself. */
  readonly isSerial: boolean
  /** Whether it mostly waits, for blocks: one of these at a time, beside those that compute. */
  readonly isPatient: boolean
}

const DEFAULT_TIMEOUT_MS = 120_000
/** How many lines at the top of a file may hold a directive. */
const HEAD_LINES = 40
/** Containers, browsers and fleets of nodes each fill a small machine. */
const SERIAL_PATH = /(^|\/)test\/(browser|network)\/|docker/
const PATIENT_PATH = /(^|\/)test\/e2e\//

/** The test files under the root's test folder that a filter (a part of the path) selects; without filters all. */
export async function planTests(root: string, filters: readonly string[]): Promise<TestFile[]> {
  const names = await readdir(join(root, 'test'), { recursive: true })
  const paths = names
    .filter(name => name.endsWith('.test.ts'))
    .map(name => ['test', ...name.split(sep)].join('/'))
    .sort()
  const wanted = filters.map(filter => pathInRoot(root, filter))
  const selected = wanted.length === 0 ? paths : paths.filter(path => wanted.some(filter => path.includes(filter)))
  return Promise.all(selected.map(path => describe(root, path)))
}

/** A shell completes to `./test/x` or an absolute path; both mean the path from the root. */
function pathInRoot(root: string, filter: string): string {
  if (!filter.startsWith('.') && !filter.startsWith(sep)) return filter
  return relative(root, resolve(filter)).split(sep).join('/')
}

async function describe(root: string, path: string): Promise<TestFile> {
  const head = (await readFile(join(root, path), 'utf8')).split('\n', HEAD_LINES).join('\n')
  const timeoutSec = /^\/\/ timeout: (\d+)$/m.exec(head)?.[1]
  const timeoutMs = timeoutSec === undefined ? DEFAULT_TIMEOUT_MS : Number(timeoutSec) * 1000
  const isSerial = SERIAL_PATH.test(path) || /^\/\/ serial$/m.test(head)
  return { path, timeoutMs, isSerial, isPatient: !isSerial && PATIENT_PATH.test(path) }
}
