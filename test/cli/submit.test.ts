// `lilynode submit` beside a running node: what is checked before anything is asked of the node, what the node is asked
// for, what people and programs are told, and every exit code.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiServer } from '../../node/host/api/server.ts'
import type { JobReport } from '../../node/market/api.ts'
import { until } from '../support.ts'
import { answer, type Context, MODULE, prepare } from './fake-home.ts'
import { DEAL_ID, FakeNode, JOB_ID, MEMBERS, OFFERED, PROVIDER, STATUS, verifiedJob } from './fake-node.ts'
import { inProcess, jsonLines } from './spawn.ts'

const input = suite<Context>('input of submit')
input.before.each(prepare)
input.after.each(({ server }) => server.stop())

input('is checked before anything is asked of a node', async ({ submit, module, home, node }) => {
  const file = join(module, 'module.json')
  const write = (change: object) => writeFile(file, JSON.stringify({ ...MODULE, ...change }))
  const expect = async (code: string, exitCode: number, ...args: string[]) => {
    const ended = await submit(...args)
    assert.match(ended.stderr, new RegExp(`^error ${code}: .+\n$`), ended.stderr)
    assert.is(ended.code, exitCode)
    assert.is(ended.stdout, '')
    return ended.stderr
  }
  await expect('MODULE_NOT_FOUND', 65, join(home, 'nowhere', 'module.json'))
  await expect('MODULE_NOT_FOUND', 65, home)
  await expect('MODULE_NOT_FOUND', 65, join(module, 'cowsay.wasm'))
  assert.match(await expect('MODULE_INPUT_MISSING', 65, module), '-i Message=<string>')
  assert.match(await expect('MODULE_INPUT_UNKNOWN', 65, module, '-i', 'Massage=moo'), 'Message, Times')
  assert.match(await expect('MODULE_INPUT_TYPE', 65, module, '-i', 'Message=moo', '-i', 'Times=often'), 'an integer')
  await expect('MODULE_INPUT_TYPE', 65, module, '-i', 'Message=moo', '--input-file', `Picture=${file}`)
  await expect('INPUT_FILE_NOT_FOUND', 65, module, '-i', 'Message=moo', '--input-file', 'Picture=none.png')
  await expect('OUTPUT_EXISTS', 65, module, '-i', 'Message=moo', '--out', home)
  await write({ inputs: { ...MODULE.inputs, Picture: { type: 'file' } } })
  await expect('INPUT_FILE_NOT_FOUND', 65, module, '-i', 'Message=moo', '-i', 'Picture=none.png')
  await write({ colour: 'green' })
  assert.match(await expect('MODULE_UNKNOWN_FIELD', 65, file, '-i', 'Message=moo'), '"colour"')
  await write({ runtime: 'punched-cards/1' })
  assert.match(await expect('MODULE_BAD_FIELD', 65, file, '-i', 'Message=moo'), '"runtime"')
  await write({ entrypoint: 'missing.wasm' })
  assert.match(await expect('MODULE_ENTRYPOINT_MISSING', 65, file, '-i', 'Message=moo'), 'missing.wasm')
  await writeFile(file, '{ "name": ')
  await expect('MODULE_NOT_JSON', 65, file, '-i', 'Message=moo')
  assert.equal(node.requests, [])
})

input('becomes the request, paths made absolute', async ({ begin, module, node, result }) => {
  answer(node, verifiedJob(result))
  const flags = ['--verify', '2.5%', '--target', PROVIDER.toUpperCase().replace('0X', '0x'), '--max-price', '0.5']
  const more = ['--tip', '3', '--collateral', '4x', '--wait', '9']
  const ended = await begin('cowsay/module.json', '-i', 'Message=a=b', ...flags, ...more).ended
  assert.is(ended.code, 0, ended.stderr)
  assert.equal(node.requests, [
    {
      modulePath: module,
      values: { Message: 'a=b' },
      files: {},
      target: PROVIDER,
      verifyBps: 250,
      maxPriceWei: 5n * 10n ** 17n,
      tipTicks: 3,
      collateralTimes: 4,
      waitBlocks: 9
    }
  ])
})

