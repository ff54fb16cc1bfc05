// A Runner that runs nothing: it answers what the test says, when the test says so.
import type { Content, Runner, RunnerHealth, RunOutcome, RunSpec } from '../../node/market/ports.ts'

/** How a fake run ends. */
export type Ending = Pick<RunOutcome, 'status' | 'exitCode'> & { readonly stdout: string }

/** @see the head of this file */
export class FakeRunner implements Runner {
  readonly runtime = 'lily-wasi/1'
  readonly specs: RunSpec[] = []
  ending: Ending = { status: 'exited', exitCode: 0, stdout: 'moo' }
  /** Why it takes no program. */
  refusal: Error | undefined
  /** How often it has looked at a program. */
  looks = 0

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async probe(): Promise<RunnerHealth> {
    return { isReady: true }
  }

  async admit(): Promise<void> {
    this.looks++
    if (this.refusal !== undefined) throw this.refusal
  }

  async run(spec: RunSpec, content: Content): Promise<RunOutcome> {
    this.specs.push(spec)
    const { status, exitCode, stdout } = this.ending
    const text = (value: string) => new TextEncoder().encode(value)
    const root = await content.addTree([
      { path: 'stdout', content: text(stdout) },
      { path: 'exitCode', content: text(String(exitCode)) }
    ])
    return { status, exitCode, root, used: 7n, wallMs: 1 }
  }
}
