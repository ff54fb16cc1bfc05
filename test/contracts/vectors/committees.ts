// Vectors of draws and tallies, made without the code they are to test.
import { AbiCoder, keccak256, ZeroAddress, ZeroHash } from 'ethers'
import { address, bytes32, decimal } from './seeded.ts'

const REQUESTED_AT = 1_000
const MAX_ATTEMPTS = 256

interface Slot {
  readonly owner: string
  readonly activeFrom: number
  readonly exitAt: number
}

interface DrawCase {
  readonly what: string
  readonly seed: string
  readonly deal: string
  readonly slots: number
  readonly round: number
  readonly seats: number
  readonly excluded: readonly string[]
}

/** Twelve slots: two of one owner, one freed, one too young, one that left before the request and one that left at it. */
const SLOTS: readonly Slot[] = Array.from({ length: 12 }, (_, i) => ({
  owner: i === 4 ? ZeroAddress : address(`mediator.${i === 3 ? 2 : i}`),
  activeFrom: i === 5 ? REQUESTED_AT : 100 + i,
  exitAt: i === 6 ? REQUESTED_AT - 1 : i === 7 ? REQUESTED_AT : 0
}))

function isEligible({ owner, activeFrom, exitAt }: Slot): boolean {
  return owner !== ZeroAddress && activeFrom < REQUESTED_AT && (exitAt === 0 || exitAt >= REQUESTED_AT)
}

function drawn({ seed, deal, slots, round, seats, excluded }: DrawCase): { seatSlots: number[]; members: string[] } {
  const [seatSlots, members]: [number[], string[]] = [[], []]
  for (let attempt = 0; attempt < MAX_ATTEMPTS && members.length < seats && slots > 0; attempt++) {
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ['bytes32', 'bytes32', 'uint8', 'uint256'],
      [seed, deal, round, attempt]
    )
    const index = Number(BigInt(keccak256(encoded)) % BigInt(slots))
    const slot = SLOTS[index]
    if (slot === undefined || !isEligible(slot)) continue
    if (members.includes(slot.owner) || excluded.includes(slot.owner)) continue
    seatSlots.push(index)
    members.push(slot.owner)
  }
  return { seatSlots, members }
}

/** `committee.json`: one table of slots, many draws from it. */
export function committeeVectors() {
  const ordinary = { deal: bytes32('deal'), slots: SLOTS.length, round: 0, excluded: [] }
  const cases: DrawCase[] = [
    ...[1, 3, 5, 7].map(seats => ({ ...ordinary, what: `${seats} seats`, seed: bytes32(`seed.${seats}`), seats })),
    { ...ordinary, what: 'another round, another committee', seed: bytes32('seed.3'), seats: 3, round: 1 },
    {
      ...ordinary,
      what: 'another deal, another committee',
      deal: bytes32('deal.2'),
      seed: bytes32('seed.3'),
      seats: 3
    },
    {
      ...ordinary,
      what: 'excluded accounts never sit',
      seed: bytes32('seed.5'),
      seats: 5,
      excluded: [address('mediator.0'), address('mediator.8')]
    },
    { ...ordinary, what: 'slots opened after the request never sit', seed: bytes32('seed.3'), seats: 3, slots: 4 },
    { ...ordinary, what: 'too few eligible owners', seed: bytes32('seed.7'), seats: 7, slots: 6 },
    { ...ordinary, what: 'no slots at all', seed: bytes32('seed.7'), seats: 3, slots: 0 }
  ]
  return { requestedAt: REQUESTED_AT, slots: SLOTS, cases: cases.map(draw => ({ ...draw, ...drawn(draw) })) }
}

const [A, B, C] = [bytes32('a'), bytes32('b'), bytes32('c')]
const SILENT = ZeroHash

/** `tally.json`: what rounds decide. `last` and `notLast` are digests found, 0 for none; `alone` when no next one sits. */
export function tallyVectors() {
  const cases = [
    { votes: [A, A, A], notLast: A, last: A, alone: A },
    { votes: [A, A, B], notLast: SILENT, last: A, alone: SILENT },
    { votes: [B, A, A], notLast: SILENT, last: A, alone: SILENT },
    { votes: [A, B, C], notLast: SILENT, last: SILENT, alone: SILENT },
    { votes: [A, A, SILENT], notLast: SILENT, last: A, alone: A },
    { votes: [SILENT, SILENT, A], notLast: SILENT, last: SILENT, alone: SILENT },
    { votes: [SILENT, SILENT, SILENT], notLast: SILENT, last: SILENT, alone: SILENT },
    { votes: [A], notLast: A, last: A, alone: A },
    { votes: [A, A, B, B], notLast: SILENT, last: SILENT, alone: SILENT },
    { votes: [A, A, A, B], notLast: SILENT, last: A, alone: SILENT },
    { votes: [A, A, B, B, SILENT, B, B], notLast: SILENT, last: B, alone: SILENT },
    { votes: [A, A, A, B, B, B, C], notLast: SILENT, last: SILENT, alone: SILENT },
    { votes: [A, A, A, A, SILENT, SILENT, SILENT], notLast: SILENT, last: A, alone: A }
  ]
  return { cases }
}

/** `seats.json`: sizes of the committees of all rounds by the size of the first. */
export function seatsVectors() {
  const next: Readonly<Record<number, readonly number[]>> = {
    1: [1, 3, 7],
    2: [2, 5, 7],
    3: [3, 7, 7],
    4: [4, 7, 7],
    5: [5, 7, 7],
    6: [6, 7, 7],
    7: [7, 7, 7]
  }
  return { cases: Object.values(next).map(rounds => ({ rounds, sum: decimal(rounds.reduce((a, b) => a + b)) })) }
}
