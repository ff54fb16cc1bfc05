/** What a host adds to the settings of libp2p: TCP, browsers that come by WebRTC, and the traffic that it carries for others. */
import { hash, webcrypto } from 'node:crypto'
import type { CreateLibp2pOptions } from '@helia/libp2p'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { dcutr } from '@libp2p/dcutr'
import { tcp } from '@libp2p/tcp'
import { libp2pOptions, type Services, type SettingsInit } from '../../peer/net/settings.ts'
import { hostDht } from './dht.ts'

/** Handing a smaller block to another thread costs more than its hash. */
const OFF_THREAD_BYTES = 64 * 1024

/** SHA-256 by OpenSSL. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

/** SHA-256 of a block beside the thread that moves the bytes: for a fetch it is an eighth of all work. */
export async function sha256OfBlock(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length < OFF_THREAD_BYTES) return sha256(bytes)
  return new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes))
}

/** The libp2p options of a host. */
export async function hostOptions(
  init: Omit<SettingsInit, 'transports' | 'sha256'>
): Promise<CreateLibp2pOptions<Services>> {
  // A native library: only a node that listens for browsers loads it.
  const isForBrowsers = init.listen.some(address => address.includes('/webrtc-direct'))
  const webRtc = isForBrowsers ? [(await import('@libp2p/webrtc')).webRTCDirect()] : []
  const options = libp2pOptions({ ...init, transports: [tcp(), ...webRtc], sha256 })
  return {
    ...options,
    services: {
      ...options.services,
      dht: hostDht(init.testNet),
      dcutr: dcutr(),
      // No limit per connection: bitswap does not run over a limited one.
      ...(init.relay === 'serve'
        ? { relay: circuitRelayServer({ reservations: { maxReservations: 256, applyDefaultLimit: false } }) }
        : {})
    }
  }
}
