/** The peer behind the page: neighbours, the session key to carry elsewhere, and a seat in committees. */
import { LilyError } from '../../../protocols/core/errors.ts'
import { formatKeyFile, keepSessionKey, parseKeyFile } from '../key.ts'
import { action, facts, h, idText, notice } from './dom.ts'
import type { Session } from './session.ts'
import { coins, explain } from './words.ts'

/** The node page. */
export function nodeView(session: Session, signal: AbortSignal): HTMLElement {
  const { node, profile } = session.open
  const said = h('div', { 'aria-live': 'polite' })
  const onError = (error: unknown) => said.replaceChildren(notice('bad', 'Not done.', explain(error)))
  const peers = h('ul', { class: 'peers' })
  session.peers.read(
    list => {
      const rows = list.map(({ peerId, addresses }) =>
        h('li', {}, idText(peerId), ' ', h('span', { class: 'muted small' }, transportOf(addresses[0] ?? '')))
      )
      peers.replaceChildren(...(rows.length > 0 ? rows : [h('li', { class: 'muted' }, 'None.')]))
    },
    { signal }
  )
  return h(
    'div',
    {},
    h('h1', { tabindex: '-1' }, 'This page is a peer'),
    facts([
      ['Network', `${profile.network}, chain ${profile.chainId}`],
      ['Peer id', idText(node.peerId)],
      ['Account', idText(node.account)],
      ['Served by', profile.agent]
    ]),
    said,
    h('h2', {}, 'Neighbours'),
    peers,
    mediatorPanel(session, said, onError),
    keyPanel(session, onError)
  )
}

function mediatorPanel({ open: { node } }: Session, said: HTMLElement, onError: (error: unknown) => void): HTMLElement {
  const state = h('p', { id: 'mediating' })
  const show = () => {
    state.textContent = node.roles.includes('mediator')
      ? 'This tab sits in committees while it is open: it runs disputed jobs again and votes.'
      : 'Not a mediator.'
  }
  const join = async () => {
    await node.mediate()
    show()
    said.replaceChildren(notice('good', 'Staked.', 'Keep this tab open: an absent member loses a strike.'))
  }
  const stake = h('p', { class: 'muted' }, 'A mediator stakes, and earns a fee for each vote.')
  node.parts.chain.slotStakeWei().then(
    wei => {
      stake.textContent = `A mediator stakes ${coins(wei)} of this session’s coins, and earns a fee for each vote.`
    },
    () => {}
  )
  show()
  return h(
    'section',
    { 'aria-label': 'Mediator' },
    h('h2', {}, 'Lend this tab'),
    stake,
    state,
    action('Become a mediator', join, { onError })
  )
}

function keyPanel({ open }: Session, onError: (error: unknown) => void): HTMLElement {
  const save = async () => {
    const url = URL.createObjectURL(new Blob([formatKeyFile(open.privateKey)], { type: 'application/json' }))
    h('a', { href: url, download: `lilynode-${open.node.account.slice(2, 10)}.json` }).click()
    URL.revokeObjectURL(url)
  }
  const file = h('input', { id: 'key-file', type: 'file', accept: '.json,.txt' })
  const take = async () => {
    const [chosen] = file.files ?? []
    if (chosen === undefined) throw new LilyError('KEY_BAD_FILE', 'choose a file first')
    await keepSessionKey(parseKeyFile(await chosen.text()))
    location.reload()
  }
  return h(
    'section',
    { 'aria-label': 'Session key' },
    h('h2', {}, 'Session key'),
    notice(
      'warn',
      'Keep it safe.',
      'Who has this file has this session’s money. Clearing the browser’s data without it loses both.'
    ),
    h('div', { class: 'row' }, action('Export', save, { onError })),
    h('div', { class: 'field' }, h('label', { for: 'key-file' }, 'Import another key; the one here is replaced'), file),
    h('div', { class: 'row' }, action('Import', take, { onError }))
  )
}

function transportOf(address: string): string {
  if (address.includes('/p2p-circuit')) return 'through a relay'
  if (address.includes('/webrtc')) return 'WebRTC'
  return address.includes('/wss') ? 'WebSocket, TLS' : 'WebSocket'
}
