/** Wallets of this browser by EIP-6963: each announces itself, and the owner chooses. @see https://eips.ethereum.org/EIPS/eip-6963 */

/** A wallet's EIP-1193 provider. */
export interface Eip1193 {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>
}

/** A wallet that has announced itself. */
export interface WalletChoice {
  readonly id: string
  readonly name: string
  readonly provider: Eip1193
}

/** Hears of wallets, now and later, until aborted. Each is told once. */
export function discoverWallets(onWallet: (wallet: WalletChoice) => void, signal: AbortSignal): void {
  const seen = new Set<string>()
  const onAnnounce = (event: Event) => {
    const wallet = event instanceof CustomEvent ? walletOf(event.detail) : undefined
    if (wallet === undefined || seen.has(wallet.id)) return
    seen.add(wallet.id)
    onWallet(wallet)
  }
  globalThis.addEventListener('eip6963:announceProvider', onAnnounce, { signal })
  globalThis.dispatchEvent(new Event('eip6963:requestProvider'))
}

function walletOf(detail: unknown): WalletChoice | undefined {
  if (typeof detail !== 'object' || detail === null || !('info' in detail) || !('provider' in detail)) return undefined
  const { info, provider } = detail
  if (typeof info !== 'object' || info === null || !('uuid' in info) || !('name' in info)) return undefined
  if (typeof info.uuid !== 'string' || typeof info.name !== 'string' || !isProvider(provider)) return undefined
  return { id: info.uuid, name: info.name.slice(0, 60), provider }
}

function isProvider(value: unknown): value is Eip1193 {
  return typeof value === 'object' && value !== null && 'request' in value && typeof value.request === 'function'
}
