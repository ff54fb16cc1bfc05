// The line that the owner of a waiting job watches: what is missing, and how near the nearest offer is.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { whyWaiting } from '../../../node/market/waiting.ts'
import type { Machine } from '../../../protocols/offer/machine.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../../protocols/offer/offer.ts'
import { jobOf, resourceOf } from '../../protocols/match/market.ts'

const GPU = { model: 'H100', vramMiB: 24 * 1024 }

const waiting = suite('whyWaiting')

const [job, resource] = [jobOf('j'), resourceOf('r')]
const with24 = (gpus: Machine['gpus'] = [GPU]) => ({ ...resource.body.machine, gpus })

function wants(change: Partial<JobOffer>): Offer<JobOffer> {
  return { ...job, body: { ...job.body, tipTick: 0, ...change } }
}

function sells(change: Partial<ResourceOffer>): Offer<ResourceOffer> {
  return { ...resource, body: { ...resource.body, ...change } }
}

waiting('an empty book is said to be empty', () => {
  assert.is(whyWaiting(job, []), 'no provider has an offer')
})

waiting('where only the price is in the way, it names the need, the limit and the nearest price', () => {
  const asking = wants({ machine: { ...job.body.machine, gpus: [{ model: '', vramMiB: 24 * 1024 }] }, maxTick: 480 })
  const offers = [490, 484].map(askTick => sells({ machine: with24(), askTick }))
  assert.match(
    whyWaiting(asking, offers),
    /^no offer with 24 GB VRAM under [\d.]+; nearest: [\d.]+ \(the lowest price of 2/
  )
  const [limit, nearest] = [...whyWaiting(asking, offers).matchAll(/\d+\.\d+/g)].map(([text]) => Number(text))
  // Four ticks of 2^(1/8) are 2^(1/2).
  assert.ok(Math.abs((nearest ?? 0) / (limit ?? 1) - Math.SQRT2) < 0.001)
})

waiting('offers that lack the machine are counted with what they lack, and do not count as near', () => {
  const asking = wants({ machine: { ...job.body.machine, gpus: [{ model: '', vramMiB: 24 * 1024 }] } })
  const text = whyWaiting(asking, [sells({ machine: with24([]) }), sells({ machine: with24([]), askTick: 1 })])
  assert.match(text, '2 of 2 offers: MATCH_MACHINE (gpu: needs any model with 24576 MiB)')
})

waiting('offers that fit have no free unit', () => {
  assert.is(whyWaiting(wants({ maxTick: 500 }), [sells({ askTick: 1 })]), '1 offers fit, none has a free unit')
})

waiting.run()
