/**
 * The faucet of a local network: an account that everybody on this machine has the key of. Several processes may draw
 * from it at once and take the same nonce, so a draw looks at the balance and tries again until the money is there.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { FetchRequest, isError, JsonRpcProvider, Network, Wallet } from 'ethers'
import type { Address } from '../../protocols/core/account.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import type { AbortOptions } from '../market/ports.ts'
import type { NetworkProfile } from './profile.ts'

/** Codes of the faucet. */
export type FaucetErrorCode = 'FAUCET_NONE' | 'FAUCET_FAILED' | 'CHAIN_UNREACHABLE' | 'CHAIN_WRONG_ID'

/** How often a draw is tried, and how long one request to the chain may take. */
const ATTEMPTS = 20
const REQUEST_TIMEOUT_MS = 10_000
const ARRIVAL_TIMEOUT_MS = 60_000
const ASK_AGAIN_MS = 250

/** The account's own coins, in wei; asks the chain directly. @throws LilyError CHAIN_UNREACHABLE */
export async function coinsOf(profile: NetworkProfile, account: Address, options: AbortOptions = {}): Promise<bigint> {
  return withProvider(profile, options, provider => provider.getBalance(account))
}

/**
 * Fills the account up to at least `atLeastWei` of its own coins.
 *
 * @returns what it was given, in wei; 0 when it had enough
 * @throws LilyError FAUCET_NONE where the network has no faucet, FAUCET_FAILED, CHAIN_UNREACHABLE
 */
export async function drawFromFaucet(
  profile: NetworkProfile,
  account: Address,
  atLeastWei: bigint,
  options: AbortOptions = {}
): Promise<bigint> {
  const { faucetKey } = profile
  if (!profile.isLocal || faucetKey === undefined) {
    throw new LilyError<FaucetErrorCode>('FAUCET_NONE', `network ${profile.name} has no faucet`)
  }
  return withProvider(profile, options, async provider => {
    const wallet = new Wallet(faucetKey, provider)
    let lastError: unknown
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const missingWei = atLeastWei - (await provider.getBalance(account))
      if (missingWei <= 0n) return 0n
      try {
        await wallet.sendTransaction({ to: account, value: missingWei })
        await arrived(provider, account, atLeastWei, options)
        return missingWei
      } catch (error) {
        if (!isNonceTaken(error)) throw error
        lastError = error
        await delay(50 + Math.random() * 250, undefined, options)
      }
    }
    throw new LilyError<FaucetErrorCode>('FAUCET_FAILED', 'the faucet is too busy: try again', { cause: lastError })
  })
}

/**
 * Waits until the account has that much. ethers' own waiting for a receipt does not look at how its requests end, so that
 * one that fails, or is cut off by leaving, ends the process.
 */
async function arrived(
  provider: JsonRpcProvider,
  account: Address,
  amountWei: bigint,
  options: AbortOptions
): Promise<void> {
  const untilMs = performance.now() + ARRIVAL_TIMEOUT_MS
  while (performance.now() < untilMs) {
    if ((await provider.getBalance(account)) >= amountWei) return
    await delay(ASK_AGAIN_MS, undefined, options)
  }
  throw new LilyError<FaucetErrorCode>('FAUCET_FAILED', 'what the faucet gave has not arrived in time: try again')
}

async function withProvider<T>(
  profile: NetworkProfile,
  { signal }: AbortOptions,
  use: (provider: JsonRpcProvider) => Promise<T>
): Promise<T> {
  signal?.throwIfAborted()
  const [rpcUrl = ''] = profile.rpcUrls
  const request = new FetchRequest(rpcUrl)
  request.timeout = REQUEST_TIMEOUT_MS
  // Without a static network ethers asks an absent chain for its id for ever.
  const provider = new JsonRpcProvider(request, Network.from(profile.chainId), {
    staticNetwork: true,
    // A cached nonce or balance is an old one.
    cacheTimeout: -1
  })
  const leave = () => provider.destroy()
  signal?.addEventListener('abort', leave, { once: true })
  try {
    const served = BigInt(await provider.send('eth_chainId', []))
    if (served !== profile.chainId) {
      const message = `the endpoint ${rpcUrl} serves chain ${served}, network ${profile.name} is chain ${profile.chainId}`
      throw new LilyError<FaucetErrorCode>('CHAIN_WRONG_ID', message, {
        details: { served, expected: profile.chainId }
      })
    }
    return await use(provider)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof LilyError) throw cause
    const isAnswer = isError(cause, 'CALL_EXCEPTION') || isError(cause, 'INSUFFICIENT_FUNDS')
    throw isAnswer
      ? new LilyError<FaucetErrorCode>('FAUCET_FAILED', 'the faucet is empty or was refused', { cause })
      : new LilyError<FaucetErrorCode>('CHAIN_UNREACHABLE', `the chain at ${rpcUrl} does not answer`, { cause })
  } finally {
    signal?.removeEventListener('abort', leave)
    provider.destroy()
  }
}

/** Whether somebody else's draw had the same nonce. */
function isNonceTaken(error: unknown): boolean {
  if (isError(error, 'NONCE_EXPIRED') || isError(error, 'REPLACEMENT_UNDERPRICED')) return true
  if (isError(error, 'TRANSACTION_REPLACED')) return true
  return error instanceof Error && /already (known|imported)|nonce too low|underpriced/i.test(error.message)
}
