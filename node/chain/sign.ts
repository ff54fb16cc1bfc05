/** Transactions as bytes: built here, signed by the Signer port, so that the key never leaves it. */
import { Transaction } from 'ethers/transaction'
import { type Bytes32, fromHex, isHex, toHex } from '../../protocols/core/bytes.ts'
import type { Signer } from '../market/ports.ts'
import type { Fees } from './fees.ts'
import type { TxRecord } from './tx-record.ts'

/** What a transaction says, beside its fees. */
export type TxBody = Pick<TxRecord, 'nonce' | 'to' | 'data' | 'valueWei' | 'gas'>

/** One signed version of a transaction. */
export interface SignedTx {
  readonly raw: Uint8Array
  readonly hash: Bytes32
}

/** Signs a transaction (EIP-1559) for a chain. */
export async function signTx(signer: Signer, chainId: bigint, body: TxBody, fees: Fees): Promise<SignedTx> {
  const tx = Transaction.from({
    type: 2,
    chainId,
    nonce: body.nonce,
    to: body.to,
    data: toHex(body.data),
    value: body.valueWei,
    gasLimit: body.gas,
    maxFeePerGas: fees.maxFeeWei,
    maxPriorityFeePerGas: fees.tipWei
  })
  const digest = tx.unsignedHash
  if (!isHex(digest, 32)) throw new TypeError('a digest has 32 bytes')
  tx.signature = await signer.signDigest(digest)
  const hash = tx.hash
  if (!isHex(hash, 32)) throw new TypeError('a signed transaction has a hash')
  return { raw: fromHex(tx.serialized), hash }
}
