// Following a job as a command with a node of its own does, where the stream of updates ends quietly when it is stopped.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { followJob } from '../../cli/follow-job.ts'
import { JsonIo, type JsonLine } from '../../cli/io.ts'
import type { JobUpdate } from '../../node/market/api.ts'
import type { JobLog } from '../../node/market/job-logs.ts'
import { COMMITTED, JOB_ID, OFFERED, verifiedJob } from './fake-node.ts'

/** An output that keeps its lines. */
class Lines extends JsonIo {
  readonly lines: JsonLine[] = []

  constructor() {
    super(process)
  }

  override emit(line: JsonLine): void {
    this.lines.push(line)
  }
}

const follows = suite('followJob')

follows('gives the exit code of a job that ends', async () => {
  async function* updates(): AsyncIterable<JobUpdate> {
    yield { type: 'report', report: OFFERED }
    yield { type: 'event', event: COMMITTED }
    yield { type: 'report', report: verifiedJob('/nowhere', 5) }
  }
  const io = new Lines()
  const code = await followJob(updates(), {}, { io, env: {}, signal: new AbortController().signal })
  assert.is(code, 5)
  assert.equal(
    io.lines.map(line => line.type),
    ['job', 'event', 'result']
  )
})

follows('leaves a job when it is stopped, though the stream ends without an error', async () => {
  const stopping = new AbortController()
  async function* updates(): AsyncIterable<JobUpdate> {
    yield { type: 'report', report: OFFERED }
    stopping.abort()
  }
  const io = new Lines()
  try {
    await followJob(updates(), {}, { io, env: {}, signal: stopping.signal })
    assert.unreachable('it was stopped')
  } catch (error) {
    assert.is(error, stopping.signal.reason)
  }
  assert.equal(io.lines.at(-1), { type: 'left', id: JOB_ID, resume: `lilynode jobs resume ${JOB_ID}` })
})

follows('does not tell of leaving a job that has ended', async () => {
  const stopping = new AbortController()
  async function* updates(): AsyncIterable<JobUpdate> {
    yield { type: 'report', report: verifiedJob('/nowhere') }
    stopping.abort()
  }
  const io = new Lines()
  assert.is(await followJob(updates(), {}, { io, env: {}, signal: stopping.signal }), 0)
  assert.equal(
    io.lines.map(line => line.type),
    ['result']
  )
})

follows('goes its way without logs that fail, and leaves those that do not end', async () => {
  for (const fate of ['fail', 'go on for ever']) {
    let left = 0
    const printed = Promise.withResolvers<void>()
    async function* updates(): AsyncIterable<JobUpdate> {
      yield { type: 'report', report: OFFERED }
      await printed.promise
      yield { type: 'report', report: verifiedJob('/nowhere') }
    }
    async function* logs(_: string, { signal }: { signal?: AbortSignal }): AsyncIterable<JobLog> {
      try {
        yield { stream: 'stdout', text: 'moo', droppedBytes: 0 }
        printed.resolve()
        if (fate === 'fail') throw new Error('no logs')
        await new Promise(resolve => signal?.addEventListener('abort', resolve))
      } finally {
        left++
      }
    }
    const io = new Lines()
    const context = { io, env: {}, signal: new AbortController().signal }
    assert.is(await followJob(updates(), { logs: { of: logs, isAll: true } }, context), 0)
    assert.equal(
      io.lines.map(line => line.type),
      ['job', 'log', 'result']
    )
    assert.is(left, 1)
  }
})

follows.run()
