// Processes that outlive their starter: named beyond doubt, stopped kindly and then not.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunning, type ProcessRef, refOf, signalProcess, startProcess, stopProcess } from '../../testnet/process.ts'
import { tmp, until } from '../support.ts'

/** Says when it is ready, and how it takes SIGTERM. */
const STUBBORN = `process.on('SIGTERM', () => console.log('no')); console.log('ready'); setInterval(() => {}, 1000)`
const POLITE = `process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); console.log('ready'); setInterval(() => {}, 1000)`

async function start(script: string): Promise<{ ref: ProcessRef; said: () => string }> {
  const logPath = join(await tmp(), 'log')
  const ref = startProcess({ program: process.execPath, args: ['-e', script], env: process.env, logPath })
  const said = () => readFileSync(logPath, 'utf8')
  await until(() => said().includes('ready'), { what: 'the process' })
  return { ref, said }
}

const refs = suite('refOf')

refs('names this process, the same at each look', () => {
  assert.equal(refOf(process.pid), refOf(process.pid))
  assert.is(refOf(process.pid)?.pid, process.pid)
})

refs('knows no process with a pid that nobody has', () => {
  assert.is(refOf(2 ** 30), undefined)
})

refs('does not take a process for another one with its pid', () => {
  const ref = refOf(process.pid)
  assert.ok(ref)
  assert.ok(isRunning(ref))
  assert.not(isRunning({ ...ref, startedAt: '1' }))
})

refs('counts a dead child that was not collected as gone', async () => {
  const child = spawn('sh', ['-c', 'exit 0'], { stdio: 'ignore' })
  const { pid } = child
  assert.ok(pid)
  // Until Node collects it, the system shows it as a zombie.
  await once(child, 'exit')
  assert.is(refOf(pid), undefined)
})

refs.run()

// ---

const stops = suite('stopProcess')

stops('lets a process end by itself', async () => {
  const { ref, said } = await start(POLITE)
  assert.ok(await stopProcess(ref))
  assert.not(isRunning(ref))
  assert.match(said(), /bye/)
})

stops('kills a process that will not end', async () => {
  const { ref, said } = await start(STUBBORN)
  assert.ok(await stopProcess(ref, { graceMs: 200 }))
  assert.not(isRunning(ref))
  assert.match(said(), /no/)
})

stops('does nothing to a process that is gone, nor to one that has its pid now', async () => {
  const self = refOf(process.pid)
  assert.ok(self)
  assert.ok(await stopProcess({ ...self, startedAt: '1' }))
  signalProcess({ ...self, startedAt: '1' }, 'SIGKILL')
})

stops.run()

// ---

const starts = suite('startProcess')

starts('fails when the program is not there', async () => {
  const logPath = join(await tmp(), 'log')
  assert.throws(() => startProcess({ program: '/no/such/program', args: [], env: {}, logPath }), /could not start/)
})

starts('gives the process a session of its own', async () => {
  const { ref } = await start(POLITE)
  // A process group leader has its own pid as group.
  const group = readFileSync(`/proc/${ref.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]
  assert.is(group, String(ref.pid))
  await stopProcess(ref)
})

starts.run()
