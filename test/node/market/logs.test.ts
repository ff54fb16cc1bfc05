// Live logs between two real nodes: the creator sees what its job prints while it runs, nobody else sees anything, and
// neither a flood nor a provider that is silent, lies or knows nothing of logs does any harm.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock } from '../../../node/host/clock.ts'
import { randomKey } from '../../../node/host/keys.ts'
import type { Net } from '../../../node/host/net/create.ts'
import { LocalSigner } from '../../../node/host/signer.ts'
import { type JobLog, JobLogs, type JobStanding } from '../../../node/market/job-logs.ts'
import { LogServer } from '../../../node/market/logs.ts'
import { Streams } from '../../../node/market/streams.ts'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { LilyError } from '../../../protocols/core/errors.ts'
import { utf8 } from '../../../protocols/core/utf8.ts'
import type { LogsPiece } from '../../../protocols/run/logs.ts'
import { STREAMS } from '../../../protocols/wire.ts'
import { quiet } from '../../fakes/node.ts'
import { rejects, until } from '../../support.ts'
import { Nodes } from '../host/nodes.ts'

const DEAL: Bytes32 = `0x${'22'.repeat(32)}`
const JOB: Bytes32 = `0x${'11'.repeat(32)}`

const partsOf = ({ network }: Net) => ({ network, clock: systemClock, logger: () => quiet })

/** The jobs of a creator: one, whose state a test sets. */
class OneJob {
  standing: JobStanding
  readonly #listeners = new Set<(id: Bytes32) => void>()

  constructor(standing: JobStanding) {
    this.standing = standing
  }

  async job(id: Bytes32): Promise<JobStanding> {
    if (id === JOB) return this.standing
    throw new LilyError('JOB_UNKNOWN', 'no such job')
  }

  onChange(listener: (id: Bytes32) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  become(state: JobStanding['state']): void {
    this.standing = { ...this.standing, state }
    for (const listener of this.#listeners) listener(JOB)
  }
}

/** What a follower was told. */
class Told {
  readonly logs: JobLog[] = []
  readonly ended: Promise<void>

  constructor(logs: AsyncIterable<JobLog>) {
    this.ended = this.#hear(logs)
  }

  get stdout(): string {
    return this.#text('stdout')
  }

  get stderr(): string {
    return this.#text('stderr')
  }

  get droppedBytes(): number {
    return this.logs.reduce((sum, { droppedBytes }) => sum + droppedBytes, 0)
  }

  async #hear(logs: AsyncIterable<JobLog>): Promise<void> {
    for await (const log of logs) this.logs.push(log)
  }

  #text(of: JobLog['stream']): string {
    return this.logs.map(({ stream, text }) => (stream === of ? text : '')).join('')
  }
}

const nodes = new Nodes()
const [creatorKey, providerKey] = [randomKey(), randomKey()]
const owner = new LocalSigner(creatorKey).account
let creator: Net
let provider: Net
let stranger: Net
let server: LogServer

const test = suite('live logs')

test.before(async () => {
  provider = await nodes.start({ privateKey: providerKey })
  const bootstrap = provider.network.addresses()
  creator = await nodes.start({ privateKey: creatorKey, bootstrap })
  stranger = await nodes.start({ bootstrap })
  await until(() => provider.network.peers().length === 2, { what: 'the neighbours' })
})
test.after(() => nodes.stop())
test.before.each(async () => {
  server = new LogServer(partsOf(provider), id => (id === DEAL ? owner : undefined), 1_500)
  await server.start()
})
test.after.each(() => server.stop())

/** The creator's side of the one job, which is under way. */
function follower(state: JobStanding['state'] = 'committed') {
  const jobs = new OneJob({ state, deal: { id: DEAL, providerKey: new LocalSigner(providerKey).publicKey } })
  const logs = new JobLogs(partsOf(creator), jobs)
  return { jobs, follow: (signal?: AbortSignal) => new Told(logs.follow(JOB, signal === undefined ? {} : { signal })) }
}

/** One turn, asked by a node: piece by piece, or whole. */
function turns({ network }: Net, at = 0, deal = DEAL): AsyncGenerator<LogsPiece> {
  return new Streams({ network, log: quiet }).askMany(provider.network.peerId, STREAMS.logs, { deal, at })
}

function turn(net: Net, at?: number, deal?: Bytes32): Promise<LogsPiece[]> {
  return Array.fromAsync(turns(net, at, deal))
}

test('the creator sees each line while the run goes on, turn after turn, to its end', async () => {
  const print = server.begin(DEAL)
  print(1, utf8('hel'))
  const told = follower().follow()
  await until(() => told.stdout === 'hel')
  print(1, utf8('lo\n'))
  print(2, utf8('5 %\n'))
  await until(() => told.stdout === 'hello\n' && told.stderr === '5 %\n')
  // Longer than a turn: the next begins where it ended.
  await until(async () => (await turn(creator, 10)).at(-1)?.state === 'open')
  print(2, utf8('10 %\n'))
  await until(() => told.stderr === '5 %\n10 %\n')
  print(1, utf8('bye\n'))
  server.end(DEAL)
  await told.ended
  assert.is(told.stdout, 'hello\nbye\n')
  assert.is(told.droppedBytes, 0)
})

