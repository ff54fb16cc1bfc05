// Nodes for tests: real libp2p, Helia and level on loopback, each in a folder of its own.

import { randomKey } from '../../../node/host/keys.ts'
import { createNet, type Net, type NetInit } from '../../../node/host/net/create.ts'
import type { Network } from '../../../node/market/ports.ts'
import { tmp, until } from '../../support.ts'

/** The nodes of one test file; whatever is still up is stopped by {@link Nodes.stop}. */
export class Nodes {
  readonly #nets = new Set<Net>()

  async start(init: Partial<NetInit> = {}): Promise<Net> {
    const net = await createNet({
      dataDir: init.dataDir ?? (await tmp()),
      privateKey: init.privateKey ?? randomKey(),
      testNet: true,
      keeperIntervalMs: 100,
      ...init
    })
    this.#nets.add(net)
    return net
  }

  /** Two nodes that are connected. */
  async pair(init: Partial<NetInit> = {}): Promise<readonly [Net, Net]> {
    const first = await this.start(init)
    const second = await this.start({ ...init, bootstrap: first.network.addresses() })
    await connected(first.network, second.network)
    return [first, second]
  }

  async stop(): Promise<void> {
    const nets = [...this.#nets]
    this.#nets.clear()
    await Promise.all(nets.map(net => net.stop()))
  }
}

/** Waits until each of the two is a neighbour of the other. */
export async function connected(a: Network, b: Network): Promise<void> {
  const knows = (one: Network, other: Network) => one.peers().some(({ peerId }) => peerId === other.peerId)
  await until(() => knows(a, b) && knows(b, a), { what: 'the connection' })
}
