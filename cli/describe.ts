/** Events and reports in words: one line each, for a log or behind a spinner. */
import type { JobReport } from '../node/market/api.ts'
import { formatCoins } from '../protocols/core/units.ts'
import type { NodeEvent } from '../protocols/events.ts'

/** An id or account, short enough to read and long enough to tell apart. */
export function short(id: string): string {
  return id.length <= 14 ? id : `${id.slice(0, 10)}..`
}

/** An event as a line. */
export function describeEvent(event: NodeEvent): string {
  switch (event.name) {
    case 'offer:published':
      return `${event.kind} offer ${short(event.id)} published at block ${event.block} to ${event.recipients} peers`
    case 'offer:eclipsed':
      return `${event.unseen} of the last ${event.deals} deals name offers that this node never heard: are its peers honest?`
    case 'job:waiting':
      return `waiting for a provider at block ${event.block}: ${event.reason}`
    case 'match:found':
      return `matched with ${event.provider} for ${formatCoins(event.priceWei)} at block ${event.block}`
    case 'deal:proposed':
      return `deal ${short(event.deal)} proposed to ${short(event.provider)} at block ${event.block}`
    case 'deal:refused':
      return `${short(event.provider)} refused deal ${short(event.deal)}: ${event.reason} (${event.code})`
    case 'deal:declined':
      return `said no to deal ${short(event.deal)} of ${short(event.creator)}: ${event.reason} (${event.code})`
    case 'deal:committed':
      return `deal ${short(event.deal)} committed by ${short(event.provider)} in block ${event.block}`
    case 'run:fetching':
      return `module and inputs of deal ${short(event.deal)} are fetched as ${event.role}`
    case 'run:started':
      return `run of deal ${short(event.deal)} started as ${event.role}`
    case 'run:finished':
      return `run of deal ${short(event.deal)} finished as ${event.role}: ${event.status}, exit code ${event.exitCode}`
    case 'run:failed':
      return `run of deal ${short(event.deal)} failed as ${event.role}: ${event.message} (${event.code})`
    case 'result:submitted':
      return `result of deal ${short(event.deal)} submitted in block ${event.block}`
    case 'result:fetched':
      return `result ${event.root} fetched to ${event.dir}`
    case 'deal:challenged':
      return `deal ${short(event.deal)} challenged in block ${event.block}, a committee is drawn`
    case 'committee:drawn':
      return `committee of round ${event.round} drawn in block ${event.block}: ${event.members.map(short).join(' ')}`
    case 'committee:committed':
      return `seat ${event.seat} of round ${event.round} has voted, block ${event.block}`
    case 'committee:revealed':
      return `seat ${event.seat} of round ${event.round} has revealed its vote, block ${event.block}`
    case 'committee:abstained':
      return `abstained in round ${event.round} of deal ${short(event.deal)}: ${event.message} (${event.code})`
    case 'deal:closed':
      return `deal ${short(event.deal)} closed in block ${event.block}: ${event.status}${verdictNote(event.verdict)}`
  }
}

function verdictNote(verdict: string): string {
  return verdict === 'none' ? '' : `, verdict ${verdict}`
}

/** What became of a job, as lines of a label and a text. */
export function describeJob(report: JobReport): string {
  const rows: (readonly [string, string | undefined])[] = [
    ['job', report.id],
    ['module', `${report.moduleName} ${report.module}`.trim()],
    ['state', report.dealStatus === undefined ? report.state : `${report.state}, deal ${report.dealStatus}`],
    ['failure', report.failure && `${report.failure.code}: ${report.failure.message}`],
    ['deal', report.dealId],
    ['provider', report.provider],
    ['ended', ending(report)],
    ['result', report.resultCid],
    ['verdict', report.verdict],
    ['committee', report.committee?.length ? report.committee.join('\n') : undefined],
    ['price', report.priceWei === undefined ? undefined : formatCoins(report.priceWei)],
    ['you paid', report.pricePaidWei === undefined ? undefined : formatCoins(report.pricePaidWei)],
    ['paid out', describePayments(report.payments)],
    ['folder', report.dir]
  ]
  return labelled(rows)
}

/** Who got what out of a deal's escrow, a line each; what a party had locked itself is in it. */
export function describePayments(payments: JobReport['payments']): string | undefined {
  if (payments === undefined || payments.length === 0) return undefined
  return payments
    .map(({ account, reason, amountWei, block }) => {
      const isBack = reason === 'provider' ? ', with its collateral' : ''
      return `${formatCoins(amountWei)} to ${account} (${reason}${isBack}, block ${block})`
    })
    .join('\n')
}

/** Lines of a label and a text; a text of several lines goes under itself, and rows without one are left out. */
export function labelled(rows: readonly (readonly [string, string | undefined])[]): string {
  const widest = Math.max(...rows.map(([label]) => label.length))
  return rows
    .flatMap(([label, text]) =>
      text === undefined ? [] : text.split('\n').map((line, i) => [i === 0 ? label : '', line] as const)
    )
    .map(([label, line]) => `${label.padEnd(widest)}  ${line}`)
    .join('\n')
}

function ending({ runStatus, exitCode }: JobReport): string | undefined {
  if (runStatus === undefined) return undefined
  return runStatus === 'exited' ? `exit code ${exitCode}` : runStatus
}
