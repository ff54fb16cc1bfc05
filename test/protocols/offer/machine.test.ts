// Machines: whether one has what a job needs.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Gpu, lackOf, type Machine } from '../../../protocols/offer/machine.ts'
import { testSeed } from '../../support.ts'

const seed = testSeed()
const machine = (gpus: readonly Gpu[]): Machine => ({ cpuMilli: 100, memoryMiB: 100, diskMiB: 100, gpus })

const lack = suite('lackOf')

lack('each part is compared at its limit, and named', () => {
  const has = machine([])
  assert.is(lackOf(has, has), undefined)
  assert.is(lackOf(has, { ...has, cpuMilli: 101 }), 'cpu: has 100 m, needs 101 m')
  assert.is(lackOf(has, { ...has, memoryMiB: 101 }), 'memory: has 100 MiB, needs 101 MiB')
  assert.is(lackOf(has, { ...has, diskMiB: 101 }), 'disk: has 100 MiB, needs 101 MiB')
  assert.is(lackOf(has, machine([{ model: '', vramMiB: 1 }])), 'gpu: needs any model with 1 MiB')
})

lack('a card is used once, and one that only a picky need can take is kept for it', () => {
  const has = machine([
    { model: 'a', vramMiB: 8 },
    { model: 'b', vramMiB: 16 }
  ])
  const a8 = { model: 'a', vramMiB: 8 }
  const any8 = { model: '', vramMiB: 8 }
  assert.is(lackOf(has, machine([any8, a8])), undefined)
  assert.is(lackOf(has, machine([a8, a8])), 'gpu: needs a with 8 MiB')
  assert.is(lackOf(has, machine([any8, any8, any8])), 'gpu: needs any model with 8 MiB')
})

lack('is exact: it finds an assignment of cards wherever there is one', () => {
  const gpu = (models: readonly string[]) =>
    fc.record({ model: fc.constantFrom(...models), vramMiB: fc.integer({ min: 1, max: 4 }) })
  const cards = fc.array(gpu(['a', 'b']), { maxLength: 5 })
  const needs = fc.array(gpu(['a', 'b', '']), { maxLength: 5 })
  fc.assert(
    fc.property(cards, needs, (has, wants) =>
      assert.is(lackOf(machine(has), machine(wants)) === undefined, canAssign(has, wants))
    ),
    { seed, numRuns: 2000 }
  )
})

lack.run()

/** Whether every need can have a card of its own, by trying everything. */
function canAssign(cards: readonly Gpu[], [need, ...others]: readonly Gpu[]): boolean {
  if (need === undefined) return true
  return cards.some((card, i) => {
    const fits = card.vramMiB >= need.vramMiB && (need.model === '' || card.model === need.model)
    return fits && canAssign(cards.toSpliced(i, 1), others)
  })
}
