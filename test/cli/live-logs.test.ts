// What a job prints while it runs, on its owner's terminal and for programs: told as it comes, and harmless.
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobLog } from '../../node/market/job-logs.ts'
import { until } from '../support.ts'
import { answer, type Context, prepare } from './fake-home.ts'
import { OFFERED } from './fake-node.ts'
import { inProcess, jsonLines } from './spawn.ts'

/** What a job prints that would like to own the terminal. */
const ESC = String.fromCharCode(27)
const HOSTILE: readonly JobLog[] = [
  { stream: 'stderr', text: `5 %\n${ESC}[31mred${ESC}]0;mine\u0007\n\u009b2J`, droppedBytes: 0 },
  { stream: 'stderr', text: '10 %\r20 %\r\n', droppedBytes: 7 }
]

const logs = suite<Context>('live logs on a terminal')
logs.before.each(prepare)
logs.after.each(({ server }) => server.stop())

logs('--logs shows what the job prints, dimmed where it can be, and nothing that moves a terminal', async context => {
  const { begin, module, node } = context
  answer(node)
  node.isEndless = true
  node.printed = HOSTILE
  const running = begin(module, '-i', 'Message=moo', '--logs')
  await until(() => running.stderr().includes('| 20 %'))
  running.child.kill('SIGINT')
  const { stdout, stderr } = await running.ended
  assert.is(stdout, '')
  assert.match(stderr, 'nobody has checked it:\n| 5 %\n| red\n| 2J\n| (7 bytes are left out)\n| 10 %\n| 20 %\n')
  assert.not.match(stderr, /[^\P{Cc}\n]/u)
})

logs('programs get what the job prints with --logs, and only then', async ({ begin, module, node }) => {
  answer(node)
  node.isEndless = true
  node.printed = HOSTILE
  const [asked, other] = [true, false].map(isAsked =>
    begin(module, '-i', 'Message=moo', '--json', ...(isAsked ? ['--logs'] : []))
  )
  await until(() => asked?.stdout().includes('20 %') && other?.stdout().includes('committed'))
  for (const running of [asked, other]) running?.child.kill('SIGINT')
  const lines = jsonLines((await asked?.ended)?.stdout ?? '').filter(({ type }) => type === 'log')
  assert.equal(lines, [
    { type: 'log', stream: 'stderr', text: HOSTILE[0]?.text },
    { type: 'log', stream: 'stderr', text: HOSTILE[1]?.text, droppedBytes: 7 }
  ])
  // A terminal would obey some characters that JSON leaves as they are.
  assert.not.match((await asked?.ended)?.stdout ?? '', /[^\P{Cc}\n]/u)
  assert.not.match((await other?.ended)?.stdout ?? '', '"log"')
})

logs('jobs logs puts on stdout what a job prints', async ({ node, home, data }) => {
  node.jobReports = [OFFERED]
  node.printed = HOSTILE
  const args = ['jobs', 'logs', '0x1111', '--network', join(home, 'fake.json'), '--data', data]
  const text = await inProcess(args, { home })
  assert.is(text.code, 0, text.stderr)
  assert.is(text.stdout, '5 %\nred\n2J\n(7 bytes are left out)\n10 %\n20 %\n')
  const json = await inProcess([...args, '--json'], { home })
  assert.equal(
    jsonLines(json.stdout).map(({ type }) => type),
    ['log', 'log']
  )
})

logs.run()
