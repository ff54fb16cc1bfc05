/** Money: what the session has, a wallet that funds it, and the way back out. */

import { isLilyError } from '../../../protocols/core/errors.ts'
import { parseWei } from '../../../protocols/core/units.ts'
import { fromUtf8, utf8 } from '../../../protocols/core/utf8.ts'
import { discoverWallets, type WalletChoice } from '../wallet/discover.ts'
import { Wallet } from '../wallet/wallet.ts'
import { action, facts, h, idText, notice } from './dom.ts'
import type { Session } from './session.ts'
import { coins, explain, short } from './words.ts'

/** For the session's transactions, in wei: challenges and settlements of a good many jobs. */
const GAS_WEI = 2n * 10n ** 16n

/** Where the journal keeps the wallet that withdrawals go to. */
const PAYOUT_KEY = 'page/payout'

/** The wallet page. */
export function walletView(session: Session, signal: AbortSignal): HTMLElement {
  const { node, profile } = session.open
  const said = h('div', { 'aria-live': 'polite', id: 'wallet-said' })
  const onError = (error: unknown) => said.replaceChildren(notice('bad', titleOf(error), explain(error)))
  const done = (text: string) => said.replaceChildren(notice('good', 'Done.', text))
  const money = h('div', { id: 'money' })
  session.balance.read(
    balance => {
      money.replaceChildren(
        facts([
          ['For jobs, in the Market', balance === undefined ? '…' : coins(balance.freeWei)],
          ['For transactions', balance === undefined ? '…' : coins(balance.coinWei)],
          ['Session account', idText(node.account)]
        ])
      )
    },
    { signal }
  )
  return h(
    'div',
    {},
    h('h1', { tabindex: '-1' }, 'Wallet'),
    money,
    said,
    depositPanel(session, signal, { onError, done }),
    ...(profile.hasFaucet ? [faucetPanel(session, { onError, done })] : []),
    withdrawPanel(session, { onError, done })
  )
}

/**
 * The first wallet becomes the only place that the session's money can be withdrawn to: a stolen session key can spend it on
 * jobs, but not carry it away. The contract lets nobody but that wallet change it, so a second one is told no, once.
 */
async function bindPayout({ open: { node } }: Session, { account }: Wallet): Promise<void> {
  const { chain } = node.parts
  const isBound = (await node.parts.store.get(PAYOUT_KEY)) !== undefined
  if (isBound) return
  await chain.send({ name: 'setPayout', account: node.account, payout: account }, { key: `payout/${account}` })
  await node.parts.store.put(PAYOUT_KEY, utf8(account))
}

interface Told {
  readonly onError: (error: unknown) => void
  readonly done: (text: string) => void
}

function depositPanel(session: Session, signal: AbortSignal, { onError, done }: Told): HTMLElement {
  const { node } = session.open
  const { deployment } = node.parts.chain
  const amount = h('input', { id: 'deposit', inputmode: 'decimal', value: '0.5' })
  const list = h(
    'ul',
    { class: 'wallets' },
    h('li', { class: 'muted empty' }, 'No wallet has announced itself in this browser.')
  )
  const onWallet = (choice: WalletChoice) => {
    list.querySelector('.empty')?.remove()
    const fund = async () => {
      const wallet = await Wallet.connect(choice, deployment)
      await wallet.fund(node.account, parseWei(amount.value), GAS_WEI)
      await bindPayout(session, wallet)
      done(`${amount.value} ETH deposited from ${choice.name}. Jobs need no further prompt.`)
    }
    const change = () => Wallet.switchChain(choice, deployment)
    list.append(
      h(
        'li',
        { class: 'row' },
        h('span', {}, choice.name),
        action('Deposit', fund, {
          attributes: { class: 'primary', 'aria-label': `Deposit from ${choice.name}` },
          onError
        }),
        action('Switch chain', change, {
          attributes: { 'aria-label': `Switch chain of ${choice.name}` },
          onError
        })
      )
    )
  }
  discoverWallets(onWallet, signal)
  return h(
    'section',
    { 'aria-label': 'Deposit' },
    h('h2', {}, 'Deposit'),
    h(
      'p',
      { class: 'muted' },
      'The wallet pays once: into the Market for jobs, and a little for transactions. Its key stays in the wallet.'
    ),
    h('div', { class: 'field' }, h('label', { for: 'deposit' }, 'Amount in ETH'), amount),
    list
  )
}

function faucetPanel({ open }: Session, { onError, done }: Told): HTMLElement {
  const draw = async () => {
    const response = await fetch('faucet', { method: 'POST', body: open.node.account })
    if (!response.ok) throw new Error(await response.text())
    done('The local network’s faucet has given coins to this session.')
  }
  return h(
    'section',
    { 'aria-label': 'Faucet' },
    h('h2', {}, 'Local network'),
    h('p', { class: 'muted' }, 'Its coins are worth nothing, and free.'),
    action('Take test coins', draw, { onError })
  )
}

function withdrawPanel({ open }: Session, { onError, done }: Told): HTMLElement {
  const amount = h('input', { id: 'withdraw', inputmode: 'decimal', value: '0.1' })
  const withdraw = async () => {
    await open.node.api.withdraw(parseWei(amount.value))
    const payout = await open.node.parts.store.get(PAYOUT_KEY)
    const where = payout === undefined ? 'the session’s account' : `your wallet, ${short(fromUtf8(payout))}`
    done(`${amount.value} ETH left the Market for ${where}.`)
  }
  return h(
    'section',
    { 'aria-label': 'Withdraw' },
    h('h2', {}, 'Withdraw'),
    h('div', { class: 'field' }, h('label', { for: 'withdraw' }, 'Amount in ETH'), amount),
    action('Withdraw', withdraw, { onError })
  )
}

function titleOf(error: unknown): string {
  return isLilyError(error) && error.code === 'WALLET_WRONG_CHAIN' ? 'Wrong chain.' : 'Not done.'
}
