/** The page's words for what the protocol calls by codes. */

import { isLilyError } from '../../../protocols/core/errors.ts'
import { formatCoins } from '../../../protocols/core/units.ts'
import type { NodeEvent } from '../../../protocols/events.ts'
import type { JobReport } from '../../market/api.ts'

/** An account or id, short. */
export function short(id: string): string {
  return id.length <= 14 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`
}

/** Digits behind the point that people read; the rest is in the receipt. */
const SHOWN_DIGITS = 6

/** An amount with its unit, cut to what people read; `<0.000001` rather than a wrong 0. */
export function coins(wei: bigint): string {
  const [whole = '0', fraction = ''] = formatCoins(wei).split('.')
  const shown = fraction.slice(0, SHOWN_DIGITS).replace(/0+$/, '')
  if (wei > 0n && whole === '0' && shown === '') return `<0.${'0'.repeat(SHOWN_DIGITS - 1)}1 ETH`
  return `${whole}${shown === '' ? '' : `.${shown}`} ETH`
}

/** What went wrong, for people, with its code. */
export function explain(error: unknown): string {
  if (isLilyError(error)) return `${error.message.slice(0, 1).toUpperCase()}${error.message.slice(1)} (${error.code})`
  return error instanceof Error ? error.message : String(error)
}

/** What a job's state means for its owner: a tone, a title, a sentence. `verified` is said only of what was checked. */
export function standing(job: JobReport): { tone: 'good' | 'bad' | 'warn' | 'plain'; title: string; text: string } {
  if (job.failure !== undefined) return { tone: 'bad', title: failureTitle(job), text: job.failure.message }
  if (job.state === 'cancelled') return { tone: 'plain', title: 'Cancelled', text: 'The offer was withdrawn.' }
  if (job.state !== 'done') return { tone: 'plain', ...UNDER_WAY[job.state] }
  switch (job.verdict) {
    case 'correct':
      return {
        tone: 'good',
        title: 'Verified',
        text: `A committee of ${job.committee?.length ?? 0} ran the job again and found this very result.`
      }
    case 'accepted':
      return {
        tone: 'warn',
        title: 'Accepted, not verified',
        text: 'The result is what the provider committed to. Nobody has run the job again; you can, below.'
      }
    case 'wrong':
      return { tone: 'bad', title: 'Wrong result', text: 'A committee found another result. You got your money back.' }
    case 'unverifiable':
      return { tone: 'warn', title: 'Not verifiable', text: 'The committee could not agree with itself on any result.' }
    case 'no-verdict':
      return { tone: 'warn', title: 'No verdict', text: 'Too few members voted. You got your money back.' }
    default:
      return { tone: 'warn', title: 'Not verified', text: 'Nobody has run the job again.' }
  }
}

function failureTitle({ dealStatus }: JobReport): string {
  if (dealStatus === 'slashed') return 'Refuted: the result was wrong'
  return dealStatus === 'refunded' ? 'Refunded: no result came' : 'Failed'
}

const UNDER_WAY = {
  offered: { title: 'Looking for a provider', text: 'The offer is gossiped; providers are ranked at every block.' },
  proposed: { title: 'Deal proposed', text: 'The signed deal is with the provider, who commits it on chain.' },
  committed: { title: 'Running', text: 'The deal is on chain; the provider fetches and runs the job.' },
  submitted: { title: 'Result handed in', text: 'The blinded result is on chain; the page fetches it.' },
  fetched: { title: 'Result fetched', text: 'Every byte matches its CID. Waiting for the next step on chain.' },
  disputed: { title: 'Being verified', text: 'A committee is drawn, runs the job again and votes.' },
  failed: { title: 'Failed', text: '' }
} as const

/** An event of a job as a line of its timeline. */
export function tell(event: NodeEvent): string {
  switch (event.name) {
    case 'offer:published':
      return `Offer given to ${event.recipients} ${event.recipients === 1 ? 'peer' : 'peers'}`
    case 'offer:eclipsed':
      return `${event.unseen} of the last ${event.deals} deals name offers that this page never heard`
    case 'job:waiting':
      return `Waiting for a provider: ${event.reason}`
    case 'match:found':
      return `Matched with ${short(event.provider)} for ${coins(event.priceWei)}`
    case 'deal:proposed':
      return `Deal signed and proposed to ${short(event.provider)}`
    case 'deal:refused':
      return `${short(event.provider)} did not take the deal: ${event.reason}`
    case 'deal:declined':
      return `Said no to ${short(event.creator)}: ${event.reason}`
    case 'deal:committed':
      return `Deal on chain, committed by ${short(event.provider)}`
    case 'result:submitted':
      return 'Blinded result on chain'
    case 'result:fetched':
      return 'Result fetched and checked against its CID'
    case 'deal:challenged':
      return 'Verification asked for'
    case 'committee:drawn':
      return `Committee of round ${event.round + 1} drawn: ${event.members.map(short).join(', ')}`
    case 'committee:committed':
      return `Seat ${event.seat + 1} has cast its sealed vote`
    case 'committee:revealed':
      return `Seat ${event.seat + 1} has revealed its vote`
    case 'committee:abstained':
      return `Abstained: ${event.message}`
    case 'deal:closed':
      return event.verdict === 'none' ? `Closed: ${event.status}` : `Closed: ${event.status}, verdict ${event.verdict}`
    case 'run:fetching':
      return `Fetching as ${event.role}`
    case 'run:started':
      return `Running as ${event.role}`
    case 'run:finished':
      return `Run as ${event.role} ended: ${event.status}`
    case 'run:failed':
      return `Run as ${event.role} failed: ${event.message}`
  }
}
