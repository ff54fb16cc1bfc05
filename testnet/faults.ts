/** Faults that tests inject into a testnet's processes: sudden death, a frozen process, a chain that does not answer. */
import { connect, createServer, type Socket } from 'node:net'
import type { AbortOptions } from '../node/market/ports.ts'
import { signalProcess, waitForEnd } from './process.ts'
import type { Testnet } from './testnet.ts'

/** kill -9: the process gets to write nothing more. */
export async function killHard(testnet: Testnet, name: string, options: AbortOptions = {}): Promise<void> {
  const { process } = testnet.member(name)
  if (process === undefined) throw new TypeError(`${name} was never started`)
  signalProcess(process, 'SIGKILL')
  await waitForEnd(process, 10_000, options)
}

/** A TCP relay on loopback that can be paused (bytes wait) or cut (connections end, new ones are refused). */
export interface Relay {
  readonly port: number
  pause(): void
  resume(): void
  cut(): void
  close(): Promise<void>
}

/** Opens a {@link Relay} in front of a port on loopback. */
export async function openRelay(targetPort: number): Promise<Relay> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let isPaused = false
  let isCut = false
  const server = createServer({ allowHalfOpen: false }, near => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(targetPort, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', bytes => to.write(bytes))
      // Either end's error or close ends both; the client sees it as the fault that it is.
      from.on('error', () => to.destroy())
      from.on('close', () => {
        to.destroy()
        pairs.delete(pair)
      })
      if (isPaused) from.pause()
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the relay got no port')
  const each = (act: (socket: Socket) => void) => {
    for (const pair of pairs) for (const socket of pair) act(socket)
  }
  return {
    port: address.port,
    pause() {
      isPaused = true
      each(socket => socket.pause())
    },
    resume() {
      isPaused = false
      isCut = false
      each(socket => socket.resume())
    },
    cut() {
      isCut = true
      each(socket => socket.destroy())
    },
    async close() {
      each(socket => socket.destroy())
      await new Promise(resolve => server.close(resolve))
    }
  }
}
