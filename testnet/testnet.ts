/** A testnet that is up, held in the hand: its members by name, each started, stopped and spoken to. */

import { writeFileSync } from 'node:fs'
import { formatProfile, type NetworkProfile } from '../node/host/profile.ts'
import type { AbortOptions } from '../node/market/ports.ts'
import { startBeacon } from './beacon.ts'
import { DevChain, MarketChain } from './dev-chain.ts'
import { TestnetError } from './errors.ts'
import { type MemberPlan, settleMember, startMember } from './members.ts'
import { isRunning, type ProcessRef, stopProcess } from './process.ts'
import { MEMBER_COINS_WEI } from './settings.ts'
import { type MemberState, type TestnetPaths, type TestnetState, writeState } from './state.ts'

/** @see the head of this file */
export class Testnet {
  readonly paths: TestnetPaths
  #state: TestnetState
  #profile: NetworkProfile | undefined

  constructor(paths: TestnetPaths, state: TestnetState) {
    this.paths = paths
    this.#state = state
  }

  /** What is on disk. */
  get state(): TestnetState {
    return this.#state
  }

  /** What its nodes know of it. @throws TESTNET_NOT_UP before there are contracts */
  get profile(): NetworkProfile {
    if (this.#profile === undefined) throw new TestnetError('TESTNET_NOT_UP', 'the testnet has no contracts yet')
    return this.#profile
  }

  /** Its chain with the contracts. @throws TESTNET_NOT_UP before there are any */
  get chain(): MarketChain {
    return new MarketChain(this.#rpcUrl, this.profile)
  }

  /** Its chain without the contracts. @throws TESTNET_NOT_UP before there is a chain */
  get bareChain(): DevChain {
    return new DevChain(this.#rpcUrl)
  }

  get members(): readonly MemberState[] {
    return this.#state.members
  }

  /** @throws TypeError when nobody has the name */
  member(name: string): MemberState {
    const found = this.members.find(member => member.name === name)
    if (found === undefined)
      throw new TypeError(`no member ${name}: there are ${this.members.map(m => m.name).join(', ')}`)
    return found
  }

  /** Notes a change of the state, on disk first. */
  update(change: Partial<TestnetState>): void {
    const next = { ...this.#state, ...change }
    writeState(this.paths, next)
    this.#state = next
  }

  /** Leaves it running without anybody who looks after it. */
  release(): void {
    const { supervisor: _, ...state } = this.#state
    writeState(this.paths, state)
    this.#state = state
  }

  /** Writes the profile that its nodes are started with. */
  useProfile(profile: NetworkProfile): void {
    writeFileSync(this.paths.profileFile, formatProfile(profile), { mode: 0o600 })
    this.#profile = profile
  }

  /** Gives a newcomer its key, its folder and its coins. */
  async settle(plan: MemberPlan, options: AbortOptions = {}): Promise<MemberState> {
    const member = await settleMember(this.paths, plan)
    await this.bareChain.giveCoins(member.account, MEMBER_COINS_WEI, options)
    this.update({ members: [...this.members, member] })
    return member
  }

  /** Starts a member's node, or starts it again over the same folder. Returns at once; see ready.ts. */
  start(name: string): ProcessRef {
    const member = this.member(name)
    if (member.process !== undefined && isRunning(member.process))
      throw new TypeError(`${name} already runs as process ${member.process.pid}`)
    const process = startMember(this.paths, member)
    this.#replace({ ...member, process })
    return process
  }

  /** Stops a member's node as its owner would. */
  async stop(name: string, options: AbortOptions = {}): Promise<void> {
    const { process } = this.member(name)
    if (process !== undefined) await stopProcess(process, options)
  }

  /** Starts the drand network, or starts it again with the same key at the same place. @throws TypeError when it has none */
  startBeacon(port = this.#state.beacon?.port): void {
    if (port === undefined) throw new TypeError('the testnet has no drand network')
    this.update({ beacon: { process: startBeacon(this.paths, port), port } })
  }

  /** Stops the drand network: seeds come late from now on. */
  async stopBeacon(options: AbortOptions = {}): Promise<void> {
    const { beacon } = this.#state
    if (beacon !== undefined) await stopProcess(beacon.process, options)
  }

  get #rpcUrl(): string {
    if (this.#state.chain === undefined) throw new TestnetError('TESTNET_NOT_UP', 'the testnet has no chain yet')
    return this.#state.chain.rpcUrl
  }

  #replace(member: MemberState): void {
    this.update({ members: this.members.map(other => (other.name === member.name ? member : other)) })
  }
}