input('a module may be named by its CID', async ({ submit, node, result }) => {
  const cid = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
  answer(node, verifiedJob(result))
  await submit(cid, '-i', 'Message=moo')
  assert.is(node.requests[0]?.module, cid)
})

input('refuses a node of another chain, and one that is no creator', async ({ submit, module, node }) => {
  node.nodeStatus = { ...STATUS, chainId: 1n }
  const chain = await submit(module, '-i', 'Message=moo')
  assert.is(chain.code, 78)
  assert.match(chain.stderr, /^error CONFIG_OTHER_NETWORK: /)
  node.nodeStatus = { ...STATUS, roles: ['rp'] }
  const role = await submit(module, '-i', 'Message=moo')
  assert.is(role.code, 78)
  assert.match(role.stderr, /^error CONFIG_NO_ROLE: /)
})

input.run()

// ---

const output = suite<Context>('output of submit')
output.before.each(prepare)
output.after.each(({ server }) => server.stop())

output('for people: the job on stdout, states and the rest on stderr', async ({ submit, module, node, result }) => {
  answer(node, verifiedJob(result))
  const { code, stdout, stderr } = await submit(module, '-i', 'Message=moo')
  assert.is(code, 0)
  assert.is(stdout, ' < moo >\n')
  assert.match(stderr, /^said it$/m)
  const states = [`job ${JOB_ID} offered`, 'memory: has 1 MiB, needs 2 MiB', 'committed by', 'exit code 0']
  const facts = ['verdict', 'committee of 3', '0.010000000000000001', `to ${PROVIDER} (provider`, result]
  let at = 0
  for (const text of [...states, ...facts]) {
    const found = stderr.indexOf(text, at)
    assert.ok(found >= 0, `${text} after ${stderr.slice(0, at)} in ${stderr}`)
    at = found
  }
})

output('for programs: objects only, the last with everything', async ({ submit, module, node, result }) => {
  answer(node, verifiedJob(result))
  const { code, stdout, stderr } = await submit(module, '-i', 'Message=moo', '--json')
  assert.is(code, 0)
  assert.is(stderr, '')
  const lines = jsonLines(stdout)
  assert.equal(
    lines.map(line => line.type),
    ['job', 'event', 'event', 'result']
  )
  const { priceWei: _, pricePaidWei: __, ...report } = verifiedJob(result)
  assert.equal(lines.at(-1), {
    ...report,
    type: 'result',
    price: '10000000000000000',
    pricePaid: '10000000000000001',
    payments: [{ account: PROVIDER, reason: 'provider', amountWei: '10000000000000000', block: 50 }],
    committee: [...MEMBERS],
    exit: 0
  })
})

output('copies the result with --out', async ({ begin, module, node, result, home }) => {
  answer(node, verifiedJob(result))
  const { stdout } = await begin(module, '-i', 'Message=moo', '--json', '--out', 'copy').ended
  assert.is(jsonLines(stdout).at(-1)?.dir, join(home, 'copy'))
  assert.is(await readFile(join(home, 'copy', 'stdout'), 'utf8'), ' < moo >\n')
})

