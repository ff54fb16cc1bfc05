/** The node's hold on one guest process: started ahead, given one job, and killed when it is over whatever it says. */
import { type ChildProcess, fork } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { RunError } from '../../../../protocols/run/errors.ts'
import { exchange, type GuestEnd, type GuestLink, type GuestListener } from '../../../peer/run/guests.ts'
import type { GuestHint, GuestJob, GuestMessage } from '../../../peer/run/messages.ts'
import { warmUpJob } from '../../../peer/run/warm-up.ts'

/** Bundles, which are the same whether the node runs from its sources or from `dist/` (build-guest.ts). */
const BUNDLES = new URL(
  import.meta.url.endsWith('.ts') ? './generated/' : '../../../../../node/host/run/wasm/generated/',
  import.meta.url
)

/** The kernel takes a guest before it takes the node. */
const OOM_SCORE = '700'

const START_TIMEOUT_MS = 30_000

function forkGuest(): ChildProcess {
  return fork(new URL('guest-process.mjs', BUNDLES), {
    execArgv: [
      '--permission',
      '--allow-worker',
      '--no-warnings',
      '--disallow-code-generation-from-strings',
      // All that the process may read is its own code.
      `--allow-fs-read=${fileURLToPath(BUNDLES)}`
    ],
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc']
  })
}

/** One process for one job. */
export class GuestProcess {
  readonly #child: ChildProcess
  readonly #ready: Promise<void>

  /** `isInTime`: nobody waits for it yet, so that it can be made warm before it is needed. */
  constructor(isInTime = true) {
    this.#child = forkGuest()
    this.#ready = this.#becomeReady(isInTime)
    // Whoever waits for it hears of a failure; until then it is no unhandled rejection.
    this.#ready.catch(() => {})
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get isAlive(): boolean {
    return this.#child.connected && this.#child.exitCode === null && this.#child.signalCode === null
  }

  async #becomeReady(isInTime: boolean): Promise<void> {
    await this.#started()
    // Linux only, and a nicety: elsewhere there is no such file.
    await writeFile(`/proc/${this.pid}/oom_score_adj`, OOM_SCORE).catch(() => {})
    if (isInTime) await this.#warmUp()
  }

  /** Has it run a program of ours, the way that a job takes. */
  async #warmUp(): Promise<void> {
    const listener = { wallMs: START_TIMEOUT_MS, onMetered: () => {}, onLog: () => {} }
    const end = await exchange(this.#link(), warmUpJob(), listener)
    if (end.kind === 'broken') throw notReady(end.diagnostics)
    if (end.outcome.status !== 'exited') throw notReady(`a first program ended as ${end.outcome.status}`)
  }

  async #started(): Promise<void> {
    const child = this.#child
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(notReady('it did not start in time'))), START_TIMEOUT_MS)
      const onMessage = (message: GuestMessage) => {
        if (message.kind === 'ready') finish(resolve)
        else if (message.kind === 'failed') finish(() => reject(notReady(message.diagnostics)))
      }
      const onExit = (code: number | null, signal: string | null) =>
        finish(() => reject(notReady(`it ended at once (${signal ?? code})`)))
      const onError = (error: Error) => finish(() => reject(notReady(error.message)))
      const finish = (then: () => void) => {
        clearTimeout(timer)
        child.off('message', onMessage).off('exit', onExit).off('error', onError)
        then()
      }
      child.on('message', onMessage).on('exit', onExit).on('error', onError)
    })
  }

  /** Resolves when a job can be given. @throws RUN_NOT_READY */
  ready(): Promise<void> {
    return this.#ready
  }

  /**
   * Runs the job and ends the process; `kill` says when it is gone. One whose job has ended does nothing any more, and to
   * end it is work: `settle` and whoever waits for it come first.
   *
   * @throws RUN_REJECTED when the module breaks a rule; RUN_NOT_READY when the process never came up; what `settle` throws
   */
  async run<T>(job: GuestJob, listener: GuestListener, settle: (end: GuestEnd) => Promise<T>): Promise<T> {
    try {
      await this.#ready
      const end = await exchange(this.#link(), job, listener)
      if (end.kind === 'broken') this.#child.kill('SIGKILL')
      return await settle(end)
    } finally {
      setImmediate(() => this.#child.kill('SIGKILL'))
    }
  }

  /** Tells it of a metered module that its job may be of: it is compiled meanwhile, and not run. */
  async expect(wasm: Uint8Array): Promise<void> {
    await this.#ready
    const hint: GuestHint = { expected: wasm }
    // One that is gone is found so when it is given a job.
    this.#child.send(hint, () => {})
  }

  #link(): GuestLink {
    const child = this.#child
    let gone: ((why: string) => void) | undefined
    return {
      send: job => child.send(job, error => error !== null && gone?.(error.message)),
      listen(onMessage, onGone) {
        gone = onGone
        const onExit = (code: number | null, by: string | null) => onGone(`the process ended (${by ?? code})`)
        const onError = (error: Error) => onGone(error.message)
        child.on('message', onMessage).on('exit', onExit).on('error', onError)
        return () => {
          gone = undefined
          child.off('message', onMessage).off('exit', onExit).off('error', onError)
        }
      }
    }
  }

  /** Ends the process, and resolves when it is gone. Safe twice. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    await new Promise<void>(resolve => {
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  }
}

function notReady(detail: string): RunError {
  return new RunError('RUN_NOT_READY', `a process for wasm guests could not be started: ${detail}`)
}
