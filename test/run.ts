// `npm test [-- part-of-a-path...]`: runs every test/**/*.test.ts in a process of its own and counts what uvu printed.
//   --jobs <n>   files at a time, for those that do not want the machine to themselves (default 2)
//   --root <dir> another tree to test (default: this one)
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { seconds } from './harness/command.ts'
import { type FileReport, runFile } from './harness/file.ts'
import { planTests, type TestFile } from './harness/plan.ts'
import { addSummaries } from './harness/summary.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '2' },
    root: { type: 'string', default: resolve(import.meta.dirname, '..') }
  }
})

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())

process.exitCode = await main(resolve(values.root), positionals, Number(values.jobs), interrupted.signal)

/** Runs the selected files; gives the exit code. */
async function main(root: string, filters: readonly string[], jobs: number, signal: AbortSignal): Promise<number> {
  if (!Number.isInteger(jobs) || jobs < 1) return fail('--jobs must be a whole number of at least 1')
  const files = await planTests(root, filters)
  if (files.length === 0) return fail(`no test file matches ${filters.join(' ') || 'test/**/*.test.ts'}`)

  const patient = files.filter(file => file.isPatient)
  const serial = files.filter(file => file.isSerial)
  const shared = files.filter(file => !file.isSerial && !file.isPatient)
  const reports = [
    ...(await runAll(root, [patient, shared], jobs, signal)),
    ...(await runAll(root, [serial], 1, signal))
  ]
  if (signal.aborted) return fail('interrupted')

  const { passed, failed, skipped } = addSummaries(reports.map(report => report.summary))
  const failing = reports.filter(report => report.summary.failed > 0)
  if (failing.length > 0) console.log(`\nfailed:\n${failing.map(report => `  ${report.file.path}`).join('\n')}`)
  const isSkipRefused = skipped > 0 && Boolean(process.env.CI)
  if (isSkipRefused) console.log('\nnothing may be skipped where CI is set')
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`)
  return failed > 0 || isSkipRefused ? 1 : 0
}

/** Runs the files with so many workers. Each has a queue that it takes from first, and helps with the others then. */
async function runAll(
  root: string,
  queues: readonly (readonly TestFile[])[],
  workers: number,
  signal: AbortSignal
): Promise<FileReport[]> {
  const reports: FileReport[] = []
  const iterators = queues.map(queue => queue.values())
  const work = async (_: unknown, worker: number) => {
    const first = worker % iterators.length
    for (const queue of [...iterators.slice(first), ...iterators.slice(0, first)]) {
      for (const file of queue) {
        if (signal.aborted) return
        const report = await runFile(root, file, signal)
        if (!signal.aborted) print(report)
        reports.push(report)
      }
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return reports
}

function print({ file, summary, output, durationMs }: FileReport): void {
  const { passed, failed, skipped, problem } = summary
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`]
  const line = `${file.path}  ${counts.filter(Boolean).join(', ')}  ${seconds(durationMs)}`
  if (failed === 0) console.log(`ok    ${line}`)
  else console.log(`\nFAIL  ${line}${problem === undefined ? '' : `  (${problem})`}\n${output.trimEnd()}\n`)
}

function fail(message: string): number {
  console.error(message)
  return 1
}
