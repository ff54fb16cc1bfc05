// Reads what uvu printed. uvu's own exit code is not enough: it is 0 for a file whose suites were never run, and for a
// suite whose `before` hook threw.
import { stripVTControlCharacters } from 'node:util'

/** The counts of one file, or of all. */
export interface Summary {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Why the file fails as a whole, where no single test tells. */
  readonly problem?: string
}

const BLOCK = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm

/** The counts in a test file's output, given the exit code it ended with. */
export function readSummary(output: string, code: number | null): Summary {
  const blocks = [...stripVTControlCharacters(output).matchAll(BLOCK)]
  const [block] = blocks
  if (block === undefined) return failedFile(code === 0 ? 'no suite was run' : `ended with ${code} before its summary`)
  if (blocks.length > 1) return failedFile('ran its suites twice: something is awaited between two calls of run()')
  const [total, passed, skipped] = [Number(block[1]), Number(block[2]), Number(block[3])]
  const counts = { passed, failed: total - passed, skipped }
  if (total + skipped === 0) return { ...counts, failed: 1, problem: 'holds no test' }
  if (counts.failed > 0) return code === 0 ? { ...counts, problem: 'a hook threw' } : counts
  return code === 0 ? counts : { ...counts, failed: 1, problem: `ended with ${code} although its tests passed` }
}

/** A file that fails as one. */
export function failedFile(problem: string): Summary {
  return { passed: 0, failed: 1, skipped: 0, problem }
}

/** The counts of several files together. */
export function addSummaries(summaries: Iterable<Summary>): Summary {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const { passed, failed, skipped } of summaries) {
    sum.passed += passed
    sum.failed += failed
    sum.skipped += skipped
  }
  return sum
}
