// The job set: every engine ends every program alike, to the last unit of gas and the last byte of the result. Chromium's part
// is in test/browser/jobs.test.ts, the runner's in test/node/host/run/wasm/jobs.test.ts.
// timeout: 600
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Ends, runGjs, runNode, SHALLOW_JOBS } from '../../fixtures/jobs/engines.ts'
import { JOBS, programOf, type SetJob } from '../../fixtures/jobs/jobs.ts'
import { readVectors } from '../../fixtures/jobs/vectors.ts'
import { needsProgram, onlyIf } from '../../support.ts'

const LEAST_PROGRAMS = 30

const test = suite('the job set')
const withGjs = onlyIf(test, await needsProgram('gjs'))
const vectors = await readVectors()
const expected = new Map(vectors.map(({ name, expect }) => [name, expect]))

function expectSame(jobs: readonly SetJob[], ends: Ends): void {
  assert.equal(
    [...ends.keys()],
    jobs.map(({ name }) => name)
  )
  for (const { name } of jobs) assert.equal(ends.get(name), expected.get(name), name)
}

test('is what the vectors hold, and is of many programs', async () => {
  assert.equal(
    vectors.map(({ expect, ...job }) => job),
    JSON.parse(JSON.stringify(JOBS))
  )
  const programs = await Promise.all(JOBS.map(async job => Buffer.from(await programOf(job)).toString('base64')))
  assert.ok(new Set(programs).size >= LEAST_PROGRAMS, String(new Set(programs).size))
  assert.is(expected.size, JOBS.length, 'no name twice')
})

test('holds every way to end that can be compared', () => {
  const statuses = new Set(vectors.map(({ expect }) => expect.status))
  assert.equal([...statuses].sort(), ['exited', 'out-of-gas', 'output-limit', 'stack-overflow', 'trap'])
})

for (const [name, flags] of [
  ['V8 as it comes', []],
  ["V8's Liftoff alone", ['--liftoff-only']],
  ["V8's TurboFan alone", ['--no-liftoff']]
] as const) {
  test(`ends alike on ${name}`, async () => expectSame(JOBS, await runNode(flags)))
}

withGjs('ends alike on SpiderMonkey', async () => expectSame(SHALLOW_JOBS, await runGjs()))

test.run()
