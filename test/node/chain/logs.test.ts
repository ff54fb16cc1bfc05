// Logs of long spans from endpoints that grant little at once.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readLogs } from '../../../node/chain/logs.ts'
import { Rpc } from '../../../node/chain/rpc.ts'
import { rejects } from '../../support.ts'
import { type LogServer, startLogServer } from './log-server.ts'
import { clock } from './support.ts'

const test = suite('readLogs')
let server: LogServer

test.before(async () => {
  server = await startLogServer()
})
test.after(async () => {
  await server.stop()
})
test.before.each(() => {
  server.spans.length = 0
})

const read = async (from: number, to: number | string) => {
  const logs = await readLogs(new Rpc({ urls: [server.url], clock }), { address: '0x', topics: [] }, from, to)
  return logs.map(({ blockNumber }) => blockNumber)
}
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('asks for as little as the endpoint grants, and misses nothing', async () => {
  server.grants = 7
  assert.equal(await read(10, 60), range(10, 60))
  assert.ok(server.spans.every(([from, to]) => from >= 10 && to <= 60))
})

test('asks once where that is granted', async () => {
  server.grants = 100_000
  assert.equal(await read(3, 99), range(3, 99))
  assert.equal(server.spans, [[3, 99]])
})

test('goes to the newest block where a tag is given, and nowhere where the span is empty', async () => {
  server.grants = 100_000
  server.latest = 12
  assert.equal(await read(10, 'latest'), [10, 11, 12])
  assert.equal(await read(10, '0xb'), [10, 11])
  assert.equal(await read(13, 'latest'), [])
})

test('gives up when not even one block is granted', async () => {
  server.grants = 0
  await rejects(read(1, 4), 'CHAIN_RPC_ERROR')
  assert.equal(server.spans.at(-1), [1, 1])
})

test.run()
