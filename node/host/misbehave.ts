/**
 * Faults for local test networks: a provider that returns something else, one that never answers, a mediator that does not
 * vote, a creator that goes to the worst in rank. Each is a runner, or a ranker, around the real one, so the roles that are
 * tested are the ones that honest nodes run.
 */

import { RunError } from '../../protocols/run/errors.ts'
import type { Ranker } from '../market/match.ts'
import type { Content, Runner, RunOutcome, RunSpec } from '../market/ports.ts'

/** Kinds of faults. */
export const MISBEHAVIOURS = ['wrong-result', 'silent', 'no-votes', 'off-rule'] as const

/** @see MISBEHAVIOURS */
export type Misbehaviour = (typeof MISBEHAVIOURS)[number]

type RunOptions = Parameters<Runner['run']>[2]

/** A runner with a fault. */
export function misbehaving(runner: Runner, kind: Misbehaviour): Runner {
  if (kind === 'off-rule') return runner
  return {
    runtime: runner.runtime,
    start: () => runner.start(),
    stop: () => runner.stop(),
    probe: options => runner.probe(options),
    run: (spec, content, options) => FAULTS[kind](runner, spec, content, options)
  }
}

/** Turns the rule round: a job goes to whoever comes last. */
export function worstFirst(rule: Ranker): Ranker {
  return {
    candidates: async (job, options) => {
      const { block, pairs } = await rule.candidates(job, options)
      return { block, pairs: pairs.toReversed() }
    },
    reasonsAgainst: job => rule.reasonsAgainst(job)
  }
}

type Fault = (runner: Runner, spec: RunSpec, content: Content, options: RunOptions) => Promise<RunOutcome>

const FAULTS: Readonly<Record<Exclude<Misbehaviour, 'off-rule'>, Fault>> = {
  /** Saves itself the work: a result of the right shape with nothing in it. */
  'wrong-result': async (_, _spec, content, options = {}) => {
    options.onStart?.()
    const empty = new Uint8Array(0)
    const root = await content.addTree(
      [
        { path: 'stdout', content: empty },
        { path: 'stderr', content: empty },
        { path: 'exitCode', content: new TextEncoder().encode('0') },
        { path: 'outputs', isDirectory: true }
      ],
      options
    )
    return { status: 'exited', exitCode: 0, root, used: 0n, wallMs: 0 }
  },
  /** Takes the deal and works for ever. */
  silent: (_, _spec, _content, options = {}) => {
    options.onStart?.()
    return new Promise((_resolve, fail) => {
      const { signal } = options
      if (signal?.aborted === true) fail(signal.reason)
      signal?.addEventListener('abort', () => fail(signal.reason), { once: true })
    })
  },
  /** Its machine never works. */
  'no-votes': async () => {
    throw new RunError('RUN_NOT_READY', 'this node was told not to run anything')
  }
}
