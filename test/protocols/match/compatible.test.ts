// Why a pair is not compatible: each reason alone, at its limit and one beyond.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { askTickFor, incompatibility } from '../../../protocols/match/compatible.ts'
import type { JobOffer, ResourceOffer } from '../../../protocols/offer/offer.ts'
import { MAX_PRICE_TICK } from '../../../protocols/offer/price.ts'
import { cidOf } from '../arbitrary.ts'
import { jobOf, MODULE, resourceOf } from './market.ts'

const code = (job: Partial<JobOffer>, resource: Partial<ResourceOffer>) =>
  incompatibility(jobOf('j', job), resourceOf('r', resource))?.code

const reasons = suite('incompatibility')

/** code, a pair that just fits, a pair that just does not. */
const CASES: readonly (readonly [
  NonNullable<ReturnType<typeof code>>,
  readonly [Partial<JobOffer>, Partial<ResourceOffer>],
  readonly [Partial<JobOffer>, Partial<ResourceOffer>]
])[] = [
  ['MATCH_TARGET', [{ target: resourceOf('r').account }, {}], [{ target: resourceOf('other').account }, {}]],
  [
    'MATCH_RUNTIME',
    [{ runtime: 'lily-wasi/1' }, { runtimes: ['lily-wasi/1'] }],
    [{ runtime: 'lily-wasi/1' }, { runtimes: ['docker/linux-amd64'] }]
  ],
  ['MATCH_ARCH', [{ arch: 'arm64' }, { arch: 'arm64' }], [{ arch: 'arm64' }, { arch: 'amd64' }]],
  ['MATCH_MODULE', [{}, { modules: [cidOf('x'), MODULE] }], [{}, { modules: [cidOf('x')] }]],
  ['MATCH_PRICE', [{ maxTick: 12, tipTick: 2 }, { askTick: 10 }], [{ maxTick: 12, tipTick: 3 }, { askTick: 10 }]],
  ['MATCH_PRICE', [{}, { askTick: MAX_PRICE_TICK }], [{ tipTick: 1 }, { askTick: MAX_PRICE_TICK }]],
  [
    'MATCH_MACHINE',
    [
      { machine: { cpuMilli: 2, memoryMiB: 3, diskMiB: 4, gpus: [] } },
      { machine: { cpuMilli: 2, memoryMiB: 3, diskMiB: 4, gpus: [] } }
    ],
    [
      { machine: { cpuMilli: 2, memoryMiB: 3, diskMiB: 5, gpus: [] } },
      { machine: { cpuMilli: 2, memoryMiB: 3, diskMiB: 4, gpus: [] } }
    ]
  ],
  [
    'MATCH_COLLATERAL',
    [{ collateralTimes: 5 }, { collateralTimes: 5 }],
    [{ collateralTimes: 6 }, { collateralTimes: 5 }]
  ],
  ['MATCH_RUN_TIME', [{ runTimeSec: 5 }, { maxRunTimeSec: 5 }], [{ runTimeSec: 6 }, { maxRunTimeSec: 5 }]],
  ['MATCH_WINDOW', [{ windowSec: 5 }, { maxWindowSec: 5 }], [{ windowSec: 6 }, { maxWindowSec: 5 }]]
]

for (const [expected, fits, clashes] of CASES)
  reasons(`${expected}: ${JSON.stringify(clashes)}`, () => {
    assert.is(code(...fits), undefined)
    assert.is(code(...clashes), expected)
  })

reasons('MATCH_SAME_PARTY: nobody deals with itself', () => {
  assert.is(incompatibility(jobOf('same'), resourceOf('same'))?.code, 'MATCH_SAME_PARTY')
})

reasons('names the amounts that clash', () => {
  const clash = incompatibility(jobOf('j', { runTimeSec: 61 }), resourceOf('r', { maxRunTimeSec: 59 }))
  assert.match(clash?.detail ?? '', /61.*59/)
})

reasons('a module may have an ask of its own', () => {
  const { body } = resourceOf('r', { askTick: 9, moduleAsks: [{ module: MODULE, askTick: 3 }] })
  assert.is(askTickFor(body, MODULE), 3)
  assert.is(askTickFor(body, cidOf('x')), 9)
})

reasons.run()
