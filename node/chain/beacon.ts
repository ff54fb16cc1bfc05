/** Where the seeds of a deployment come from: the prover that fits its beacon. */
import type { AbortOptions, Clock, Logger } from '../market/ports.ts'
import type { DrandProverInit, DrandSource, SeedProof } from './drand.ts'
import { prevrandaoProof } from './prevrandao.ts'
import type { Rpc } from './rpc.ts'

/** Proves rounds to a beacon. */
export interface BeaconProver {
  /** The proof of a round; undefined while there is none. */
  proof(round: bigint, options?: AbortOptions): Promise<SeedProof>
  /** Blocks for which a round could have been proved already, as far as this node knows. */
  ageBlocks(round: bigint): number
}

/** What a prover is made of. */
export interface BeaconProverInit {
  readonly rpc: Pick<Rpc, 'batch'>
  readonly clock: Clock
  readonly logger: Logger
  readonly head: () => { readonly number: number; readonly timestampSec: number }
  /** The drand network of a DrandBeacon; undefined for a PrevrandaoBeacon. */
  readonly drand: DrandSource | undefined
}

/** The prover of a deployment's beacon. */
export function createProver({ rpc, drand, ...init }: BeaconProverInit): BeaconProver {
  if (drand !== undefined) return lateProver({ ...init, network: drand })
  return {
    proof: (round, options) => prevrandaoProof(rpc, round, options),
    // A round is the number of the block that proves it.
    ageBlocks: round => Math.max(0, init.head().number - Number(round))
  }
}

/** Loads what pairings need when the first round is asked for: a page that follows a chain mostly never does. */
function lateProver(init: DrandProverInit): BeaconProver {
  let prover: BeaconProver | undefined
  return {
    async proof(round, options) {
      const { DrandProver } = await import('./drand.ts')
      prover ??= new DrandProver(init)
      return prover.proof(round, options)
    },
    ageBlocks: round => prover?.ageBlocks(round) ?? 0
  }
}
