/** The first page: which modules there are, past jobs below them. */
import { h, notice } from './dom.ts'
import { jobList } from './jobs-view.ts'
import { describeModule, publishedModules } from './modules.ts'
import type { Session } from './session.ts'
import { explain } from './words.ts'

/** The gallery. */
export function runView(session: Session, signal: AbortSignal): HTMLElement {
  const { profile } = session.open
  const cards = h('ul', { class: 'cards' }, ...profile.modules.map(cid => card(session, cid, signal)))
  // What the registry lists comes a moment later; a chain that does not answer is told at the top of the page.
  publishedModules(session.open, signal).then(
    cids => cards.append(...cids.map(cid => card(session, cid, signal))),
    () => {}
  )
  const byCid = h('input', { id: 'cid', name: 'cid', required: true, autocomplete: 'off', spellcheck: 'false' })
  const form = h(
    'form',
    {
      class: 'inline',
      on: {
        submit: event => {
          event.preventDefault()
          location.hash = `#/module/${byCid.value.trim()}`
        }
      }
    },
    h('label', { for: 'cid' }, 'Another module, by its CID'),
    h('div', { class: 'row' }, byCid, h('button', { type: 'submit' }, 'Open'))
  )
  return h(
    'div',
    {},
    h('h1', { tabindex: '-1' }, 'Run a program on somebody’s machine'),
    h(
      'p',
      { class: 'lead' },
      'Choose a module. This page finds a provider, pays it when the result is right, and checks every byte itself.'
    ),
    h('h2', {}, 'Modules'),
    cards,
    form,
    h('h2', {}, 'Your last jobs'),
    jobList(session, signal, 4)
  )
}

function card(session: Session, cid: string, signal: AbortSignal): HTMLElement {
  const item = h('li', { class: 'card', 'aria-busy': 'true' }, h('p', { class: 'muted' }, 'Fetching and checking…'))
  describeModule(session.open, cid, signal).then(
    ({ module }) => {
      item.removeAttribute('aria-busy')
      item.replaceChildren(
        h('h3', {}, h('a', { href: `#/module/${cid}` }, module.name)),
        h('p', {}, module.description),
        h('p', { class: 'muted small' }, `version ${module.version} · ${module.runtime}`)
      )
    },
    error => {
      if (signal.aborted) return
      item.removeAttribute('aria-busy')
      item.replaceChildren(notice('bad', 'Not fetched.', explain(error)))
    }
  )
  return item
}