output("the exit code is the job's, or says what became of it", async ({ submit, module, node, result }) => {
  const right = verifiedJob(result)
  const { dir: _, resultCid: __, ...unresolved } = right
  const table: readonly (readonly [number, JobReport])[] = [
    [0, { ...right, verdict: 'accepted' }],
    [0, { ...right, verdict: 'unchecked' }],
    [3, verifiedJob(result, 3)],
    [71, { ...right, runStatus: 'trap', exitCode: -1 }],
    [71, { ...right, runStatus: 'output-limit', exitCode: -1 }],
    [76, { ...right, verdict: 'wrong', dealStatus: 'slashed' }],
    [76, { ...right, verdict: 'unverifiable', dealStatus: 'settled' }],
    [76, { ...right, verdict: 'no-verdict', dealStatus: 'void' }],
    [76, { ...unresolved, verdict: 'none', dealStatus: 'refunded' }],
    [75, { ...OFFERED, state: 'failed', failure: { code: 'JOB_NO_PROVIDER', message: 'nobody has 2 MiB' } }],
    [75, { ...OFFERED, state: 'cancelled' }],
    [77, { ...OFFERED, state: 'failed', failure: { code: 'CHAIN_NO_FUNDS', message: 'empty' } }],
    [70, { ...OFFERED, state: 'failed', failure: { code: 'SOMETHING_NEW', message: 'oh' } }]
  ]
  for (const [exitCode, report] of table) {
    answer(node, report)
    const ended = await submit(module, '-i', 'Message=moo')
    assert.is(ended.code, exitCode, `${JSON.stringify(report.failure ?? report.verdict)}: ${ended.stderr}`)
    // What is wrong, or not known to be right, must not pass for the job's answer.
    if (exitCode === 76) assert.is(ended.stdout, '')
    if (report.failure !== undefined) assert.match(ended.stderr, `error ${report.failure.code}: `)
  }
})

output('an error of the node is told once', async ({ submit, node, data }) => {
  await chmod(data, 0o700)
  const { code, stderr } = await submit('--resume', '0x1111')
  assert.is(code, 65)
  assert.match(stderr, /^error JOB_UNKNOWN: [^\n]+\n$/)
  assert.equal(node.requests, [])
})

output.run()

// ---

const leaving = suite<Context>('leaving a job')
leaving.before.each(prepare)
leaving.after.each(({ server }) => server.stop())

leaving('Ctrl-C leaves it to go on, and says how to take it up', async ({ begin, module, node }) => {
  answer(node)
  node.isEndless = true
  const running = begin(module, '-i', 'Message=moo')
  await until(() => running.stderr().includes('committed by'))
  running.child.kill('SIGINT')
  const { code, stderr } = await running.ended
  assert.is(code, 130)
  assert.match(stderr, `lilynode jobs resume ${JOB_ID}`)
  assert.not.match(stderr, 'error')
  assert.is(node.left, 1)
})

leaving('--resume follows it to its end, by the beginning of its id', async ({ submit, node, result }) => {
  node.jobReports = [verifiedJob(result)]
  answer(node, verifiedJob(result))
  for (const id of [JOB_ID.slice(0, 8), DEAL_ID.slice(0, 8)]) {
    const { code, stdout } = await submit('--resume', id)
    assert.is(code, 0)
    assert.is(stdout, ' < moo >\n')
  }
  assert.equal(node.requests, [])
})

leaving('--detach leaves it as soon as it has an id', async ({ submit, module, node }) => {
  answer(node)
  node.isEndless = true
  const { code, stdout } = await submit(module, '-i', 'Message=moo', '--detach', '--json')
  assert.is(code, 0)
  const lines = jsonLines(stdout)
  assert.equal(
    lines.map(line => line.type),
    ['job', 'left']
  )
  assert.is(lines[1]?.id, JOB_ID)
})

leaving('a node that goes away is an error, and the job can be taken up', async ({ begin, module, node, server }) => {
  answer(node)
  node.isEndless = true
  const running = begin(module, '-i', 'Message=moo')
  await until(() => running.stderr().includes('committed by'))
  await server.stop()
  const { code, stderr } = await running.ended
  assert.is(code, 69)
  assert.match(stderr, /^error API_CLOSED: /m)
  assert.match(stderr, `lilynode jobs resume ${JOB_ID}`)
})

leaving.run()

// ---

const others = suite<Context>('other commands beside a running node')
others.before.each(prepare)
others.after.each(({ server }) => server.stop())

