// UDP ports for browsers: each a free one, whatever TCP thinks.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withUdpPorts } from '../../../../node/host/net/udp.ts'

const ports = suite('withUdpPorts')

ports('puts a free port in place of 0, and leaves every other address as it is', async () => {
  const named = ['/ip4/127.0.0.1/tcp/0', '/ip4/0.0.0.0/udp/4001/webrtc-direct', '/ip4/127.0.0.1/tcp/0/ws']
  const [address = '', ...others] = await withUdpPorts(['/ip4/127.0.0.1/udp/0/webrtc-direct', ...named])
  assert.equal(others, named)
  const port = Number(/^\/ip4\/127\.0\.0\.1\/udp\/(\d+)\/webrtc-direct$/.exec(address)?.[1])
  const socket = createSocket('udp4').bind(port)
  await once(socket, 'listening')
  assert.is(socket.address().port, port)
  socket.close()
})

ports('gives none twice to many that ask at once', async () => {
  const asked = Array.from({ length: 50 }, () => '/ip4/127.0.0.1/udp/0/webrtc-direct')
  assert.is(new Set(await withUdpPorts(asked)).size, asked.length)
})

ports.run()
