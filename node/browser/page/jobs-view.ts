/** Past and present jobs, kept in this browser. */
import type { JobReport } from '../../market/api.ts'
import { checkPanel } from './check-view.ts'
import { h } from './dom.ts'
import type { Session } from './session.ts'
import { coins, standing } from './words.ts'

/** All jobs. */
export function jobsView(session: Session, signal: AbortSignal): HTMLElement {
  return h(
    'div',
    {},
    h('h1', { tabindex: '-1' }, 'Your jobs'),
    jobList(session, signal, Number.POSITIVE_INFINITY),
    checkPanel(session.open)
  )
}

/** The newest jobs, live. */
export function jobList(session: Session, signal: AbortSignal, most: number): HTMLElement {
  const list = h('ul', { class: 'jobs' })
  session.jobs.read(
    jobs => {
      const rows = jobs.slice(0, most).map(row)
      list.replaceChildren(...(rows.length > 0 ? rows : [h('li', { class: 'muted empty' }, 'None yet.')]))
    },
    { signal }
  )
  return list
}

function row(job: JobReport): HTMLElement {
  const { tone, title } = standing(job)
  const cost = job.pricePaidWei ?? job.priceWei
  return h(
    'li',
    {},
    h(
      'a',
      { href: `#/job/${job.id}` },
      h('span', { class: 'name' }, job.moduleName),
      h('span', { class: `badge ${tone}` }, title),
      h('span', { class: 'muted small' }, cost === undefined ? '' : coins(cost)),
      h('time', { class: 'muted small', datetime: new Date(job.createdAtMs).toISOString() }, whenText(job.createdAtMs))
    )
  )
}

/** A moment as people say it. */
export function whenText(atMs: number): string {
  return new Date(atMs).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })
}
