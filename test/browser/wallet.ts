// A wallet for tests: an EIP-6963 provider in the page whose key and signing are outside of it, as with a real one.
import { JsonRpcProvider, Network, Wallet } from 'ethers'
import type { BrowserContext } from 'playwright-core'

/** What the wallet does beside being one. */
export interface TestWalletInit {
  readonly rpcUrl: string
  readonly chainId: number
  readonly privateKey: string
  /** The chain that it claims to be on. @default chainId */
  readonly claimedChainId?: number
  /** @default Test Wallet */
  readonly name?: string
}

/** Puts the wallet into every page of a context. Returns how many payments it has signed. */
export async function installWallet(context: BrowserContext, init: TestWalletInit): Promise<() => number> {
  const { rpcUrl, chainId, claimedChainId = chainId, name = 'Test Wallet' } = init
  // Without `cacheTimeout` the second of two payments may be given the nonce of the first, when a block came in between.
  const provider = new JsonRpcProvider(rpcUrl, Network.from(chainId), {
    staticNetwork: true,
    cacheTimeout: -1,
    pollingInterval: 250
  })
  const wallet = new Wallet(init.privateKey, provider)
  let signed = 0
  await context.exposeFunction(`wallet_${name.replaceAll(' ', '_')}`, async (method: string, params: unknown[]) => {
    switch (method) {
      case 'eth_requestAccounts':
      case 'eth_accounts':
        return [wallet.address]
      case 'eth_chainId':
        return `0x${claimedChainId.toString(16)}`
      case 'eth_sendTransaction': {
        const [payment] = params as [{ to: string; value: string; data: string }]
        signed++
        return (await wallet.sendTransaction({ to: payment.to, value: payment.value, data: payment.data })).hash
      }
      default:
        return provider.send(method, params)
    }
  })
  await context.addInitScript(announce, { name, uuid: crypto.randomUUID() })
  return () => signed
}

/** Runs in the page: speaks to the function above and announces itself as EIP-6963 says. */
function announce({ name, uuid }: { name: string; uuid: string }): void {
  const call: unknown = Reflect.get(globalThis, `wallet_${name.replaceAll(' ', '_')}`)
  if (typeof call !== 'function') return
  const provider = {
    request: ({ method, params = [] }: { method: string; params?: unknown[] }) => call(method, params)
  }
  const detail = Object.freeze({ info: { uuid, name, icon: 'data:,', rdns: 'test.wallet' }, provider })
  const tell = () => globalThis.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
  globalThis.addEventListener('eip6963:requestProvider', tell)
  tell()
}
