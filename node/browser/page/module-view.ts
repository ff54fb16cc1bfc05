/** One module: a form of its declared inputs, what it would cost now, and the button that offers the job. */
import { formatCoins, parseWei } from '../../../protocols/core/units.ts'
import { estimate } from '../estimate.ts'
import { facts, h, idText, notice } from './dom.ts'
import { field, type InputField } from './field.ts'
import { fetchModule, type LoadedModule } from './modules.ts'
import type { Session } from './session.ts'
import { coins, explain } from './words.ts'

/** The module of that CID. */
export function moduleView(session: Session, cid: string, signal: AbortSignal): HTMLElement {
  const view = h(
    'div',
    { 'aria-busy': 'true' },
    h('h1', { tabindex: '-1' }, 'Module'),
    h('p', { class: 'muted' }, 'Fetching and checking…')
  )
  fetchModule(session.open, cid, signal).then(
    loaded => {
      view.removeAttribute('aria-busy')
      view.replaceChildren(...form(session, loaded, signal))
    },
    error => {
      if (signal.aborted) return
      view.removeAttribute('aria-busy')
      view.replaceChildren(h('h1', { tabindex: '-1' }, 'Module'), notice('bad', 'Not fetched.', explain(error)))
    }
  )
  return view
}

/** How often results are checked, as the form asks it: in basis points. */
const CHECKS = [
  ['10000', 'Always: a committee runs it again'],
  ['500', 'Sometimes: one job in twenty, as a secret coin says'],
  ['0', 'Never: the result is fetched and accepted']
] as const

function form(session: Session, { cid, module }: LoadedModule, signal: AbortSignal): Node[] {
  const { profile } = session.open
  const fields = Object.entries(module.inputs).map(([name, input]) => field(name, input, signal))
  const checks = h(
    'select',
    { id: 'verify', name: 'verify' },
    ...CHECKS.map(([value, text]) => h('option', { value }, text))
  )
  const price = h('input', {
    id: 'price',
    name: 'price',
    inputmode: 'decimal',
    required: true,
    value: formatCoins(profile.defaults.maxPriceWei)
  })
  const problem = h('div', { class: 'problem', 'aria-live': 'assertive' })
  const button = h('button', { type: 'submit', class: 'primary' }, 'Run it')
  const submit = async () => {
    const verifyBps = Number(checks.value)
    const id = await offer(session, { cid, module }, fields, { verifyBps, maxPriceWei: parseWei(price.value) })
    location.hash = `#/job/${id}`
  }
  const element = h(
    'form',
    {
      class: 'job-form',
      on: {
        submit: event => {
          event.preventDefault()
          if (button.getAttribute('aria-busy') === 'true') return
          problem.replaceChildren()
          button.setAttribute('aria-busy', 'true')
          submit()
            .catch(error => problem.replaceChildren(...trouble(error)))
            .finally(() => button.removeAttribute('aria-busy'))
        }
      }
    },
    ...fields.map(({ element }) => element),
    h('div', { class: 'field' }, h('label', { for: 'verify' }, 'Check the result'), checks),
    h('div', { class: 'field' }, h('label', { for: 'price' }, 'Pay at most, in ETH'), price),
    costs(session, { cid, module }, signal),
    problem,
    button
  )
  return [
    h('h1', { tabindex: '-1' }, module.name),
    h('p', { class: 'lead' }, module.description),
    element,
    h(
      'details',
      {},
      h('summary', {}, 'What it is'),
      facts([
        ['CID', idText(cid.toString())],
        ['Version', module.version],
        ['Runtime', module.runtime],
        ['Memory', `${module.machine.memoryMiB} MiB`],
        ['Ends after', `${module.limits.wallSec} s at most`]
      ])
    )
  ]
}

async function offer(
  session: Session,
  { cid }: LoadedModule,
  fields: readonly InputField[],
  terms: { readonly verifyBps: number; readonly maxPriceWei: bigint }
): Promise<string> {
  const { node } = session.open
  const values: Record<string, string> = {}
  const files: Record<string, string> = {}
  for (const { name, read } of fields) {
    const given = await read()
    if (given === undefined) continue
    if (typeof given === 'string') values[name] = given
    else files[name] = (await node.parts.content.addFile(given)).toString()
  }
  return node.creator.submit({ module: cid.toString(), values, files, ...terms })
}

function trouble(error: unknown): Node[] {
  const text = explain(error)
  const isPoor = text.includes('WALLET_NO_FUNDS')
  return [
    notice('bad', isPoor ? 'Not enough money.' : 'Not offered.', text),
    ...(isPoor ? [h('p', {}, h('a', { href: '#/wallet' }, 'Fund this session'))] : [])
  ]
}

/** Live, from the book that this page's own peer has heard. */
function costs(session: Session, { module }: LoadedModule, signal: AbortSignal): HTMLElement {
  const line = h('p', { class: 'estimate', id: 'estimate' })
  session.head.read(
    () => {
      const { node, profile } = session.open
      const { offers, leastWei, medianWei, committeeWei } = estimate(node, module, profile.defaults.seatFeeWei)
      line.textContent =
        leastWei === undefined || medianWei === undefined
          ? 'No provider offers this runtime now.'
          : `${offers} ${offers === 1 ? 'offer' : 'offers'} now, from ${coins(leastWei)}, half of them at most ${coins(medianWei)}. A committee adds up to ${coins(committeeWei)}.`
    },
    { signal }
  )
  return line
}
