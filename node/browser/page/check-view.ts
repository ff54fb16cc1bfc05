/** Checks anybody's receipt: offline against a block hash that one trusts, else against this page's own chain. */
import type { ProvenDeal } from '../../../protocols/settlement/receipt.ts'
import { action, facts, h, idText, notice } from './dom.ts'
import type { Open } from './session.ts'
import { coins, explain, short } from './words.ts'

/** The panel. */
export function checkPanel(open: Open): HTMLElement {
  const file = h('input', { id: 'receipt-file', type: 'file', accept: '.json' })
  const trusted = h('input', { id: 'receipt-block', autocomplete: 'off', spellcheck: 'false', placeholder: '0x…' })
  const said = h('div', { 'aria-live': 'polite', id: 'receipt-said' })
  const check = async () => {
    const [chosen] = file.files ?? []
    if (chosen === undefined) return said.replaceChildren(notice('warn', 'No file.', 'Choose a receipt first.'))
    const { checkReceipt } = await import('../receipt.ts')
    said.replaceChildren(...proven(await checkReceipt(open.node, await chosen.text(), trusted.value.trim())))
  }
  return h(
    'section',
    { 'aria-label': 'Check a receipt' },
    h('h2', {}, 'Check a receipt'),
    h('div', { class: 'field' }, h('label', { for: 'receipt-file' }, 'The receipt'), file),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'receipt-block' }, 'Hash of its last block, if you know it; else this page’s chain is asked'),
      trusted
    ),
    action('Check', check, { onError: error => said.replaceChildren(notice('bad', 'Not proven.', explain(error))) }),
    said
  )
}

function proven({ id, deal, holder, block, status, verdict, resultCid, votes, payments }: ProvenDeal): Node[] {
  return [
    notice(
      'good',
      'Proven.',
      `Given that block ${block.number} is the chain’s, everything below follows from the receipt alone.`
    ),
    facts([
      ['Deal', idText(id)],
      ['Ended', verdict === undefined ? status : `${status}, verdict ${verdict}`],
      ['Result', resultCid === undefined ? 'not named' : idText(resultCid)],
      ['Creator', idText(deal.creator)],
      ['Provider', idText(deal.provider)],
      ['Shown by', holder === deal.creator ? 'its creator' : idText(holder)],
      [
        'Votes',
        votes.map(({ member, isForResult }) => `${short(member)}: ${isForResult ? 'for' : 'against'}`).join(', ') ||
          'none'
      ],
      ['Paid', payments.map(({ payee, amountWei }) => `${coins(amountWei)} to the ${payee}`).join(', ')]
    ])
  ]
}
