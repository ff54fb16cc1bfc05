// The draw: equal to the Court's, and deaf to everything that happens after it was asked for.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { type DrawRequest, drawCommittee, isEligible, type Slot } from '../../../protocols/committee/select.ts'
import { ZERO_ADDRESS } from '../../../protocols/core/account.ts'
import { testSeed } from '../../support.ts'
import { account, bytes32 } from '../arbitrary.ts'
import { HEX, readVectors } from '../vectors.ts'

const seed = testSeed()
const draw = suite('drawCommittee')

/** When the committees of these tests are asked for. */
const NOW = 1000

const slot: fc.Arbitrary<Slot> = fc.record({
  owner: fc.oneof({ weight: 5, arbitrary: account }, { weight: 1, arbitrary: fc.constant(ZERO_ADDRESS) }),
  activeFromSec: fc.integer({ min: NOW - 20, max: NOW + 2 }),
  exitAtSec: fc.oneof(fc.constant(0), fc.integer({ min: NOW - 2, max: NOW + 2 }))
})

const market = fc
  .tuple(fc.array(slot, { minLength: 1, maxLength: 40 }), bytes32, bytes32, fc.integer({ min: 1, max: 7 }), fc.nat(2))
  .map(([slots, deal, seedOfDraw, seats, round]) => {
    const request: DrawRequest = { deal, seed: seedOfDraw, requestedAtSec: NOW, slots: slots.length, round, seats }
    return { slots, request }
  })

draw('agrees with the vectors of the contracts', () => {
  const one = v.object({
    what: v.string(),
    deal: HEX,
    seed: HEX,
    slots: v.number(),
    round: v.number(),
    seats: v.number(),
    excluded: v.array(HEX),
    seatSlots: v.array(v.number()),
    members: v.array(HEX)
  })
  const file = readVectors(
    'committee',
    v.object({
      requestedAt: v.number(),
      slots: v.array(v.object({ owner: HEX, activeFrom: v.number(), exitAt: v.number() })),
      cases: v.pipe(v.array(one), v.minLength(8))
    })
  )
  const slots = file.slots.map(s => ({ owner: s.owner, activeFromSec: s.activeFrom, exitAtSec: s.exitAt }))
  for (const { what, excluded, seatSlots, members, ...request } of file.cases) {
    const seats = drawCommittee(slots, { ...request, requestedAtSec: file.requestedAt }, excluded)
    assert.equal(
      seats.map(seat => seat.slot),
      seatSlots,
      what
    )
    assert.equal(
      seats.map(seat => seat.member),
      members,
      what
    )
  }
})

draw('seats are distinct eligible owners, never an excluded one', () => {
  fc.assert(
    fc.property(market, fc.nat(5), ({ slots, request }, barred) => {
      const excluded = slots.slice(0, barred).map(({ owner }) => owner)
      const seats = drawCommittee(slots, request, excluded)
      assert.ok(seats.length <= request.seats)
      assert.is(new Set(seats.map(({ member }) => member)).size, seats.length)
      for (const { slot: index, member } of seats) {
        const drawn = slots[index]
        assert.ok(drawn !== undefined && drawn.owner === member && isEligible(drawn, NOW))
        assert.not.ok(excluded.includes(member))
      }
    }),
    { seed, numRuns: 200 }
  )
})

draw('nothing done after the request changes it: joining, leaving, being struck out', () => {
  const later = fc.array(fc.record({ at: fc.nat(), exitAtSec: fc.integer({ min: NOW, max: NOW + 9 }) }), {
    maxLength: 9
  })
  fc.assert(
    fc.property(market, later, fc.array(slot, { maxLength: 5 }), ({ slots, request }, exits, joiners) => {
      const changed = [...slots, ...joiners]
      for (const { at, exitAtSec } of exits) {
        const index = at % slots.length
        const held = changed[index]
        if (held !== undefined && held.exitAtSec === 0) changed[index] = { ...held, exitAtSec }
      }
      assert.equal(drawCommittee(changed, request, []), drawCommittee(slots, request, []))
    }),
    { seed, numRuns: 200 }
  )
})

draw('a slot counts from the second after it joined, to the second in which it left', () => {
  const one = (activeFromSec: number, exitAtSec: number): Slot => ({ owner: '0xaa', activeFromSec, exitAtSec })
  assert.ok(isEligible(one(NOW - 1, 0), NOW))
  assert.not.ok(isEligible(one(NOW, 0), NOW))
  assert.ok(isEligible(one(1, NOW), NOW))
  assert.not.ok(isEligible(one(1, NOW - 1), NOW))
  assert.not.ok(isEligible({ ...one(1, 0), owner: ZERO_ADDRESS }, NOW))
})

draw('no slots, no committee', () => {
  const request = { deal: `0x${'11'.repeat(32)}`, seed: `0x${'22'.repeat(32)}`, requestedAtSec: NOW, slots: 0 } as const
  assert.equal(drawCommittee([], { ...request, round: 0, seats: 3 }, []), [])
})

draw('is weighted by slots: three of four slots sit about three times as often', () => {
  const owners = ['0xaa', '0xaa', '0xaa', '0xbb'] as const
  const slots = owners.map(owner => ({ owner, activeFromSec: 0, exitAtSec: 0 }))
  const seeds = fc.sample(bytes32, { seed, numRuns: 400 })
  const first = seeds.filter(seedOfDraw => {
    const request = { deal: seedOfDraw, seed: seedOfDraw, requestedAtSec: NOW, slots: 4, round: 0, seats: 1 }
    return drawCommittee(slots, request, [])[0]?.member === '0xaa'
  })
  // 300 expected, standard deviation 8.7: eight of those either way.
  assert.ok(first.length > 230 && first.length < 370, `${first.length} of 400`)
})

draw.run()
