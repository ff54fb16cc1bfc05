// An RPC endpoint that has one log in every block and grants only so many blocks at once.
import { createServer } from 'node:http'
import { bytes32 } from './support.ts'

/** The endpoint. */
export interface LogServer {
  readonly url: string
  /** Spans that were asked for, first and last block. */
  readonly spans: (readonly [number, number])[]
  /** Blocks that it grants at once. */
  grants: number
  latest: number
  stop(): Promise<void>
}

/** Starts it on a free port. */
export async function startLogServer(): Promise<LogServer> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += String(chunk)
    })
    request.on('end', () => response.end(JSON.stringify({ jsonrpc: '2.0', id: 0, ...answer(body) })))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  const self: LogServer = {
    url: `http://127.0.0.1:${address.port}`,
    spans: [],
    grants: 0,
    latest: 0,
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
  const answer = (body: string) => {
    const [from, to] = ['fromBlock', 'toBlock'].map(name => Number(new RegExp(`"${name}":"(\\w+)"`).exec(body)?.[1]))
    if (from === undefined || to === undefined || Number.isNaN(from)) return { result: `0x${self.latest.toString(16)}` }
    self.spans.push([from, to])
    if (to - from + 1 > self.grants)
      return { error: { code: -32000, message: 'query returned more than 10000 results' } }
    return { result: Array.from({ length: to - from + 1 }, (_, i) => logOf(from + i)) }
  }
  return self
}

function logOf(block: number) {
  const blockNumber = `0x${block.toString(16)}`
  return { address: `0x${'00'.repeat(20)}`, topics: [], data: '0x', blockNumber, blockHash: bytes32(block) }
}
