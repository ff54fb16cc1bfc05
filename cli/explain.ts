/** Explanations in words and tables of at most 80 columns. */
import type {
  ExplainedPlace,
  Explanation,
  JobExplanation,
  OfferCheck,
  ResourceExplanation
} from '../node/market/explanation.ts'
import { formatCoins } from '../protocols/core/units.ts'
import { labelled, short } from './describe.ts'
import { table } from './table.ts'

/** Columns of a terminal that everything fits. */
const WIDTH = 80

/** Rows of a ranking that are shown around what matters; `--json` has all of them. */
const MAX_ROWS = 12

const VERDICTS: Readonly<Record<JobExplanation['verdict'], string>> = {
  'by-rule': 'by the rule',
  'next-in-rank': 'next in rank',
  'off-rule': 'OFF THE RULE',
  unseen: 'not to be said: an offer was not seen here',
  waiting: 'waits, and has a partner',
  unmatched: 'waits, and has no partner'
}

/** An explanation for people. */
export function describeExplanation(explanation: Explanation): string {
  return explanation.kind === 'job' ? describeJob(explanation) : describeResource(explanation)
}

function describeJob(told: JobExplanation): string {
  const { deal, partner, ranking, unfit, unseen, joinedAt } = told
  const head = labelled([
    ['job', told.id],
    ['deal', deal?.id],
    ['block', String(told.block)],
    ['rule', partner === undefined ? 'no partner' : partner.provider],
    ['chain', deal?.provider],
    ['verdict', VERDICTS[told.verdict]],
    ['why', wrap(told.words, 9)],
    ...unseen.map(({ kind, id }) => ['unseen', `${kind} ${id}`] as const),
    [
      'note',
      joinedAt === undefined ? undefined : `this node joined at block ${joinedAt} and tells from what came later`
    ]
  ])
  const shown = ranking.filter(place => place.rank <= MAX_ROWS || place.isDeal)
  const rows = shown.map(place => [
    String(place.rank),
    short(place.provider),
    formatCoins(place.priceWei),
    markOf(place),
    wrap(place.reason ?? '', 48)
  ])
  const left = ranking.length - shown.length
  const parts = [head, '', table(['rank', 'provider', 'price', '', 'why not'], rows, 'no offer was in the ranking')]
  if (left > 0) parts.push(`and ${left} more`)
  if (unfit.length > 0) parts.push('', table(['out', 'because', 'found'], unfitRows(unfit), ''))
  if (unfit.length > MAX_ROWS) parts.push(`and ${unfit.length - MAX_ROWS} more`)
  return parts.join('\n')
}

function unfitRows(unfit: JobExplanation['unfit']): string[][] {
  return unfit.slice(0, MAX_ROWS).map(each => [short(each.provider), each.code, wrap(each.detail, 36)])
}

function markOf({ isPartner, isDeal }: ExplainedPlace): string {
  return [isPartner ? 'rule' : '', isDeal ? 'deal' : ''].filter(Boolean).join(', ')
}

function describeResource(told: ResourceExplanation): string {
  const head = labelled([
    ['offer', told.id],
    ['provider', told.provider],
    ['block', String(told.block)],
    ['in short', told.words]
  ])
  const rows = told.jobs.map(job => [
    short(job.job),
    String(job.block),
    job.provider === undefined ? 'waits' : job.provider === told.provider ? 'here' : short(job.provider),
    job.rank === undefined ? '-' : String(job.rank),
    wrap(job.reason ?? '', 46)
  ])
  return `${head}\n\n${table(['job', 'block', 'is at', 'rank', 'why not here'], rows, 'no jobs lately')}`
}

/** How a provider's offer fares, for people. */
export function describeCheck(found: OfferCheck): string {
  const seen = found.peers.filter(peer => peer.hasIt === true).length
  const silent = found.peers.filter(peer => peer.hasIt === undefined).length
  const head = labelled([
    ['offer', found.id],
    ['seen', `by ${seen} of ${found.peers.length} neighbours${silent === 0 ? '' : `, ${silent} did not answer`}`],
    ...found.peers.filter(peer => peer.hasIt === false).map(({ peerId }) => ['not by', peerId] as const),
    ['ask', formatCoins(found.askWei)],
    ['place', `${found.priceRank} of ${found.rivals + 1} by price; the cheapest asks ${formatCoins(found.cheapestWei)}`]
  ])
  const noes = found.declined.map(no => [
    String(no.block),
    short(no.job),
    short(no.creator),
    wrap(`${no.reason} (${no.code})`, 42)
  ])
  const earnings = found.earnings.map(({ askWei, deals, totalWei }) => [
    `${formatCoins(askWei)}${askWei === found.askWei ? ' (now)' : ''}`,
    String(deals),
    formatCoins(totalWei)
  ])
  const since = `the rule on the deals made since block ${found.earningsFromBlock}, at other asks:`
  return [
    head,
    '',
    table(['block', 'job', 'creator', 'last noes'], noes, 'no proposal was turned down'),
    '',
    since,
    table(['ask', 'deals', 'would have brought'], earnings, 'none')
  ].join('\n')
}

/** Breaks words into lines that fit the terminal beside so many columns. */
function wrap(text: string, beside: number): string {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && longer.length > WIDTH - beside) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines.join('\n')
}
