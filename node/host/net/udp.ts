/**
 * Free UDP ports. libp2p's WebRTC looks for a free port among those of TCP, so that of thirty nodes on one machine two took
 * the same; the system knows which UDP ports are free.
 */
import { createSocket, type Socket } from 'node:dgram'

/** Addresses to listen on, with a free port in place of each UDP port 0. */
export async function withUdpPorts(listen: readonly string[]): Promise<string[]> {
  const sockets: Socket[] = []
  try {
    // All are held until the last is bound, so that none is given twice.
    for (const address of listen) if (address.includes('/udp/0/')) sockets.push(await boundSocket(address))
    const ports = sockets.map(socket => socket.address().port)
    return listen.map(address => address.replace('/udp/0/', () => `/udp/${ports.shift()}/`))
  } finally {
    await Promise.all(sockets.map(socket => new Promise<void>(resolve => socket.close(resolve))))
  }
}

/** On every interface, as libp2p will be. */
function boundSocket(address: string): Promise<Socket> {
  const socket = createSocket(address.startsWith('/ip6/') ? 'udp6' : 'udp4')
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, () => resolve(socket))
  })
}
