/** The page: a session, a header, and one view at a time by the hash of the address. */
import { h, notice } from './dom.ts'
import { header } from './header.ts'
import { jobView } from './job-view.ts'
import { jobsView } from './jobs-view.ts'
import { moduleView } from './module-view.ts'
import { nodeView } from './node-view.ts'
import { runView } from './run-view.ts'
import { type Phase, Session } from './session.ts'
import './styles.css'
import './parts.css'
import { walletView } from './wallet-view.ts'

const session = new Session()
const main = h('main', { id: 'main', tabindex: '-1' })
let leave = new AbortController()

/** The view for where the address points; each gets a signal that aborts when it is left. */
function show(): void {
  leave.abort()
  leave = new AbortController()
  const { signal } = leave
  const [, page = '', id = ''] = location.hash.split('/')
  const view = () => {
    switch (page) {
      case 'jobs':
        return jobsView(session, signal)
      case 'job':
        return jobView(session, id, signal)
      case 'module':
        return moduleView(session, id, signal)
      case 'wallet':
        return walletView(session, signal)
      case 'node':
        return nodeView(session, signal)
      default:
        return runView(session, signal)
    }
  }
  main.replaceChildren(view())
}

/** Before the session is open, what it is at; afterwards the views, with a line on top while it is cut off. */
function run(): void {
  const waiting = h('p', { class: 'muted' })
  main.replaceChildren(h('h1', {}, 'Connecting'), waiting)
  let isOpen = false
  const banner = h('div', { class: 'banner', 'aria-live': 'polite' })
  main.before(banner)
  const look = (phase: Phase) => {
    if (phase.name === 'failed')
      return main.replaceChildren(h('h1', {}, 'Not connected'), notice('bad', phase.title, phase.text))
    const alarm = session.alarm.value
    banner.replaceChildren(
      ...(phase.name === 'cut-off' && isOpen ? [notice('warn', 'Cut off.', phase.what)] : []),
      ...(alarm === undefined ? [] : [notice('warn', 'Offers may be hidden from you.', alarm)])
    )
    if (phase.name === 'opening') waiting.textContent = `${phase.what}…`
    if (phase.name === 'cut-off' && !isOpen) waiting.textContent = `${phase.what}…`
    if (phase.name !== 'ready' || isOpen) return
    isOpen = true
    performance.mark('lilynode:ready')
    show()
    globalThis.addEventListener('hashchange', () => {
      if (location.hash === '#main') return
      show()
      main.querySelector('h1')?.focus()
    })
  }
  session.phase.read(look)
  session.alarm.read(() => look(session.phase.value))
}

document.body.append(header(session), main)
run()
globalThis.addEventListener('pagehide', () => session.stop())
// A page that comes back out of the browser's memory has left the network: it begins anew.
globalThis.addEventListener('pageshow', event => event.persisted && location.reload())
await session.start()
