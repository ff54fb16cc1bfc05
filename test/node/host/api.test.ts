// The local API: a client on the socket sees what the node says, types and errors included, and leaving ends the call.
import { once } from 'node:events'
import { stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiClient } from '../../../node/host/api/client.ts'
import { ApiServer } from '../../../node/host/api/server.ts'
import { API_VERSION, MAX_LINE_CHARS, SOCKET_FILE, socketPath } from '../../../node/host/api/wire.ts'
import { COMMITTED, DEAL, DEAL_ID, FakeNode, JOB_ID, OFFERED, STATUS } from '../../cli/fake-node.ts'
import { rejects, throws, tmp, until } from '../../support.ts'

interface Context {
  dataDir: string
  node: FakeNode
  server: ApiServer
  client: ApiClient
}

const api = suite<Context>('ApiServer and ApiClient')

api.before.each(async context => {
  context.dataDir = await tmp()
  context.node = new FakeNode()
  context.server = new ApiServer({ api: context.node, dataDir: context.dataDir })
  context.client = new ApiClient(context.dataDir)
  await context.server.start()
})

api.after.each(context => context.server.stop())

/** What the server answers to raw bytes. */
async function answerTo({ dataDir }: Context, bytes: string): Promise<string> {
  const socket = connect(join(dataDir, SOCKET_FILE)).setEncoding('utf8')
  await once(socket, 'connect')
  socket.write(bytes)
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

api('carries values with their bigints', async ({ client }) => {
  assert.equal(await client.status(), STATUS)
  assert.equal(await client.deal(DEAL_ID), DEAL)
  assert.is((await client.peers())[0]?.isDialled, true)
  assert.is((await client.offers()).length, 2)
})

api('carries arguments, and answers nothing with nothing', async ({ client, node }) => {
  assert.is(await client.deposit(12n), undefined)
  assert.equal(node.depositsWei, [12n])
})

api('carries a stream to its end', async ({ client, node }) => {
  node.updates = [
    { type: 'report', report: OFFERED },
    { type: 'event', event: COMMITTED }
  ]
  const seen = await Array.fromAsync(client.submit({ modulePath: '/m', values: { a: 'b' }, maxPriceWei: 7n }))
  assert.equal(seen, node.updates)
  assert.equal(node.requests, [{ modulePath: '/m', values: { a: 'b' }, maxPriceWei: 7n }])
})

api('carries the code, message and details of an error', async ({ client }) => {
  const error = await rejects(client.job(JOB_ID), 'JOB_UNKNOWN')
  assert.match(error.message, JOB_ID)
  assert.equal('details' in error && error.details, { id: JOB_ID, tries: 3n })
  await rejects(client.withdraw(1n), 'INTERNAL')
  await rejects(Array.fromAsync(client.follow(JOB_ID)), 'JOB_UNKNOWN')
})

api('a reader that has had enough ends the stream at the node', async ({ client, node }) => {
  node.updates = [{ type: 'report', report: OFFERED }]
  node.isEndless = true
  for await (const _ of client.submit({ module: 'x' })) break
  await until(() => node.left === 1, { what: 'the node to see it' })
})

api('an abort ends the call on both sides', async ({ client, node }) => {
  node.isEndless = true
  const leaving = new AbortController()
  const call = Array.fromAsync(client.submit({ module: 'x' }, { signal: leaving.signal }))
  await until(() => node.requests.length === 1)
  leaving.abort()
  await call.then(
    () => assert.unreachable(),
    error => assert.is(error.name, 'AbortError')
  )
  await until(() => node.left === 1)
})

api('a slow reader holds the node back', async ({ client }) => {
  let count = 0
  for await (const _ of client.events()) {
    count++
    if (count > 2_000) break
  }
  assert.is(count, 2_001)
})

api('serves many at once', async ({ client }) => {
  const all = await Promise.all(Array.from({ length: 50 }, () => client.status()))
  assert.is(all.length, 50)
})

api('is closed to other users', async ({ dataDir }) => {
  const { mode } = await stat(join(dataDir, SOCKET_FILE))
  assert.is(mode & 0o777, 0o600)
})

api('refuses what is no request', async context => {
  const call = (request: unknown) => answerTo(context, `${JSON.stringify(request)}\n`)
  assert.match(await answerTo(context, 'nonsense\n'), 'API_BAD_MESSAGE')
  assert.match(await call({ version: API_VERSION, method: 'toString', params: [] }), 'API_BAD_REQUEST')
  assert.match(await call({ version: API_VERSION, method: 'deposit', params: [5] }), 'API_BAD_REQUEST')
  assert.match(await call({ version: API_VERSION, method: 'submit', params: [{ typo: 1 }] }), 'API_BAD_REQUEST')
  assert.match(await call({ version: API_VERSION, method: 'status', params: [1] }), 'API_BAD_REQUEST')
  assert.match(await call({ version: API_VERSION + 1, method: 'status', params: [] }), 'API_VERSION')
  assert.equal(context.node.depositsWei, [])
  assert.equal(context.node.requests, [])
})

api('does not gather an endless line', async context => {
  assert.match(await answerTo(context, 'x'.repeat(MAX_LINE_CHARS + 1)), 'API_BAD_MESSAGE')
})

api('says when no node runs, and when one ends in the middle', async ({ client, node, server }) => {
  node.isEndless = true
  const call = Array.fromAsync(client.submit({ module: 'x' }))
  await until(() => node.requests.length === 1)
  const broken = rejects(call, 'API_CLOSED')
  await server.stop()
  await broken
  await server.stop()
  await rejects(client.status(), 'API_NOT_RUNNING')
})

api('takes the place of a socket that a killed node left', async ({ client, dataDir, node, server }) => {
  await server.stop()
  await writeFile(join(dataDir, SOCKET_FILE), '')
  const next = new ApiServer({ api: node, dataDir })
  await next.start()
  assert.is((await client.status()).block, 42)
  await next.stop()
})

api.run()

// ---

const paths = suite('socketPath')

paths('refuses a folder whose path no socket can have', () => {
  assert.is(socketPath('/a'), `/a/${SOCKET_FILE}`)
  throws(() => socketPath(`/${'a'.repeat(120)}`), 'API_SOCKET_UNUSABLE')
})

paths.run()
