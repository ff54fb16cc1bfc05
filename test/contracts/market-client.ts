// The market through ethers and the generated bindings, one call per move; what a test or a bench says in one line.
import {
  AbiCoder,
  Contract,
  encodeRlp,
  type InterfaceAbi,
  keccak256,
  type Signer,
  stripZerosLeft,
  type TransactionReceipt,
  type Wallet,
  ZeroAddress,
  ZeroHash
} from 'ethers'
import type { Deployment } from '../../contracts/deploy.ts'
import { CourtAbi, MarketAbi, PrevrandaoBeaconAbi } from '../../contracts/generated/index.ts'
import type { Anvil } from './anvil.ts'

const abi = AbiCoder.defaultAbiCoder()

/** A deal as ethers takes it. */
export interface Terms {
  readonly creator: string
  readonly provider: string
  readonly token: string
  readonly price: bigint
  readonly unitPrice: bigint
  readonly collateral: bigint
  readonly seatFee: bigint
  readonly jobs: number
  readonly runTime: number
  readonly window: number
  readonly seats: number
  readonly rounds: number
  readonly auditBps: number
  readonly jobOffer: string
  readonly resourceOffer: string
  readonly spec: string
  readonly module: string
  readonly validUntil: number
  readonly nonce: number
}

/** A result as ethers takes it. */
export interface Outcome {
  readonly root: string
  readonly status: number
  readonly used: bigint
}

/** keccak256(abi.encode(root, status, used)). */
export const digestOf = ({ root, status, used }: Outcome): string =>
  keccak256(abi.encode(['bytes32', 'uint8', 'uint64'], [root, status, used]))

/** What blinds a result on chain. */
export const blindOf = (result: Outcome, salt: string, provider: string): string =>
  keccak256(abi.encode(['bytes32', 'bytes32', 'address'], [digestOf(result), salt, provider]))

/** Ordinary terms between two accounts, valid for a long time. */
export const termsOf = (creator: string, provider: string, more: Partial<Terms> = {}): Terms => ({
  creator,
  provider,
  token: ZeroAddress,
  price: 10n ** 18n,
  unitPrice: 0n,
  collateral: 10n ** 19n,
  seatFee: 10n ** 16n,
  jobs: 1,
  runTime: 600,
  window: 600,
  seats: 3,
  rounds: 2,
  auditBps: 0,
  jobOffer: ZeroHash,
  resourceOffer: ZeroHash,
  spec: ZeroHash,
  module: ZeroHash,
  validUntil: 1_000_000,
  nonce: 1,
  ...more
})

/** A deployment with every move of a deal and of a dispute. */
export class MarketClient {
  readonly deployment: Deployment
  readonly #anvil: Anvil

  constructor(anvil: Anvil, deployment: Deployment) {
    this.#anvil = anvil
    this.deployment = deployment
  }

  /** Calls a function of the Market as `from` and waits for its block. */
  async market(from: Signer, name: string, ...args: readonly unknown[]): Promise<TransactionReceipt> {
    return await this.#send(this.deployment.market, MarketAbi, from, name, args)
  }

  /** The same for the Court. */
  async court(from: Signer, name: string, ...args: readonly unknown[]): Promise<TransactionReceipt> {
    return await this.#send(this.deployment.court, CourtAbi, from, name, args)
  }

