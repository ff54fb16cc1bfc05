/** The head of the page: where one is, and whether the peer behind the page is connected. */
import { h } from './dom.ts'
import type { Session } from './session.ts'

/** The header with its live connection state. */
export function header(session: Session): HTMLElement {
  const dot = h('span', { class: 'dot', 'aria-hidden': 'true' })
  const state = h('span', { id: 'state' })
  const numbers = h('span', { class: 'numbers' })
  const show = () => {
    const phase = session.phase.value
    dot.dataset.phase = phase.name
    state.textContent = WORDS[phase.name]
    const { length } = session.peers.value
    const head = session.head.value
    const parts = [`${length} ${length === 1 ? 'peer' : 'peers'}`]
    if (head !== undefined) parts.push(`block ${head.number}`)
    numbers.textContent = phase.name === 'failed' || phase.name === 'opening' ? '' : parts.join(' · ')
  }
  for (const cell of [session.phase, session.peers, session.head]) cell.read(show)
  const links = [
    ['#/', 'Run'],
    ['#/jobs', 'Jobs'],
    ['#/wallet', 'Wallet'],
    ['#/node', 'Node']
  ] as const
  const anchors = links.map(([href, text]) => h('a', { href }, text))
  const mark = () => {
    const at = location.hash === '' ? '#/' : location.hash
    for (const anchor of anchors) {
      const href = anchor.getAttribute('href') ?? ''
      const isHere =
        href === '#/' ? at === '#/' || at.startsWith('#/module') : at.startsWith(href.replace('jobs', 'job'))
      if (isHere) anchor.setAttribute('aria-current', 'page')
      else anchor.removeAttribute('aria-current')
    }
  }
  globalThis.addEventListener('hashchange', mark)
  mark()
  return h(
    'header',
    { class: 'top' },
    h('a', { class: 'skip', href: '#main' }, 'Skip to the content'),
    h('a', { class: 'brand', href: '#/' }, logo(), h('span', {}, 'Lilynode')),
    h('nav', { 'aria-label': 'Pages' }, ...anchors),
    h('div', { class: 'connection', role: 'status', 'aria-live': 'polite' }, dot, state, numbers)
  )
}

const WORDS = { opening: 'Connecting', ready: 'Connected', 'cut-off': 'Cut off', failed: 'Not connected' } as const

function logo(): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  for (const turn of [-52, 0, 52]) {
    const petal = document.createElementNS(space, 'path')
    petal.setAttribute('d', 'M12 20C7.5 15.5 8 8 12 3c4 5 4.5 12.5 0 17Z')
    petal.setAttribute('transform', `rotate(${turn} 12 20)`)
    svg.append(petal)
  }
  return svg
}
