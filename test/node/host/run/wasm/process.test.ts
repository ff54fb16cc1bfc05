// The process that a guest runs in: what it may not do, and that it never outlives the node or its job.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GuestProcess } from '../../../../../node/host/run/wasm/process.ts'
import type { GuestEnd, GuestListener } from '../../../../../node/peer/run/guests.ts'
import { instrument } from '../../../../../protocols/run/instrument/instrument.ts'
import { guestWasm } from '../../../../fixtures/guest.ts'
import { guestSpecOf } from '../../../../fixtures/wasm-engine.ts'
import { wasmModule } from '../../../../fixtures/wasm-module.ts'
import { rejects, until } from '../../../../support.ts'

const test = suite('GuestProcess')

const encode = (text: string) => new TextEncoder().encode(text)

const jobOf = async (...args: string[]) => ({
  wasm: await guestWasm(),
  isMetered: false,
  memoryBytes: 64 << 20,
  spec: guestSpecOf({ args: ['guest', ...args].map(encode), limits: { gas: 1n << 60n } })
})

const listener = (more: Partial<GuestListener> = {}): GuestListener => ({
  wallMs: 60_000,
  onMetered: () => {},
  onLog: () => {},
  ...more
})

const itself = async (end: GuestEnd) => end

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('runs one job and is gone', async () => {
  const guest = new GuestProcess()
  let metered = 0
  const end = await guest.run(await jobOf('hello'), listener({ onMetered: wasm => (metered += wasm.length) }), itself)
  assert.is(end.kind, 'ended')
  assert.ok(metered > 0)
  await until(() => !guest.isAlive, { what: 'the guest to be gone' })
})

test('ends a job alike whatever module it was told to expect', async () => {
  const { wasm: original, ...rest } = await jobOf('hello')
  const wasm = instrument(original, { memoryBytes: rest.memoryBytes })
  const other = instrument(wasmModule({}), { memoryBytes: rest.memoryBytes })
  const ends: GuestEnd[] = []
  for (const expected of [undefined, wasm, other, encode('no module')]) {
    const guest = new GuestProcess()
    if (expected !== undefined) await guest.expect(expected)
    ends.push(await guest.run({ ...rest, wasm, isMetered: true }, listener(), itself))
    await guest.kill()
  }
  assert.is(ends[0]?.kind === 'ended' && ends[0].outcome.status, 'exited')
  for (const end of ends.slice(1)) assert.equal(end, ends[0])
})

test('does not come up where its first program cannot run', async () => {
  const guest = new GuestProcess()
  await guest.kill()
  await rejects(() => guest.ready(), 'RUN_NOT_READY')
  await rejects(async () => guest.run(await jobOf('hello'), listener(), itself), 'RUN_NOT_READY')
})

test('is a fault of the host, not of the job, when it dies', async () => {
  const guest = new GuestProcess()
  const { pid } = guest
  if (pid === undefined) throw new Error('it has no process id')
  const end = await guest.run(await jobOf('spin'), listener({ onLog: () => process.kill(pid, 'SIGKILL') }), itself)
  assert.is(end.kind === 'broken' && end.status, 'host-fault')
})

test('dies with the node', async () => {
  const victim = fork(new URL('../../../../fixtures/wasm-victim.ts', import.meta.url), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  if (victim.stdout === null) throw new Error('it has no output')
  const [line] = await once(victim.stdout, 'data')
  // It says so with each piece of the guest's log, and pieces may come together.
  const pid = Number.parseInt(String(line), 10)
  assert.ok(isAlive(pid))
  victim.kill('SIGKILL')
  await until(() => !isAlive(pid), { what: 'the guest to be gone' })
})

test('is nobody where the node is root, and the first to go when memory is short', async () => {
  if (process.platform !== 'linux') return

  const guest = new GuestProcess()
  await guest.ready()
  const status = await readFile(`/proc/${guest.pid}/status`, 'utf8')
  if (process.getuid?.() === 0) assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m)
  assert.is(await readFile(`/proc/${guest.pid}/oom_score_adj`, 'utf8'), '700\n')
  await guest.kill()
})

test.run()
