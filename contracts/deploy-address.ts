// Where the contracts of a deployment are, on every chain: computed from the account that deploys, its parameters and the
// code, before any of them is there. The factory that makes them is itself made by the deterministic deployer: a contract
// without an owner at one address on most chains, which anybody can put on the others by its presigned transaction.
import {
  AbiCoder,
  concat,
  getCreate2Address,
  getCreateAddress,
  id,
  keccak256,
  type Signer,
  Transaction,
  type TransactionResponse,
  ZeroHash
} from 'ethers'
import type { Deployment } from './deploy.ts'
import { DeployError } from './deploy-params.ts'
import * as generated from './generated/index.ts'

/** @see https://github.com/Arachnid/deterministic-deployment-proxy */
const DEPLOYER = '0x4e59b44847b379578588920cA78FbF26c0B4956C'
/** Its creation, the same for all chains: signed with r and s that nobody can have chosen for a key, at a price of its own. */
const DEPLOYER_CREATION = Transaction.from(
  `0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7f${'ff'.repeat(31)}e03601600081602082378035828234` +
    `f58015156039578182fd5b8082525050506014600cf31ba0${'22'.repeat(32)}a0${'22'.repeat(32)}`
)

/** Gas of making the factory. */
const FACTORY_GAS = 1_000_000n

/** The factory, on every chain. */
export const FACTORY = getCreate2Address(DEPLOYER, ZeroHash, keccak256(generated.FactoryBytecode))

/** The contracts of a deployment. */
export type ContractName = 'registry' | 'lens' | 'beacon' | 'pool' | 'court' | 'market' | 'jobs'

/** Of all code that can be deployed: another build has other addresses. */
const BUILD = keccak256(
  concat([
    generated.ModuleRegistryBytecode,
    generated.LensBytecode,
    generated.PrevrandaoBeaconBytecode,
    generated.DrandBeaconBytecode,
    generated.VerificationPoolBytecode,
    generated.CourtBytecode,
    generated.MarketBytecode,
    generated.OnchainJobsBytecode
  ])
)

/** The salt of a contract: its name, this build, and every parameter in the order of the names. */
export function saltOf(name: ContractName, params: Deployment['params']): string {
  const sorted = Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return id(JSON.stringify([name, BUILD, sorted]))
}

/** What makes a contract for the factory. */
export function spawnerOf(name: ContractName, from: string, params: Deployment['params']): string {
  const salt = keccak256(AbiCoder.defaultAbiCoder().encode(['address', 'bytes32'], [from, saltOf(name, params)]))
  return getCreate2Address(FACTORY, salt, keccak256(generated.SpawnerBytecode))
}

/** Where the factory makes the contracts that `from` deploys with these parameters. */
export function addressesOf(from: string, params: Deployment['params']): Readonly<Record<ContractName, string>> {
  const at = (name: ContractName): string => getCreateAddress({ from: spawnerOf(name, from, params), nonce: 1 })
  return {
    registry: at('registry'),
    lens: at('lens'),
    beacon: at('beacon'),
    pool: at('pool'),
    court: at('court'),
    market: at('market'),
    jobs: at('jobs')
  }
}

/**
 * Makes the factory where it is missing, and before it the deployer where that is.
 *
 * @param settled waits for a transaction
 * @throws DEPLOY_FAILED the chain has no deterministic deployer and does not take its creation
 */
export async function ensureFactory(
  signer: Signer,
  settled: (sent: TransactionResponse) => Promise<unknown>
): Promise<void> {
  const { provider } = signer
  if (provider === null || (await provider.getCode(FACTORY)) !== '0x') return
  if ((await provider.getCode(DEPLOYER)) === '0x') {
    const { from: to, gasLimit, gasPrice, serialized } = DEPLOYER_CREATION
    await settled(await signer.sendTransaction({ to, value: gasLimit * (gasPrice ?? 0n) }))
    try {
      await settled(await provider.broadcastTransaction(serialized))
    } catch (cause) {
      const message = `the chain has no contract at ${DEPLOYER} and does not take the transaction that makes it`
      throw new DeployError('DEPLOY_FAILED', message, { cause })
    }
  }
  const data = concat([ZeroHash, generated.FactoryBytecode])
  await settled(await signer.sendTransaction({ to: DEPLOYER, data, gasLimit: FACTORY_GAS }))
}