others('say the same to people and to programs', async ({ node, result, home, data }) => {
  node.jobReports = [verifiedJob(result)]
  const flags = ['--network', join(home, 'fake.json'), '--data', data]
  const env = { LILYNODE_PRIVATE_KEY: `0x${'07'.repeat(32)}` }
  const table: readonly (readonly [args: readonly string[], people: RegExp, type: string])[] = [
    [['jobs', 'ls'], /^0x11111111\.\. +cowsay +done +correct +0\.010000000000000001/m, 'job'],
    [['jobs', 'show', '0x1111'], /^verdict +correct$/m, 'job'],
    [['jobs', 'cancel', '0x1111'], /is cancelled$/m, 'job'],
    [
      ['offers', 'check'],
      /^seen +by 1 of 2 neighbours, 1 did not answer$.*place +2 of 4.*DEAL_NO_ROOM.*0\.01 \(now\) +1 +0\.01/ms,
      'offer-check'
    ],
    [['explain', JOB_ID], /^verdict +OFF THE RULE$.*^1 +0xc1c1c1c1\.\. +0\.01 +rule.*MATCH_ARCH/ms, 'explanation'],
    [['offers', 'ls'], /^resource +0xbbbbbbbb\.\. +0\.01 +99 +1 slice\njob /m, 'offer'],
    [['deal', 'show', DEAL_ID], /^round 0 +0xc1/m, 'deal'],
    [['deal', 'show', '0x2222'], /^creator +0xaa/m, 'deal'],
    [['deal', 'appeal', DEAL_ID], /^appealed: /m, 'appealed'],
    [['peers'], /^0xbbbb\S+ +out +.*\/ip4\/127\.0\.0\.1\/tcp\/1$/m, 'peer'],
    [['status'], /^deposited +5 free$/m, 'status'],
    [['wallet', 'balance'], /^coins +1 /m, 'balance'],
    [['wallet', 'deposit', '0.5'], /^deposited +5 /m, 'balance']
  ]
  for (const [args, people, type] of table) {
    const text = await inProcess([...args, ...flags], { home, env })
    const json = await inProcess([...args, ...flags, '--json'], { home, env })
    assert.is(text.code, 0, text.stderr)
    assert.match(text.stdout, people)
    for (const line of text.stdout.split('\n')) assert.ok(!line.endsWith(' '))
    if (type === 'explanation' || type === 'offer-check')
      for (const line of text.stdout.split('\n')) assert.ok(line.length <= 80, line)
    assert.is(json.code, 0, json.stdout)
    assert.is(json.stderr, '')
    assert.ok(jsonLines(json.stdout).every(line => line.type === type))
  }
  assert.equal(node.depositsWei, [5n * 10n ** 17n, 5n * 10n ** 17n])
})

others('beside a provider use a node of their own that creates jobs', async ({ node, home, result, module }) => {
  node.jobReports = [verifiedJob(result)]
  const network = join(home, 'fake.json')
  const provider = new FakeNode()
  provider.nodeStatus = { ...STATUS, roles: ['rp'] }
  const folders = [join(home, 'data', 'fake'), join(home, 'data', 'fake-jc')] as const
  for (const folder of folders) await mkdir(folder, { recursive: true })
  const servers = [
    new ApiServer({ api: provider, dataDir: folders[0] }),
    new ApiServer({ api: node, dataDir: folders[1] })
  ]
  for (const server of servers) await server.start()
  answer(node, verifiedJob(result))
  const { code, stderr } = await inProcess(['submit', module, '-i', 'Message=moo', '--network', network], { home })
  for (const server of servers) await server.stop()
  assert.is(code, 0)
  assert.match(stderr, `has no role jc: this command uses ${folders[1]}`)
  assert.is(node.requests.length, 1)
  assert.is(provider.requests.length, 0)
})

others('tell a fault of the node as one', async ({ home, data }) => {
  const flags = ['--network', join(home, 'fake.json'), '--data', data]
  const env = { LILYNODE_PRIVATE_KEY: `0x${'07'.repeat(32)}` }
  const { code, stderr } = await inProcess(['wallet', 'withdraw', '1', ...flags], { home, env })
  assert.is(code, 70)
  assert.match(stderr, /error INTERNAL: a fault of the node\n {2}hint: .*LILYNODE_DEBUG/)
})

others.run()
