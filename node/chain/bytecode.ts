/**
 * Whether what a deployment's addresses hold is what this package was built with. A contract's code is made anew: its
 * constructor is run by the chain itself, in a call that changes nothing, at the contract's own address and with the
 * arguments that the deployment claims (eth_call with a state override: the constructor is put where the contract is). What
 * it returns is the code that must be there, immutable values included, byte by byte.
 * @see https://geth.ethereum.org/docs/interacting-with-geth/rpc/objects#state-override-set
 */
import { Interface, type InterfaceAbi } from 'ethers/abi'
import * as generated from '../../contracts/generated/index.ts'
import type { Address } from '../../protocols/core/account.ts'
import { fromHex, type Hex, isHex } from '../../protocols/core/bytes.ts'
import type { AbortOptions, Deployment } from '../market/ports.ts'
import { Contract } from './abi.ts'
import { Contracts } from './contracts.ts'
import type { DrandSource } from './drand.ts'
import { type Rpc, unwrap } from './rpc.ts'
import { parseHex } from './wire.ts'

/** A contract of a deployment, compared with the build. */
export interface CodeCheck {
  readonly name: string
  readonly address: Address
  /**
   * - same: every byte
   * - same-but-values: the build's code, but its immutable values could not be checked
   * - other: code of something else, or values that differ from what the deployment says
   * - none: nothing is there
   */
  readonly state: 'same' | 'same-but-values' | 'other' | 'none'
}

/** What the comparison needs to know beside the addresses. */
export interface CodeCheckInit {
  readonly rpc: Pick<Rpc, 'batch'>
  readonly deployment: Deployment
  /** Of a DrandBeacon: what it was made with; undefined for a PrevrandaoBeacon. */
  readonly drand: (DrandSource & { readonly marginSec: number; readonly lateAfterSec: number }) | undefined
}

/** A contract as the build has it. `args` undefined: they cannot be told from outside. */
interface Built {
  readonly name: string
  readonly address: Address
  readonly abi: InterfaceAbi
  readonly bytecode: string
  readonly args: readonly unknown[] | undefined
}

/** The opcode that an immutable value is pushed with, and how many bytes of it there are. */
const PUSH32 = 0x7f
const WORD = 32

const KEY_WORDS = 8

/**
 * Compares every contract of a deployment.
 *
 * @throws CHAIN_UNREACHABLE, CHAIN_RPC_ERROR when the Market or the Court does not say what it was made with
 */
export async function checkCode(init: CodeCheckInit, options: AbortOptions = {}): Promise<readonly CodeCheck[]> {
  const { market, court, beacon } = new Contracts(init.deployment)
  const codes = await codesAt(init.rpc, [market.address, court.address, beacon.address], options)
  const missing = [...codes].filter(([, code]) => code === '0x')
  const names = new Map([
    [market.address, 'Market'],
    [court.address, 'Court'],
    [beacon.address, 'beacon']
  ])
  if (missing.length > 0)
    return missing.map(([address]) => ({ name: names.get(address) ?? '', address, state: 'none' as const }))
  const built = await builtContracts(init, options)
  return Promise.all(built.map(contract => check(init.rpc, contract, options)))
}

/** Every contract with the arguments that its deployment must have given it, as the Market and the Court tell them. */
async function builtContracts(init: CodeCheckInit, options: AbortOptions): Promise<readonly Built[]> {
  const { rpc, deployment } = init
  const { market, court } = new Contracts(deployment)
  const registry = new Contract(generated.ModuleRegistryAbi, deployment.registry)
  const [marketAnswer, courtAnswer, stewardAnswer] = await rpc.batch(
    [
      call(market.address, market.encode('params')),
      call(court.address, court.encode('params')),
      call(registry.address, registry.encode('steward'))
    ],
    options
  )
  const marketParams = market.decode('params', parseHex(unwrap(marketAnswer)))
  const courtParams = court.decode('params', parseHex(unwrap(courtAnswer)))
  const steward = stewardAnswer !== undefined && 'result' in stewardAnswer ? parseHex(stewardAnswer.result) : '0x'
  const pool = { name: 'VerificationPool', address: marketParams.pool }
  return [
    {
      name: 'Market',
      address: market.address,
      abi: generated.MarketAbi,
      bytecode: generated.MarketBytecode,
      args: [marketParams]
    },
    {
      name: 'Court',
      address: court.address,
      abi: generated.CourtAbi,
      bytecode: generated.CourtBytecode,
      args: [market.address, deployment.beacon, courtParams]
    },
    beaconOf(init),
    {
      name: 'ModuleRegistry',
      address: deployment.registry,
      abi: generated.ModuleRegistryAbi,
      bytecode: generated.ModuleRegistryBytecode,
      args: stewardAnswer === undefined || steward === '0x' ? undefined : [registry.decode('steward', steward)]
    },
    {
      ...pool,
      abi: generated.VerificationPoolAbi,
      bytecode: generated.VerificationPoolBytecode,
      args: [market.address, deployment.beacon]
    },
    ...jobsOf(deployment)
  ]
}

