// Many jobs at once by several creators over several providers, every node a process of its own. How fast it goes is the
// bench's matter (`npm run bench:market`, which has the full number); here it is that nothing is lost and nothing done twice.
// timeout: 600
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { playCrowd } from '../../testnet/crowd.ts'
import { stageFor } from './stage.ts'

const JOBS = 30
const PROVIDERS = 6

const crowd = suite('a crowd of jobs')
const stage = stageFor(crowd, () => ({ cast: { providers: PROVIDERS, mediators: 0, creators: 3 } }))

crowd('none is lost, none is run twice, and no commit is reverted', async () => {
  const outcome = await playCrowd(stage().testnet, { jobs: JOBS, perSecond: 1 })
  assert.equal(outcome.lost, [])
  assert.is(outcome.twice, 0)
  assert.is(outcome.blocksToDeal.length, JOBS)
  assert.ok(
    outcome.blocksToDeal.every(blocks => blocks > 0),
    'no block has the deal of an offer that knows it'
  )
  assert.equal(outcome.reverted, [])
  assert.ok(outcome.providers > PROVIDERS / 2, `${outcome.providers} of ${PROVIDERS} providers had a deal`)
})

crowd.run()
