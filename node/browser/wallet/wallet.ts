/**
 * A wallet that funds the session key, and does nothing else: one payment into the Market for jobs, one to the session's own
 * account for transactions. The wallet signs both; the page never sees its key.
 */
import { type Address, parseAddress } from '../../../protocols/core/account.ts'
import { LilyError } from '../../../protocols/core/errors.ts'
import { Contracts } from '../../chain/contracts.ts'
import type { Deployment } from '../../market/ports.ts'
import { delay } from '../../peer/delay.ts'
import type { Eip1193, WalletChoice } from './discover.ts'

/** Between two looks for a receipt, and the longest wait for one. */
const LOOK_MS = 500
const RECEIPT_MS = 180_000

/** A wallet that its owner has connected. */
export class Wallet {
  readonly name: string
  readonly account: Address
  readonly #provider: Eip1193
  readonly #deployment: Deployment

  constructor(choice: WalletChoice, account: Address, deployment: Deployment) {
    this.name = choice.name
    this.account = account
    this.#provider = choice.provider
    this.#deployment = deployment
  }

  /** Asks the wallet for an account on the deployment's chain. @throws WALLET_REFUSED, WALLET_WRONG_CHAIN */
  static async connect(choice: WalletChoice, deployment: Deployment): Promise<Wallet> {
    const accounts = await ask(choice.provider, 'eth_requestAccounts')
    const first: unknown = Array.isArray(accounts) ? accounts[0] : undefined
    if (typeof first !== 'string') throw new LilyError('WALLET_REFUSED', 'the wallet has given no account')
    const wallet = new Wallet(choice, parseAddress(first), deployment)
    await wallet.#checkChain()
    return wallet
  }

  /** Asks the wallet to go to the deployment's chain. @throws WALLET_REFUSED */
  static async switchChain(choice: WalletChoice, { chainId }: Deployment): Promise<void> {
    await ask(choice.provider, 'wallet_switchEthereumChain', [{ chainId: `0x${chainId.toString(16)}` }])
  }

  /** Pays `amountWei` into the Market for `session`, and `gasWei` to its account. @throws WALLET_* */
  async fund(session: Address, amountWei: bigint, gasWei: bigint): Promise<void> {
    await this.#checkChain()
    const { market } = new Contracts(this.#deployment)
    if (amountWei > 0n)
      await this.#send({ to: market.address, value: amountWei, data: market.encode('depositFor', session) })
    if (gasWei > 0n) await this.#send({ to: session, value: gasWei, data: '0x' })
  }

  async #send({ to, value, data }: { to: Address; value: bigint; data: string }): Promise<void> {
    const payment = { from: this.account, to, value: `0x${value.toString(16)}`, data }
    const hash = await ask(this.#provider, 'eth_sendTransaction', [payment])
    const signal = AbortSignal.timeout(RECEIPT_MS)
    for (;;) {
      const receipt = await ask(this.#provider, 'eth_getTransactionReceipt', [hash])
      if (typeof receipt === 'object' && receipt !== null && 'status' in receipt) {
        if (receipt.status === '0x1') return
        throw new LilyError('WALLET_PAYMENT_FAILED', 'the payment was mined and failed')
      }
      await delay(LOOK_MS, { signal })
    }
  }

  async #checkChain(): Promise<void> {
    const served = await ask(this.#provider, 'eth_chainId')
    const { chainId } = this.#deployment
    if (typeof served === 'string' && /^0x[0-9a-f]+$/i.test(served) && BigInt(served) === chainId) return
    const found = typeof served === 'string' && /^0x[0-9a-f]+$/i.test(served) ? BigInt(served).toString() : 'none'
    throw new LilyError(
      'WALLET_WRONG_CHAIN',
      `the wallet is on chain ${found}, this market is on chain ${chainId}: nothing was sent`,
      { details: { found, expected: chainId } }
    )
  }
}

async function ask(provider: Eip1193, method: string, params: readonly unknown[] = []): Promise<unknown> {
  try {
    return await provider.request({ method, params })
  } catch (cause) {
    // Wallets throw plain objects as well.
    const said =
      typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause)
    throw new LilyError('WALLET_REFUSED', `the wallet refused ${method}: ${said.slice(0, 200)}`, { cause })
  }
}