function jobsOf({ jobs: address, market }: Deployment): readonly Built[] {
  if (address === undefined) return []
  const { OnchainJobsAbi: abi, OnchainJobsBytecode: bytecode } = generated
  return [{ name: 'OnchainJobs', address, abi, bytecode, args: [market] }]
}

function beaconOf({ deployment: { beacon: address }, drand }: CodeCheckInit): Built {
  if (drand === undefined)
    return {
      name: 'PrevrandaoBeacon',
      address,
      abi: generated.PrevrandaoBeaconAbi,
      bytecode: generated.PrevrandaoBeaconBytecode,
      args: undefined
    }
  const { key, genesisSec: genesis, periodSec: period, marginSec: margin, lateAfterSec: lateAfter } = drand
  const words = Array.from({ length: KEY_WORDS }, (_, i) => `0x${key.slice(2 + 64 * i, 2 + 64 * (i + 1))}`)
  return {
    name: 'DrandBeacon',
    address,
    abi: generated.DrandBeaconAbi,
    bytecode: generated.DrandBeaconBytecode,
    args: [{ key: words, genesis, period, margin, lateAfter }]
  }
}

async function check(rpc: Pick<Rpc, 'batch'>, built: Built, options: AbortOptions): Promise<CodeCheck> {
  const { name, address } = built
  const [code = '0x'] = (await codesAt(rpc, [address], options)).values()
  if (code === '0x') return { name, address, state: 'none' }
  const expected = await constructed(rpc, built, options)
  if (expected !== undefined) return { name, address, state: expected === code ? 'same' : 'other' }
  return { name, address, state: isSameBeside(fromHex(built.bytecode), fromHex(code)) ? 'same-but-values' : 'other' }
}

/** The code that the constructor leaves; undefined when its arguments are not known, or the endpoint cannot run it so. */
async function constructed(rpc: Pick<Rpc, 'batch'>, built: Built, options: AbortOptions): Promise<Hex | undefined> {
  if (built.args === undefined) return undefined
  const args = new Interface(built.abi).encodeDeploy([...built.args])
  const code = `${built.bytecode}${args.slice(2)}`
  const [answer] = await rpc.batch(
    [{ method: 'eth_call', params: [{ to: built.address, data: '0x' }, 'latest', { [built.address]: { code } }] }],
    options
  )
  return answer !== undefined && 'result' in answer && isHex(answer.result) && answer.result !== '0x'
    ? answer.result
    : undefined
}

/**
 * Whether code is that of a creation code apart from immutable values: these are zero in the build, each behind the opcode
 * that pushes it.
 */
export function isSameBeside(creation: Uint8Array, code: Uint8Array): boolean {
  const built = creation.subarray(creation.length - code.length)
  if (built.length !== code.length) return false
  for (let i = 0; i < code.length; i++) {
    if (built[i] !== code[i]) return false
    if (built[i] !== PUSH32 || built.subarray(i + 1, i + 1 + WORD).some(byte => byte !== 0)) continue
    i += WORD
  }
  return true
}

async function codesAt(
  rpc: Pick<Rpc, 'batch'>,
  addresses: readonly Address[],
  options: AbortOptions
): Promise<ReadonlyMap<Address, Hex>> {
  const answers = await rpc.batch(
    addresses.map(address => ({ method: 'eth_getCode', params: [address, 'latest'] })),
    options
  )
  return new Map(addresses.map((address, i) => [address, parseHex(unwrap(answers[i]))]))
}

function call(to: Address, data: Hex) {
  return { method: 'eth_call', params: [{ to, data }, 'latest'] }
}
