/** The port of the module registry: the names that modules have on chain, and what is said of them there. */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { AbortOptions } from './ports.ts'

/** A version of a module as the registry has it. */
export interface PublishedModule {
  readonly name: string
  readonly version: string
  /** SHA-256 of the module's folder: its CID. */
  readonly module: Bytes32
  readonly author: Address
  /** Of what a provider earns with it, in basis points. */
  readonly feeBps: number
}

/** Who earns what when a deal names a module. */
export interface ModuleTerms {
  readonly author: Address
  readonly feeBps: number
}

/** What somebody says of a module; anybody may. */
export interface Attestation {
  readonly attester: Address
  readonly isDeterministic: boolean
  readonly runs: number
}

/** The names that modules have on chain. */
export interface ModuleDirectory {
  find(name: string, version: string, options?: AbortOptions): Promise<PublishedModule | undefined>
  /** Everything that was published, in chain order. */
  list(options?: AbortOptions): Promise<readonly PublishedModule[]>
  /** Undefined when nobody has published the module. */
  termsOf(module: Bytes32, options?: AbortOptions): Promise<ModuleTerms | undefined>
  attestations(module: Bytes32, options?: AbortOptions): Promise<readonly Attestation[]>
}
