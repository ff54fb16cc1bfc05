// What every Runner does, whatever it runs in: the same program ends in the same way, and gets out of no limit.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunLimits, Runner, RunOutcome, RunSpec } from '../../node/market/ports.ts'
import type { CID } from '../../protocols/core/cid.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import { isComparable, type RunStatus } from '../../protocols/run/status.ts'
import { MemoryContent } from '../fixtures/memory-content.ts'
import { rejects } from '../support.ts'

/** A runner under test. */
export interface RunnerFixture {
  /** Not started. */
  readonly runner: Runner
  /** test/fixtures/guest for its runtime. */
  readonly program: Uint8Array
  /** How a program ends that wants all memory. */
  readonly hogStatus: RunStatus
  /** How a program ends that executes an illegal instruction. */
  readonly trapStatus: RunStatus
}

/** Limits that are roomy for all but those tests that narrow one. */
export const ROOMY: RunLimits = {
  gas: 1_000_000_000_000n,
  stackSlots: 1 << 20,
  memoryBytes: 64 << 20,
  outputBytes: 1 << 20,
  outputFiles: 100,
  logBytes: 1 << 16,
  wallMs: 60_000,
  cpus: 1,
  pids: 16,
  tmpBytes: 1 << 20
}

/** Seed of all specs that name none. */
export const SEED = new Uint8Array(32).fill(7)

/** A job for the guest program. */
export function guestSpec(
  runner: Runner,
  entrypoint: CID,
  args: readonly string[],
  more: Partial<RunSpec> = {}
): RunSpec {
  const { runtime } = runner
  return { runtime, entrypoint, args, env: {}, inputs: [], seed: SEED, epochNs: 0n, limits: ROOMY, ...more }
}

