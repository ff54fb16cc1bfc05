/** The end of a job: who was paid, the receipt to keep, and the button that checks everything again in this page. */
import type { JobReport } from '../../market/api.ts'
import { verifyJob } from '../verify.ts'
import { action, h, notice } from './dom.ts'
import type { Open } from './session.ts'
import { coins, explain, short } from './words.ts'

/** A download reads its address a moment after the click. */
const KEEP_URL_MS = 60_000

/** The receipt's part of a job's page. */
export function receiptPanel(open: Open, job: JobReport, signal: AbortSignal): Node[] {
  const checks = h('ol', { class: 'checks', id: 'checks', 'aria-live': 'polite' })
  const verify = action(
    'Verify this yourself',
    async () => {
      checks.replaceChildren()
      for await (const { what, isGood, detail } of verifyJob(open.node, job.id, signal))
        checks.append(
          h(
            'li',
            { class: isGood ? 'good' : 'bad' },
            h('strong', {}, isGood ? 'Yes. ' : 'No. '),
            what,
            ' ',
            h('code', {}, detail)
          )
        )
    },
    { onError: error => checks.append(h('li', {}, notice('bad', 'Not verified.', explain(error)))) }
  )
  const save = action(
    'Save the receipt',
    async () => {
      const { receiptOf } = await import('../receipt.ts')
      const url = URL.createObjectURL(
        new Blob([await receiptOf(open.node, job.id, signal)], { type: 'application/json' })
      )
      h('a', { href: url, download: `receipt-${job.dealId?.slice(2, 10)}.json` }).click()
      setTimeout(() => URL.revokeObjectURL(url), KEEP_URL_MS)
    },
    { onError: error => checks.append(h('li', {}, notice('bad', 'No receipt.', explain(error)))) }
  )
  const buttons = [...(job.resultCid === undefined ? [] : [verify]), save]
  return [h('h2', {}, 'Receipt'), payments(job), h('div', { class: 'row' }, ...buttons), checks]
}

function payments({ payments: paid }: JobReport): HTMLElement {
  if (paid === undefined || paid.length === 0) return h('p', { class: 'muted' }, 'Nobody was paid.')
  const rows = paid.map(({ account, reason, amountWei, block }) =>
    h(
      'tr',
      {},
      h('td', {}, reason),
      h('td', {}, h('code', { title: account }, short(account))),
      h('td', { class: 'number' }, coins(amountWei)),
      h('td', { class: 'number' }, String(block))
    )
  )
  const head = h('tr', {}, ...['To the', 'Account', 'Amount', 'Block'].map(text => h('th', { scope: 'col' }, text)))
  return h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Payments' },
    h(
      'table',
      {},
      h('caption', {}, 'Paid out by the Market; a provider’s amount holds its collateral'),
      h('thead', {}, head),
      h('tbody', {}, ...rows)
    )
  )
}
