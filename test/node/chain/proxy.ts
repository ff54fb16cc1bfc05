// An RPC endpoint in front of another that can be made to fail in the ways endpoints do.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** How a request fares: passed on, cut, refused, without the state that it needs, answered with something else, or never answered. */
export type Mood = 'pass' | 'cut' | 'busy' | 'behind' | 'nonsense' | 'hang'

/** What anvil says when a block comes between `latest` and its state. */
const BEHIND =
  '{"jsonrpc":"2.0","id":0,"error":{"code":-32602,"message":"BlockOutOfRangeError: block height is 53 but requested was 52"}}'

/** A failing endpoint. */
export interface FaultyEndpoint {
  readonly url: string
  /** Methods that were asked for, in order. */
  readonly asked: string[]
  /** How requests fare from now on; with a method, only those that ask for it. */
  set(mood: Mood, method?: string): void
  stop(): Promise<void>
}

/** Starts a proxy on a free port. */
export async function startProxy(target: string): Promise<FaultyEndpoint> {
  const asked: string[] = []
  let mood: Mood = 'pass'
  let only: string | undefined
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy())
  })
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await textOf(request)
    const methods = [...body.matchAll(/"method":"(\w+)"/g)].map(match => match[1] ?? '')
    asked.push(...methods)
    const now = only === undefined || methods.includes(only) ? mood : 'pass'
    if (now === 'cut') response.destroy()
    else if (now === 'busy')
      response.writeHead(503).end('{"jsonrpc":"2.0","id":0,"error":{"code":-1,"message":"busy"}}')
    else if (now === 'behind') response.writeHead(200).end(BEHIND)
    else if (now === 'nonsense') response.writeHead(200).end('<html>hello</html>')
    else if (now === 'pass') {
      const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      response.writeHead(answer.status).end(await answer.text())
    }
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    set(next, method) {
      mood = next
      only = method
    },
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