/** Registers the suite; the caller runs it. */
export function runnerCompliance(name: string, open: () => Promise<RunnerFixture>): void {
  const test = suite(`compliance: runner: ${name}`)
  const content = new MemoryContent()
  let fixture: RunnerFixture
  let program: CID

  const specOf = (args: readonly string[], more: Partial<RunSpec> = {}) =>
    guestSpec(fixture.runner, program, args, more)
  const limited = (args: readonly string[], limits: Partial<RunLimits>) =>
    specOf(args, { limits: { ...ROOMY, ...limits } })
  const run = async (spec: RunSpec): Promise<RunOutcome & { files: Record<string, string | undefined> }> => {
    const outcome = await fixture.runner.run(spec, content)
    return { ...outcome, files: await content.readTree(outcome.root) }
  }

  test.before(async () => {
    fixture = await open()
    program = await content.add(fixture.program)
    await fixture.runner.start()
  })

  test.after(async () => {
    await fixture.runner.stop()
    await fixture.runner.stop()
  })

  test('is ready', async () => {
    assert.equal(await fixture.runner.probe(), { isReady: true })
  })

  test('says before a job is promised whether it can be run', async () => {
    const { runner } = fixture
    const admit = (spec: RunSpec) => runner.admit?.(spec, content) ?? Promise.reject(new Error('it does not say'))
    await admit(specOf(['hello']))
    await admit(specOf(['hello']))
    const junk = await content.add(utf8('no program either'))
    await rejects(() => admit(guestSpec(runner, junk, [])), 'RUN_REJECTED')
    await rejects(() => admit(specOf(['nul\0'])), 'RUN_REJECTED')
    await rejects(() => admit(specOf(['hello'], { inputs: [{ name: '../up', cid: junk }] })), 'RUN_REJECTED')
    assert.is((await run(specOf(['hello']))).files.stdout, 'hello\n')
  })

  test('gives a result directory', async () => {
    const { status, exitCode, files } = await run(specOf(['hello']))
    assert.is(status, 'exited')
    assert.is(exitCode, 0)
    assert.equal(files, { exitCode: '0', outputs: undefined, stderr: '', stdout: 'hello\n' })
  })

  test('passes arguments as they are', async () => {
    const { files } = await run(specOf(['echo', 'a b', '', '$HOME "quoted"', 'käse\n🐄', '--flag']))
    assert.is(files.stdout, '[a b]\n[]\n[$HOME "quoted"]\n[käse\n🐄]\n[--flag]\n')
  })

  test('passes variables', async () => {
    assert.is((await run(specOf(['env', 'COW'], { env: { COW: 'mööh=1' } }))).files.stdout, 'COW=mööh=1\n')
    assert.is((await run(specOf(['env', 'PATHOLOGICAL']))).files.stdout, 'PATHOLOGICAL=(unset)\n')
  })

  test('puts inputs under /inputs', async () => {
    const large = new Uint8Array(2_500_000).fill(65)
    const inputs = [
      { name: 'b', cid: await content.add(utf8('second\n')) },
      { name: 'a.txt', cid: await content.add(large) }
    ]
    assert.is((await run(specOf(['list', '/inputs'], { inputs }))).files.stdout, 'a.txt\nb\n')
    assert.is((await run(specOf(['cat', '/inputs/b'], { inputs }))).files.stdout, 'second\n')
    const { files } = await run(specOf(['cat', '/inputs/a.txt'], { inputs, limits: { ...ROOMY, logBytes: 3_000_000 } }))
    assert.is(files.stdout?.length, large.length)
  })

  test('tells an exit code from a failure', async () => {
    const { status, exitCode, files } = await run(specOf(['exit', '7']))
    assert.is(status, 'exited')
    assert.is(exitCode, 7)
    assert.is(files.exitCode, '7')
    assert.is((await run(specOf(['exit', '-1']))).exitCode, 255)
  })

  test('keeps stderr apart from stdout', async () => {
    const { files } = await run(specOf(['warn']))
    assert.is(files.stderr, 'warning\n')
    assert.is(files.stdout, 'done\n')
  })

  test('collects what is in /outputs', async () => {
    const { exitCode, files } = await run(specOf(['tree']))
    assert.is(exitCode, 0)
    assert.equal(files, {
      exitCode: '0',
      outputs: undefined,
      'outputs/a': '',
      'outputs/empty': undefined,
      'outputs/sub': undefined,
      'outputs/sub/b': 'two\n',
      'outputs/sub/deep': undefined,
      'outputs/sub/deep/c': 'three\n',
      stderr: '',
      stdout: ''
    })
  })

  test('gives the same root for the same job', async () => {
    const first = await run(specOf(['tree']))
    const second = await run(specOf(['tree']))
    assert.is(first.root.toString(), second.root.toString())
    assert.is(first.used, second.used)
  })

  test('holds outputs to exactly their bytes', async () => {
    const { status, files } = await run(limited(['fill', '/outputs/full'], { outputBytes: 256 * 1024 }))
    assert.is(status, 'exited')
    assert.is(files.stdout, '64 pages, then ENOSPC\n')
    assert.is(files['outputs/full']?.length, 256 * 1024)
  })

  test('holds /tmp to exactly its bytes, and leaves it out of the result', async () => {
    const { files } = await run(limited(['fill', '/tmp/full'], { tmpBytes: 128 * 1024 }))
    assert.is(files.stdout, '32 pages, then ENOSPC\n')
    assert.equal(Object.keys(files), ['exitCode', 'outputs', 'stderr', 'stdout'])
  })

  test('holds outputs to exactly their number', async () => {
    const { status, files } = await run(limited(['many'], { outputFiles: 10 }))
    assert.is(status, 'exited')
    assert.is(files.stdout, '10 files, then ENOSPC\n')
    assert.ok('outputs/0009' in files)
    assert.not.ok('outputs/0010' in files)
  })

  test('ends a flood of logs at exactly its limit', async () => {
    const { status, exitCode, files } = await run(limited(['flood'], { logBytes: 10_000 }))
    assert.is(status, 'output-limit')
    assert.is(exitCode, -1)
    assert.is(files.exitCode, '-1')
    assert.is(files.stdout?.length, 10_000)
  })

  test('holds memory to its limit', async () => {
    const { status } = await run(limited(['hog'], { memoryBytes: 32 << 20 }))
    assert.is(status, fixture.hogStatus)
  })

  test('ends a program that executes an illegal instruction', async () => {
    const { status, exitCode } = await run(specOf(['trap']))
    assert.is(status, fixture.trapStatus)
    assert.is.not(exitCode, 0)
  })

  test('ends what takes longer than its time', async () => {
    const { status, exitCode, files } = await run(limited(['spin'], { wallMs: 700 }))
    assert.is(status, 'timeout')
    assert.not.ok(isComparable(status))
    assert.is(exitCode, -1)
    assert.is(files.stdout, 'spinning\n')
  })

  test('shows logs while the program runs, and ends it when it is cancelled', async () => {
    const controller = new AbortController()
    let shown = ''
    let started = 0
    const outcome = await fixture.runner.run(specOf(['spin']), content, {
      signal: controller.signal,
      onStart: () => {
        started++
      },
      onLog: (stream, bytes) => {
        assert.is(stream, 1)
        shown += Buffer.from(bytes)
        if (shown.endsWith('\n')) controller.abort()
      }
    })
    assert.is(outcome.status, 'cancelled')
    assert.is(started, 1)
    assert.is(shown, 'spinning\n')
  })

  test('runs nothing when it is cancelled before', async () => {
    const signal = AbortSignal.abort(Object.assign(new Error('enough'), { code: 'ENOUGH' }))
    await rejects(() => fixture.runner.run(specOf(['hello']), content, { signal }), 'ENOUGH')
  })

  test('gives no network', async () => {
    const { exitCode, files } = await run(specOf(['network']))
    assert.is(files.stdout, 'none\n')
    assert.is(exitCode, 0)
  })

  test('lets nothing be written but outputs and tmp', async () => {
    const { exitCode, files } = await run(specOf(['escape']))
    assert.is(files.stdout, '')
    assert.is(exitCode, 0)
  })

  test('runs jobs at once, each with its own files', async () => {
    const outcomes = await Promise.all(['x', 'y', 'z'].map(text => run(specOf(['put', '/outputs/mine', text]))))
    assert.equal(
      outcomes.map(({ files }) => files['outputs/mine']),
      ['x', 'y', 'z']
    )
  })

  test('says when an input is nowhere', async () => {
    const elsewhere = await new MemoryContent().add(utf8('elsewhere'))
    const inputs = [{ name: 'a', cid: elsewhere }]
    await rejects(() => fixture.runner.run(specOf(['hello'], { inputs }), content), 'CONTENT_NOT_FOUND')
    const spec = guestSpec(fixture.runner, elsewhere, ['hello'])
    await rejects(() => fixture.runner.run(spec, content), 'CONTENT_NOT_FOUND')
  })

  test('rejects what is no program, and a job that breaks a rule', async () => {
    const { runner } = fixture
    const junk = await content.add(utf8('no program at all'))
    await rejects(() => runner.run(guestSpec(runner, junk, []), content), 'RUN_REJECTED')
    const cid = await content.add(utf8('x'))
    const bad: Partial<RunSpec>[] = [
      { runtime: runner.runtime === 'lily-wasi/1' ? 'docker/linux-amd64' : 'lily-wasi/1' },
      { args: ['nul\0'] },
      { env: { 'not a name': '' } },
      { inputs: [{ name: '../up', cid }] },
      { inputs: [{ name: '', cid }] },
      {
        inputs: [
          { name: 'twice', cid },
          { name: 'twice', cid }
        ]
      },
      { seed: new Uint8Array(31) },
      { limits: { ...ROOMY, outputBytes: -1 } },
      { limits: { ...ROOMY, wallMs: Number.NaN } }
    ]
    for (const more of bad) await rejects(() => runner.run(specOf(['hello'], more), content), 'RUN_REJECTED')
  })

  test.run()
}
