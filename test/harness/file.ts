// Runs one test file: own process, own temp folder, bounded time.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import type { TestFile } from './plan.ts'
import { failedFile, readSummary, type Summary } from './summary.ts'

const READABLE_ERRORS = new URL('readable-errors.ts', import.meta.url).href

/** What a test file did. */
export interface FileReport {
  readonly file: TestFile
  readonly summary: Summary
  readonly output: string
  readonly durationMs: number
}

/** Runs one test file with this Node. */
export async function runFile(root: string, file: TestFile, signal: AbortSignal): Promise<FileReport> {
  // Whatever a killed file leaves in its temp folder goes with the folder. Short: unix socket paths end at 107 bytes.
  const temp = await mkdtemp(join(tmpdir(), 'lt-'))
  try {
    const env = { ...process.env, TMPDIR: temp }
    const report = await runCommand(process.execPath, ['--import', READABLE_ERRORS, file.path], {
      cwd: root,
      env,
      timeoutMs: file.timeoutMs,
      signal
    })
    const summary = report.hasTimedOut
      ? failedFile(`not done after ${file.timeoutMs / 1000} s`)
      : readSummary(report.output, report.code)
    return { file, summary, output: report.output, durationMs: report.durationMs }
  } finally {
    await rm(temp, { recursive: true, force: true, maxRetries: 5 })
  }
}
