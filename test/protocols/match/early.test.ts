// The fast path: a new job may have what the rule leaves over, in the order of the rule, and nothing else.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isEarly, spare } from '../../../protocols/match/early.ts'
import { match, ranking } from '../../../protocols/match/match.ts'
import { OFFER_MATURITY_BLOCKS } from '../../../protocols/params.ts'
import { testSeed } from '../../support.ts'
import { BLOCK, chainOf, jobOf, market, resourceOf } from './market.ts'

const early = suite('spare')

early('a job is new until it is mature', () => {
  const { body } = jobOf('j', { refBlock: BLOCK })
  assert.is(isEarly(body, BLOCK + OFFER_MATURITY_BLOCKS - 1), true)
  assert.is(isEarly(body, BLOCK + OFFER_MATURITY_BLOCKS), false)
})

early('is what is left of the ranking when the rule has had its units', () => {
  const job = jobOf('new', { refBlock: BLOCK })
  const isRest = fc.property(market, fc.nat(2), ({ jobs, resources, seed }, inUse) => {
    const chain = chainOf({ unitsInUse: () => inUse })
    const view = { jobs, resources: [...resources, resourceOf('plenty', { slices: 8 })] }
    const pairs = match(view, BLOCK, seed, chain)
    const found = spare(job, view, BLOCK, seed, chain, pairs).map(({ resource }) => resource)
    const expected = ranking(job, view, BLOCK, seed, chain).filter(({ resource }) => {
      const { account, body } = resource
      const given = pairs.filter(pair => pair.resource.id === resource.id).length
      return body.slices - chain.unitsInUse(account, body.slot) - given > 0
    })
    assert.equal(
      found.map(({ id }) => id),
      expected.map(({ resource }) => resource.id)
    )
  })
  fc.assert(isRest, { seed: testSeed(), numRuns: 300 })
})

early.run()
