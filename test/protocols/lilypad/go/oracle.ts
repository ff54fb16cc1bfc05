// Asks Go itself. Run directly it writes test/vectors/lilypad-templates.json: the written templates and random ones with what
// Go's text/template prints of them, so that tests need no Go.
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { anyCase, type Case, oracleLine, WRITTEN_CASES } from '../templates.ts'

/** What Go printed, or null where it failed. */
export type Answer = string | null

/** Whether there is a `go` on the PATH; the vectors say what it says, so that nobody needs one. */
export async function hasGo(): Promise<boolean> {
  const child = spawn('go', ['version'], { stdio: 'ignore' })
  return new Promise(resolve => {
    child.on('error', () => resolve(false))
    child.on('exit', code => resolve(code === 0))
  })
}

/** Fills templates with the `go` of the PATH. */
export async function fillWithGo(cases: readonly Case[]): Promise<Answer[]> {
  const program = fileURLToPath(new URL('main.go', import.meta.url))
  const child = spawn('go', ['run', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(cases.map(oracleLine).join(''))
  const lines = (await text(child.stdout)).trim().split('\n')
  if (lines.length !== cases.length) throw new Error(`go answered ${lines.length} of ${cases.length} templates`)
  return lines.map(line => {
    const answer: { text: string; error?: string } = JSON.parse(line)
    return answer.error === undefined ? answer.text : null
  })
}

async function writeVectors(): Promise<void> {
  const cases = [...WRITTEN_CASES, ...fc.sample(anyCase, { numRuns: 300, seed: 5 })]
  const answers = await fillWithGo(cases)
  const rows = cases.map((one, i) => `  ${JSON.stringify({ ...one, text: answers[i] })}`)
  const file = fileURLToPath(new URL('../../../vectors/lilypad-templates.json', import.meta.url))
  await writeFile(file, `[\n${rows.join(',\n')}\n]\n`)
}

if (import.meta.main) await writeVectors()
