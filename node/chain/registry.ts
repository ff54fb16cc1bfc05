/** Names of modules on chain: the registry's entries and events in the market's words. */
import { type Address, ZERO_ADDRESS } from '../../protocols/core/account.ts'
import { type Bytes32, type Hex, ZERO_BYTES32 } from '../../protocols/core/bytes.ts'
import type { Attestation, ModuleDirectory, ModuleTerms, PublishedModule } from '../market/directory.ts'
import type { AbortOptions } from '../market/ports.ts'
import type { Contracts } from './contracts.ts'
import { readLogs } from './logs.ts'
import { type Rpc, unwrap } from './rpc.ts'
import { type Log, parseHex } from './wire.ts'

/** What the registry is read from. */
export interface RegistryInit {
  readonly rpc: Rpc
  readonly contracts: Contracts
  /** The block that reads are as of, as JSON-RPC names it. */
  readonly blockTag: () => string
}

/** @see ModuleDirectory */
export class Registry implements ModuleDirectory {
  readonly #init: RegistryInit

  constructor(init: RegistryInit) {
    this.#init = init
  }

  async find(name: string, version: string, options: AbortOptions = {}): Promise<PublishedModule | undefined> {
    const { registry } = this.#init.contracts
    const answer = await this.#call(registry.encode('find', name, version), options)
    const { module, author, feeBps } = registry.decode('find', answer)
    return module === ZERO_BYTES32 ? undefined : { name, version, module, author, feeBps }
  }

  async list(options: AbortOptions = {}): Promise<readonly PublishedModule[]> {
    const { registry } = this.#init.contracts
    const logs = await this.#logs([registry.topicOf('Published')], options)
    return logs.flatMap(log => {
      const event = registry.eventOf(log)
      if (event?.name !== 'Published') return []
      const { name, version, module, author, feeBps } = event.args
      return [{ name, version, module, author, feeBps }]
    })
  }

  async termsOf(module: Bytes32, options: AbortOptions = {}): Promise<ModuleTerms | undefined> {
    const { registry } = this.#init.contracts
    const [author, feeBps] = registry.decode('termsOf', await this.#call(registry.encode('termsOf', module), options))
    return author === ZERO_ADDRESS ? undefined : { author, feeBps }
  }

  async attestations(module: Bytes32, options: AbortOptions = {}): Promise<readonly Attestation[]> {
    const { registry } = this.#init.contracts
    const logs = await this.#logs([registry.topicOf('Attested'), module], options)
    return logs.flatMap(log => {
      const event = registry.eventOf(log)
      if (event?.name !== 'Attested') return []
      const { attester, deterministic, runs } = event.args
      return [{ attester, isDeterministic: deterministic, runs }]
    })
  }

  get #address(): Address {
    return this.#init.contracts.registry.address
  }

  async #call(data: Hex, options: AbortOptions): Promise<Hex> {
    const { rpc, blockTag } = this.#init
    const [answer] = await rpc.batch(
      [{ method: 'eth_call', params: [{ to: this.#address, data }, blockTag()] }],
      options
    )
    return parseHex(unwrap(answer))
  }

  async #logs(topics: readonly Bytes32[], options: AbortOptions): Promise<readonly Log[]> {
    const { rpc, contracts, blockTag } = this.#init
    const query = { address: this.#address, topics }
    return await readLogs(rpc, query, contracts.deployment.fromBlock, blockTag(), options)
  }
}