  /** Reads from the Market; ethers' own types for what comes back. */
  async readMarket(name: string, ...args: readonly unknown[]) {
    return await new Contract(this.deployment.market, MarketAbi, this.#anvil.provider).getFunction(name)(...args)
  }

  /** Reads from the Court. */
  async readCourt(name: string, ...args: readonly unknown[]) {
    return await new Contract(this.deployment.court, CourtAbi, this.#anvil.provider).getFunction(name)(...args)
  }

  /** Free balance in native coin. */
  async free(account: string): Promise<bigint> {
    return BigInt(await this.readMarket('balanceOf', ZeroAddress, account))
  }

  /** Signs a struct of the Market's or the Court's domain. */
  async sign(by: Wallet, contract: 'market' | 'court', type: 'Deal' | 'Accept' | 'Cancel' | 'Vote', value: object) {
    const { chainId } = this.deployment
    const domain = { name: 'lilynode', version: '1', chainId, verifyingContract: this.deployment[contract] }
    return await by.signTypedData(domain, { [type]: TYPES[type] }, value)
  }

  /** A deposit and a commit; the deal's id. */
  async commit(creator: Wallet, provider: Wallet, deal: Terms): Promise<string> {
    await this.market(provider, 'commit', deal, await this.sign(creator, 'market', 'Deal', deal))
    return await this.readMarket('hashDeal', deal)
  }

  /** Stakes one slot for each account. */
  async join(mediators: readonly Wallet[]): Promise<void> {
    const value = BigInt(this.deployment.params.unitWei)
    for (const mediator of mediators) await this.court(mediator, 'join', 1, { value })
    await this.#anvil.passTime(1)
  }

  /** Proves the seed of the present round to the beacon and draws; members by seat. */
  async draw(by: Signer, id: string, deal: Terms): Promise<readonly string[]> {
    const { seedRound, round } = await this.readCourt('disputeOf', id)
    await this.#anvil.mine(this.deployment.params.lookaheadBlocks + 1)
    await this.fulfil(by, Number(seedRound))
    await this.court(by, 'draw', deal)
    return [...(await this.readCourt('committeeOf', id, round))]
  }

  /** Proves a block to the beacon. */
  async fulfil(by: Signer, block: number): Promise<TransactionReceipt> {
    const header = await headerOf(this.#anvil, block)
    return await this.#send(this.deployment.beacon, PrevrandaoBeaconAbi, by, 'fulfil', [block, header])
  }

  /** The commitment of a member's vote. */
  ballotOf(id: string, round: number, member: string, digest: string, salt: string): string {
    const { chainId, court } = this.deployment
    const types = ['uint256', 'address', 'bytes32', 'uint8', 'address', 'bytes32', 'bytes32']
    return keccak256(abi.encode(types, [chainId, court, id, round, member, digest, salt]))
  }

  async #send(address: string, of: InterfaceAbi, from: Signer, name: string, args: readonly unknown[]) {
    const transaction = await new Contract(address, of, from).getFunction(name)(...args)
    const receipt: TransactionReceipt | null = await transaction.wait()
    if (receipt === null) throw new Error(`no receipt for ${name}`)
    return receipt
  }
}

const typed = (fields: string) =>
  fields.split(',').map(field => {
    const [type = '', name = ''] = field.split(' ')
    return { type, name }
  })

const TYPES = {
  Deal: typed(
    'address creator,address provider,address token,uint96 price,uint96 unitPrice,uint96 collateral,uint96 seatFee,' +
      'uint32 jobs,uint32 runTime,uint32 window,uint8 seats,uint8 rounds,uint16 auditBps,bytes32 jobOffer,' +
      'bytes32 resourceOffer,bytes32 spec,bytes32 module,uint64 validUntil,uint256 nonce'
  ),
  Accept: typed('bytes32 deal,bytes32 result'),
  Cancel: typed('bytes32 deal'),
  Vote: typed('bytes32 deal,uint8 round,bytes32 commitment')
}

/** Fields of a block header in their order, as of the prague hard fork. */
const HEADER_FIELDS: readonly (readonly [name: string, kind: 'data' | 'number'])[] = [
  ['parentHash', 'data'],
  ['sha3Uncles', 'data'],
  ['miner', 'data'],
  ['stateRoot', 'data'],
  ['transactionsRoot', 'data'],
  ['receiptsRoot', 'data'],
  ['logsBloom', 'data'],
  ['difficulty', 'number'],
  ['number', 'number'],
  ['gasLimit', 'number'],
  ['gasUsed', 'number'],
  ['timestamp', 'number'],
  ['extraData', 'data'],
  ['mixHash', 'data'],
  ['nonce', 'data'],
  ['baseFeePerGas', 'number'],
  ['withdrawalsRoot', 'data'],
  ['blobGasUsed', 'number'],
  ['excessBlobGas', 'number'],
  ['parentBeaconBlockRoot', 'data'],
  ['requestsHash', 'data']
]

async function headerOf(anvil: Anvil, block: number): Promise<string> {
  const found = await anvil.provider.send('eth_getBlockByNumber', [`0x${block.toString(16)}`, false])
  return encodeRlp(
    HEADER_FIELDS.filter(([name]) => found[name] !== undefined).map(([name, kind]) =>
      kind === 'data' ? found[name] : stripZerosLeft(BigInt(found[name]) === 0n ? '0x' : evenHex(found[name]))
    )
  )
}

const evenHex = (quantity: string): string => (quantity.length % 2 === 0 ? quantity : `0x0${quantity.slice(2)}`)
