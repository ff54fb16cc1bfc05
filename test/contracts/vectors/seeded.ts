// Values for the vectors: the same in every run, and unlike each other.
import { id } from 'ethers'

/** 32 bytes that follow from a label. */
export const bytes32 = (label: string): string => id(`lilynode.vector.${label}`)

/** An address that follows from a label; lower case. */
export const address = (label: string): string => `0x${bytes32(label).slice(26)}`

/** A number below `limit` that follows from a label. */
export const number = (label: string, limit: bigint): bigint => BigInt(bytes32(label)) % limit

/** A number as JSON carries it: decimal, so that no reader rounds it. */
export const decimal = (value: bigint | number): string => BigInt(value).toString()

/** A number as 32 bytes of hex. */
