/** Looks at the chain as a profile names it: every endpoint for itself, then the contracts, then the source of seeds. */
import { checkCode } from '../../chain/bytecode.ts'
import { fetchRound } from '../../chain/drand.ts'
import { drandProof } from '../../chain/drand-scheme.ts'
import { Rpc, unwrap } from '../../chain/rpc.ts'
import { parseBigQuantity, parseHeader } from '../../chain/wire.ts'
import type { AbortOptions, Deployment } from '../../market/ports.ts'
import { systemClock } from '../clock.ts'
import type { NetworkProfile } from '../profile.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Age of the newest block beyond which a chain looks stopped: some chains make blocks on demand. */
const OLD_HEAD_SEC = 120

/** By how much our clock and the chain's may differ before drawing by time goes wrong. */
const MAX_SKEW_SEC = 15

const ANSWER_TIMEOUT_MS = 5_000

/** An endpoint's address without what may be secret in it. */
function labelOf(url: string): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}

/** One finding for each endpoint. */
export function checkEndpoints(profile: NetworkProfile, options: AbortOptions): Promise<readonly Finding[]> {
  return Promise.all(profile.rpcUrls.map((url, i) => checkEndpoint(profile, url, i, options)))
}

async function checkEndpoint(
  { chainId, isLocal }: NetworkProfile,
  url: string,
  index: number,
  options: AbortOptions
): Promise<Finding> {
  const check = `rpc ${index + 1}`
  const rpc = new Rpc({ urls: [url], clock: systemClock, timeoutMs: ANSWER_TIMEOUT_MS })
  const startMs = performance.now()
  try {
    const [id, block] = await rpc.batch(
      [
        { method: 'eth_chainId', params: [] },
        { method: 'eth_getBlockByNumber', params: ['latest', false] }
      ],
      { ...options, patienceMs: 0 }
    )
    const foundId = parseBigQuantity(unwrap(id))
    if (foundId !== chainId) {
      const found = `${labelOf(url)} serves chain ${foundId}, the profile is of ${chainId}`
      return fail(check, 'CHAIN_WRONG_ID', found, 'correct rpcUrls or chainId in the profile')
    }
    const head = parseHeader(unwrap(block))
    if (head === undefined)
      return fail(check, 'CHAIN_RPC_ERROR', `${labelOf(url)} has no block`, 'take another endpoint')
    const ageSec = Math.round(Date.now() / 1000) - head.timestampSec
    const elapsedMs = Math.round(performance.now() - startMs)
    const found = `${labelOf(url)} at block ${head.number}, ${ageSec} s old, answers in ${elapsedMs} ms`
    if (ageSec > OLD_HEAD_SEC)
      return warn(check, found, 'is the chain stopped, or the endpoint behind? try another one')
    if (ageSec >= -MAX_SKEW_SEC) return ok(check, found)
    // Tests move the clocks of local chains.
    return isLocal ? ok(check, found) : warn(check, found, "set this machine's clock: it is behind the chain's")
  } catch (error) {
    options.signal?.throwIfAborted()
    const isUnreachable = !(error instanceof Error && 'code' in error && error.code === 'CHAIN_RPC_ERROR')
    const code = isUnreachable ? 'CHAIN_UNREACHABLE' : 'CHAIN_RPC_ERROR'
    return fail(check, code, `${labelOf(url)} does not answer`, 'start the chain, or correct rpcUrls in the profile')
  }
}

/** One finding for each contract: whether its code is this build's. */
export async function checkContracts(
  profile: NetworkProfile,
  deployment: Deployment,
  options: AbortOptions
): Promise<readonly Finding[]> {
  const { rpcUrls, chainId, drand } = profile
  const rpc = new Rpc({ urls: rpcUrls, clock: systemClock, chainId, timeoutMs: ANSWER_TIMEOUT_MS })
  try {
    const codes = await checkCode({ rpc, deployment, drand }, options)
    return codes.map(({ name, address, state }) => {
      const check = `contract ${name}`
      switch (state) {
        case 'same':
          return ok(check, `${address} is this build`)
        case 'same-but-values':
          return ok(check, `${address} is this build; what it was made with is not told`)
        case 'other':
          return warn(check, `${address} has other code than this build`, 'take the lilynode that the network is for')
        case 'none':
          return fail(check, 'CHAIN_NO_CONTRACTS', `nothing at ${address}`, 'was the chain started anew? deploy again')
        default:
          return state satisfies never
      }
    })
  } catch (error) {
    options.signal?.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    return [fail('contracts', 'CHAIN_NO_CONTRACTS', reason, 'the profile may be of another chain or version')]
  }
}

/** Whether rounds of the drand network can be had and are true; nothing for beacons of block headers. */
export async function checkDrand({ drand }: NetworkProfile, options: AbortOptions): Promise<readonly Finding[]> {
  if (drand === undefined) return []
  const todo = 'name drand endpoints in the profile; without one others must bring the seeds'
  if (drand.urls.length === 0) return [warn('drand', 'no endpoint is configured', todo)]
  const passed = Math.floor((Date.now() / 1000 - drand.genesisSec) / drand.periodSec)
  const round = BigInt(Math.max(1, passed - 1))
  return Promise.all(
    drand.urls.map(async (url, i) => {
      const check = `drand ${i + 1}`
      try {
        const isTrue = drandProof(drand.key, round, await fetchRound(url, round, options)) !== undefined
        if (isTrue) return ok(check, `${labelOf(url)} has round ${round}`)
        return warn(check, `${labelOf(url)} gave round ${round} of another network`, 'remove it from the profile')
      } catch {
        options.signal?.throwIfAborted()
        return warn(check, `${labelOf(url)} does not give round ${round}`, todo)
      }
    })
  )
}
