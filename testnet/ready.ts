/** Waiting until a testnet is one: every node answers, has neighbours, and has heard every provider's offer. */
import { setTimeout as delay } from 'node:timers/promises'
import type { NodeStatus } from '../node/market/api.ts'
import type { AbortOptions } from '../node/market/ports.ts'
import { TestnetError } from './errors.ts'
import { statusOf } from './member-api.ts'
import { lastWordsOf } from './members.ts'
import { isRunning } from './process.ts'
import { READY_TIMEOUT_MS } from './settings.ts'
import type { Testnet } from './testnet.ts'

const LOOK_MS = 150

/** Options of waiting. */
export interface ReadyOptions extends AbortOptions {
  /** @default READY_TIMEOUT_MS */
  readonly timeoutMs?: number
  /** How often the node is asked. @default 150 */
  readonly intervalMs?: number
}

/**
 * Waits until a member's node answers.
 *
 * @throws TESTNET_NODE_DIED when its process ends first, TESTNET_NOT_READY
 */
export function waitForMember(testnet: Testnet, name: string, options: ReadyOptions = {}): Promise<NodeStatus> {
  return waitForStatus(testnet, name, () => undefined, options)
}

/**
 * Waits until a member's node satisfies a condition.
 *
 * @param lack what is still missing, in words; undefined when nothing is
 * @throws TESTNET_NODE_DIED when its process ends first, TESTNET_NOT_READY
 */
export async function waitForStatus(
  testnet: Testnet,
  name: string,
  lack: (status: NodeStatus) => string | undefined,
  options: ReadyOptions = {}
): Promise<NodeStatus> {
  const timeoutMs = options.timeoutMs ?? READY_TIMEOUT_MS
  const deadlineMs = performance.now() + timeoutMs
  let missing = 'its node does not answer'
  while (performance.now() < deadlineMs) {
    options.signal?.throwIfAborted()
    const member = testnet.member(name)
    if (member.process === undefined || !isRunning(member.process))
      throw new TestnetError('TESTNET_NODE_DIED', `${name} ended before it was ready: ${lastWordsOf(member)}`)
    const status = await statusOf(member, options)
    const still = status === undefined ? missing : lack(status)
    if (status !== undefined && still === undefined) return status
    missing = still ?? missing
    await delay(options.intervalMs ?? LOOK_MS, undefined, options)
  }
  throw new TestnetError('TESTNET_NOT_READY', `${name} was not ready within ${timeoutMs} ms: ${missing}`)
}

/** Waits until all members have neighbours and know `offers` resource offers, and `slots` mediator slots are staked. */
export async function waitForMarket(
  testnet: Testnet,
  expected: { readonly offers: number; readonly slots: number },
  options: ReadyOptions = {}
): Promise<void> {
  const names = testnet.members.map(member => member.name)
  const lack = (status: NodeStatus) => {
    if (status.peers === 0 && names.length > 1) return 'it has no neighbour'
    const heard = status.offers.resource
    return heard < expected.offers ? `it knows ${heard} of ${expected.offers} offers` : undefined
  }
  await Promise.all(names.map(name => waitForStatus(testnet, name, lack, options)))
  await waitForSlots(testnet, expected.slots, options)
}

async function waitForSlots(testnet: Testnet, expected: number, options: ReadyOptions): Promise<void> {
  const timeoutMs = options.timeoutMs ?? READY_TIMEOUT_MS
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    const staked = await testnet.chain.slotCount(options)
    if (staked >= expected) return
    if (performance.now() >= deadlineMs)
      throw new TestnetError('TESTNET_NOT_READY', `${staked} of ${expected} mediator slots are staked`)
    await delay(LOOK_MS, undefined, options)
  }
}
