/**
 * What a committee found: the Court's count. Below the last round all seats must agree, or a bigger committee decides; in
 * the last round more than half of the seats do (contracts.md D).
 */
import type { Bytes32 } from '../core/bytes.ts'
import { UNVERIFIABLE } from '../result/result.ts'
import type { Verdict } from './dispute.ts'

/** A seat's vote: the digest of its own result, or {@link UNVERIFIABLE}; null when it stayed silent. */
export type Vote = Bytes32 | null

/** What a round comes to. */
export type RoundOutcome =
  | { readonly kind: 'verdict'; readonly verdict: Exclude<Verdict, 'none'>; readonly found: Vote }
  /** A bigger committee of new members is drawn. */
  | { readonly kind: 'next-round' }

/**
 * What the votes of a round come to.
 *
 * @param votes by seat, silent seats included
 * @param opened digest of the provider's opened result; null when it did not open it
 */
export function tallyRound(votes: readonly Vote[], isLast: boolean, opened: Bytes32 | null): RoundOutcome {
  // A provider that hides its result cannot be right.
  if (opened === null) return { kind: 'verdict', verdict: 'wrong', found: null }
  const found = decide(votes, isLast)
  if (found === null && !isLast) return { kind: 'next-round' }
  return { kind: 'verdict', verdict: verdictOn(found, opened), found }
}

/**
 * What a round that asked for a next one comes to after all, when no committee can be found for that one: more than half of
 * the seats, and nobody against them.
 */
export function tallyUnseated(votes: readonly Vote[], opened: Bytes32 | null): RoundOutcome {
  const { leader, most, cast } = count(votes)
  const found = most === cast && 2 * most > votes.length ? leader : null
  return { kind: 'verdict', verdict: verdictOn(found, opened), found }
}

/** Whether a seat earned its fee: it voted for what was found, or voted at all where nothing was. Others lose a strike. */
export function isCoherent(vote: Vote, found: Vote): boolean {
  return found === null ? vote !== null : vote === found
}

function decide(votes: readonly Vote[], isLast: boolean): Vote {
  const { leader, most } = count(votes)
  const isDecided = isLast ? 2 * most > votes.length : most === votes.length
  return isDecided ? leader : null
}

function verdictOn(found: Vote, opened: Bytes32 | null): Exclude<Verdict, 'none'> {
  if (found === null) return 'no-verdict'
  if (found === UNVERIFIABLE) return 'unverifiable'
  return found === opened ? 'correct' : 'wrong'
}

/** The vote that most seats gave (of equal ones the first by seat), how many gave it, and how many voted at all. */
function count(votes: readonly Vote[]): { readonly leader: Vote; readonly most: number; readonly cast: number } {
  const counts = new Map<Bytes32, number>()
  for (const vote of votes) if (vote !== null) counts.set(vote, (counts.get(vote) ?? 0) + 1)
  let [leader, most, cast]: [Vote, number, number] = [null, 0, 0]
  for (const [vote, votesFor] of counts) {
    cast += votesFor
    if (votesFor > most) [leader, most] = [vote, votesFor]
  }
  return { leader, most, cast }
}
