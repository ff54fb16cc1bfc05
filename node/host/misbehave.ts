/**
 * Faults for local test networks: a provider that returns something else, one that never answers, a mediator that does not
 * vote, a creator that goes to the worst in rank, nodes that lie to their peers. Each is an adapter around the real one, so
 * the roles that are tested are the ones that honest nodes run.
 */

import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { RunError } from '../../protocols/run/errors.ts'
import { STREAMS } from '../../protocols/wire.ts'
import type { Ranker } from '../market/match.ts'
import type { Content, Network, Runner, RunOutcome, RunSpec } from '../market/ports.ts'

/** Kinds of faults. */
export const MISBEHAVIOURS = [
  'wrong-result',
  'silent',
  'no-votes',
  'off-rule',
  'forged-handover',
  'hidden-offers',
  'wrong-bytes'
] as const

/** @see MISBEHAVIOURS */
export type Misbehaviour = (typeof MISBEHAVIOURS)[number]

type RunOptions = Parameters<Runner['run']>[2]

/** A runner with a fault, where the fault is one of running. */
export function misbehaving(runner: Runner, kind: Misbehaviour | undefined): Runner {
  const fault = kind === undefined ? undefined : RUN_FAULTS[kind]
  if (fault === undefined) return runner
  return {
    runtime: runner.runtime,
    start: () => runner.start(),
    stop: () => runner.stop(),
    probe: options => runner.probe(options),
    run: (spec, content, options) => fault(runner, spec, content, options)
  }
}

/** A network with a fault, where the fault is one of speaking with peers. */
export function lying(network: Network, kind: Misbehaviour | undefined): Network {
  const fault = kind === undefined ? undefined : NETWORK_FAULTS[kind]
  if (fault === undefined) return network
  return {
    peerId: network.peerId,
    peers: () => network.peers(),
    addresses: () => network.addresses(),
    publish: (topic, bytes, options) => network.publish(topic, bytes, options),
    request: (peerId, protocol, message, options) => network.request(peerId, protocol, message, options),
    connect: (address, options) => network.connect(address, options),
    onPeer: listener => network.onPeer(listener),
    blame: (...fault) => network.blame(...fault),
    subscribe: (topic, validate) => network.subscribe(topic, fault.validate?.(validate) ?? validate),
    handle: (protocol, limits, answer) =>
      network.handle(protocol, limits, fault.answers?.[protocol]?.(answer) ?? answer)
  }
}

/** What the node serves of a block to its peers: other bytes of the same length. */
export function distorted(block: Uint8Array): Uint8Array {
  return block.map(byte => byte ^ 1)
}

type Validate = Parameters<Network['subscribe']>[1]
type Answer = Parameters<Network['handle']>[2]

interface NetworkFault {
  readonly validate?: (honest: Validate) => Validate
  readonly answers?: Readonly<Record<string, (honest: Answer) => Answer>>
}

const NETWORK_FAULTS: Partial<Readonly<Record<Misbehaviour, NetworkFault>>> = {
  /** Opens its commitment to another result than the one it has committed to. */
  'forged-handover': {
    answers: {
      [STREAMS.result.protocol]: honest =>
        async function* (message, from, options) {
          const { answer } = STREAMS.result
          for await (const bytes of honest(message, from, options)) {
            const { state, opened } = answer.decode(bytes)
            const forged = opened && { ...opened, result: { ...opened.result, root: flipped(opened.result.root) } }
            yield answer.encode({ state, opened: forged })
          }
        }
    }
  },
  /** Passes nobody's offers on, and says of every book that its own is the same. */
  'hidden-offers': {
    validate: () => async () => 'ignore',
    answers: {
      [STREAMS.sync.protocol]: () =>
        async function* () {
          const nothing = new Uint8Array(0)
          yield STREAMS.sync.answer.encode({ parts: nothing, bounds: [], prints: nothing })
        }
    }
  }
}

function flipped(root: Bytes32): Bytes32 {
  return `${root.startsWith('0x0') ? '0x1' : '0x0'}${root.slice(3)}`
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

const RUN_FAULTS: Partial<Readonly<Record<Misbehaviour, Fault>>> = {
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
