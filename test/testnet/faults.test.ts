// The TCP relay that stands between a node and its chain when a scenario wants the chain to be silent or gone.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRelay, type Relay } from '../../testnet/faults.ts'
import { until } from '../support.ts'

interface Context {
  server: Server
  relay: Relay
}

const relays = suite<Context>('openRelay')

relays.before.each(async context => {
  context.server = createServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  context.server.listen(0, '127.0.0.1')
  await once(context.server, 'listening')
  const address = context.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  context.relay = await openRelay(address.port)
})

relays.after.each(async ({ server, relay }) => {
  await relay.close()
  server.close()
})

async function client(relay: Relay): Promise<{ socket: Socket; heard: () => string }> {
  const socket = connect(relay.port, '127.0.0.1')
  let text = ''
  socket.on('data', bytes => {
    text += String(bytes)
  })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return { socket, heard: () => text }
}

relays('passes bytes both ways', async ({ relay }) => {
  const { socket, heard } = await client(relay)
  socket.write('hello')
  await until(() => heard() === 'hello')
})

relays('keeps bytes back while paused, and loses none', async ({ relay }) => {
  const { socket, heard } = await client(relay)
  socket.write('a')
  await until(() => heard() === 'a')
  relay.pause()
  socket.write('b')
  const other = await client(relay)
  other.socket.write('c')
  // A second echo server round trip of another connection would have arrived by the time of this one.
  await new Promise(resolve => setImmediate(resolve))
  assert.is(heard(), 'a')
  relay.resume()
  await until(() => heard() === 'ab' && other.heard() === 'c')
})

relays('ends connections when cut, and takes new ones after it was mended', async ({ relay }) => {
  const { socket } = await client(relay)
  relay.cut()
  await once(socket, 'close')
  const refused = connect(relay.port, '127.0.0.1')
  refused.on('error', () => {})
  await once(refused, 'close')
  relay.resume()
  const { socket: again, heard } = await client(relay)
  again.write('back')
  await until(() => heard() === 'back')
})

relays.run()
