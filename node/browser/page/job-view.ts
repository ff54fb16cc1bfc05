/** One job: how it stands, what has happened, by when something must happen next, its result and its receipt. */
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { isHex } from '../../../protocols/core/bytes.ts'
import type { JobReport } from '../../market/api.ts'
import { deadlineOf } from '../deadline.ts'
import { action, facts, h, idText, notice } from './dom.ts'
import { logsPanel } from './logs-view.ts'
import { receiptPanel } from './receipt-view.ts'
import { resultPanel } from './result-view.ts'
import type { Session } from './session.ts'
import { coins, explain, short, standing } from './words.ts'

/** The job of that id. */
export function jobView(session: Session, id: string, signal: AbortSignal): HTMLElement {
  if (!isHex(id, 32))
    return h('div', {}, h('h1', { tabindex: '-1' }, 'Job'), notice('bad', 'No such job.', id.slice(0, 80)))
  const title = h('h1', { tabindex: '-1' }, 'Job')
  const state = h('div', { 'aria-live': 'polite', id: 'standing' })
  const deadline = h('p', { class: 'muted', id: 'deadline' })
  const moments = h('ol', { class: 'timeline' })
  const details = h('div', {})
  const result = h('section', { 'aria-label': 'Result' })
  const receipt = h('section', { 'aria-label': 'Receipt' })
  const looking = new AbortController()
  const logs = logsPanel(session, id, AbortSignal.any([signal, looking.signal]))
  const controls = h('div', { class: 'row' })
  let shownState = ''
  let shownResult = ''
  let shownEnd = ''

  const show = (job: JobReport) => {
    title.textContent = job.moduleName
    const { tone, title: word, text } = standing(job)
    if (shownState !== word + text) {
      shownState = word + text
      state.replaceChildren(notice(tone, word, text))
    }
    details.replaceChildren(detailsOf(job))
    controls.replaceChildren(...(job.state === 'offered' ? [cancelButton(session, job.id, state)] : []))
    if (job.dir !== undefined && job.resultCid !== undefined && shownResult !== job.resultCid + tone) {
      shownResult = job.resultCid + tone
      // What was printed is in the result, where it is checked.
      looking.abort()
      logs.replaceChildren()
      result.replaceChildren(...resultPanel(session.open, job, signal))
    }
    const isEnded = job.state === 'done' || job.state === 'failed'
    if (isEnded && job.dealId !== undefined && shownEnd !== job.dealId) {
      shownEnd = job.dealId
      receipt.replaceChildren(...receiptPanel(session.open, job, signal))
    }
  }
  const showMoments = () => {
    const list = session.open.history.momentsOf(id)
    moments.replaceChildren(
      ...list.map(({ atMs, text }) =>
        h(
          'li',
          {},
          h('time', { datetime: new Date(atMs).toISOString() }, new Date(atMs).toLocaleTimeString()),
          ' ',
          h('span', {}, text)
        )
      )
    )
  }
  const refresh = async () => show(await session.open.node.api.job(id, { signal }))
  const fail = (error: unknown) => {
    if (!signal.aborted) state.replaceChildren(notice('bad', 'Not shown.', explain(error)))
  }
  session.jobs.read(() => void refresh().catch(fail), { signal })
  session.open.history.onChange(job => job === id && showMoments(), { signal })
  session.head.read(
    () => {
      deadlineOf(session.open.node, id).then(
        text => {
          deadline.textContent = text ?? ''
        },
        () => {}
      )
    },
    { signal }
  )
  showMoments()
  return h(
    'div',
    {},
    title,
    state,
    deadline,
    controls,
    logs,
    result,
    receipt,
    h('section', { 'aria-label': 'Timeline' }, h('h2', {}, 'What happened'), moments),
    h('section', { 'aria-label': 'Details' }, h('h2', {}, 'Details'), details)
  )
}

function detailsOf(job: JobReport): HTMLElement {
  return facts([
    ['Job', idText(job.id)],
    ['Module', idText(job.module)],
    ['Deal', job.dealId && idText(job.dealId)],
    ['Provider', job.provider && idText(job.provider)],
    ['Price', job.priceWei === undefined ? undefined : coins(job.priceWei)],
    ['You paid', job.pricePaidWei === undefined ? undefined : coins(job.pricePaidWei)],
    ['Result', job.resultCid && idText(job.resultCid)],
    ['Ended', job.runStatus === 'exited' ? `exit code ${job.exitCode}` : job.runStatus],
    ['Committee', job.committee?.length ? job.committee.map(short).join(', ') : undefined]
  ])
}

function cancelButton(session: Session, id: Bytes32, place: HTMLElement): HTMLElement {
  return action('Cancel the offer', () => session.open.node.api.cancel(id), {
    onError: error => place.replaceChildren(notice('bad', 'Not cancelled.', explain(error)))
  })
}