test('a character that is cut between two pieces is whole', async () => {
  const print = server.begin(DEAL)
  const cow = utf8('🐄')
  print(1, cow.subarray(0, 2))
  const told = follower().follow()
  print(2, utf8('between'))
  await until(() => told.stderr === 'between')
  print(1, cow.subarray(2))
  server.end(DEAL)
  await told.ended
  assert.is(told.stdout, '🐄')
})

test('a stranger is told nothing, not even whether there is such a deal', async () => {
  server.begin(DEAL)(1, utf8('secret'))
  const refused = await turn(stranger)
  assert.equal(
    refused.map(({ state, bytes }) => [state, bytes.length]),
    [['unknown', 0]]
  )
  assert.equal(await turn(stranger, 0, JOB), refused)
  assert.equal(await turn(creator, 0, JOB), refused)
})

test('a flood slows nothing, is kept within bounds, and told with its gap', async () => {
  const print = server.begin(DEAL)
  const line = utf8(`${'x'.repeat(1023)}\n`)
  print(1, utf8('first\n'))
  for (let i = 0; i < 50_000; i++) print(1, line)
  print(1, utf8('last\n'))
  server.end(DEAL)
  const told = follower().follow()
  await told.ended
  assert.ok(told.stdout.startsWith('first\n'))
  assert.ok(told.stdout.endsWith('x\nlast\n'))
  assert.ok(told.stdout.length < 128 * 1024, String(told.stdout.length))
  assert.is(told.stdout.length + told.droppedBytes, 50_000 * 1024 + 11)
})

test('followers of one job see the same', async () => {
  const print = server.begin(DEAL)
  const { follow } = follower()
  const [one, two] = [follow(), follow()]
  print(1, utf8('moo'))
  await until(() => one.stdout === 'moo' && two.stdout === 'moo')
  server.end(DEAL)
  await Promise.all([one.ended, two.ended])
})

test('a later stream of a deal ends an earlier one, which may ask again', async () => {
  await server.stop()
  // No turn ends by itself within the stream's own time.
  server = new LogServer(partsOf(provider), () => owner, 600_000)
  await server.start()
  server.begin(DEAL)(1, utf8('moo'))
  const [earlier, later] = [turns(creator), turns(creator)]
  const first = await earlier.next()
  assert.is((await later.next()).value?.bytes.length, 3)
  const last = await earlier.next()
  assert.equal([first.value?.bytes.length, last.value?.state, last.value?.bytes.length], [3, 'open', 0])
  server.end(DEAL)
  assert.is((await later.next()).value?.state, 'ended')
})

test('who leaves is not asked for any more', async () => {
  const print = server.begin(DEAL)
  print(1, utf8('moo'))
  const leaving = new AbortController()
  const told = follower().follow(leaving.signal)
  await until(() => told.stdout === 'moo')
  leaving.abort()
  await told.ended
})

test('a job that waits for its provider is followed once it is run; one that is over has none', async () => {
  const { jobs, follow } = follower('proposed')
  const told = follow()
  server.begin(DEAL)(1, utf8('moo'))
  jobs.become('committed')
  await until(() => told.stdout === 'moo')
  server.end(DEAL)
  await told.ended
  await follower('cancelled').follow().ended
  const other = new JobLogs(partsOf(creator), jobs)
  await rejects(Array.fromAsync(other.follow(DEAL)), 'JOB_UNKNOWN')
})

test('a provider that has nothing to tell of a run is left when the result is handed in', async () => {
  const { jobs, follow } = follower()
  const told = follow()
  jobs.become('submitted')
  await told.ended
  assert.equal(told.logs, [])
})

for (const [what, answer] of [
  ['is silent', () => new Promise<never>(() => {})],
  ['answers with what is no message', async () => Uint8Array.of(0xff)],
  ['tells too much', async (n: number) => STREAMS.logs.answer.encode(piece(n * 4096, 4096))],
  ['tells twice what it has told', async () => STREAMS.logs.answer.encode(piece(0, 1))]
] as const)
  test(`a provider that ${what} does no harm`, async () => {
    await server.stop()
    let asked = 0
    const exit = provider.network.handle(STREAMS.logs.protocol, STREAMS.logs, async function* () {
      asked++
      for (let n = 0; ; n++) yield await answer(n)
    })
    const { jobs, follow } = follower()
    const leaving = new AbortController()
    const told = follow(leaving.signal)
    await until(() => asked > 0)
    jobs.become('submitted')
    if (what === 'is silent') leaving.abort()
    await told.ended
    assert.ok(told.stdout.length <= STREAMS.logs.maxResponseBytes)
    exit()
  })

test('a provider that does not know of logs does no harm', async () => {
  await server.stop()
  const { jobs, follow } = follower()
  const told = follow()
  jobs.become('submitted')
  await told.ended
  assert.equal(told.logs, [])
})

function piece(at: number, length: number): LogsPiece {
  return { state: 'open', at, stream: 'stdout', bytes: new Uint8Array(length).fill(120) }
}

test.run()
