// The vectors that Solidity reads too. A missing or changed file fails the test that asks for it.
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { type Hex, isHex } from '../../protocols/core/bytes.ts'

/** Lower-case hex. */
export const HEX = v.custom<Hex>(value => isHex(value), 'lower-case hex')

/** A decimal number as text, which JSON cannot carry as a number. */
export const DECIMAL = v.pipe(
  v.string(),
  v.regex(/^\d+$/),
  v.transform(text => BigInt(text))
)

/** The EIP-712 domain of a vector file. */
export const DOMAIN = v.object({
  chainId: v.pipe(
    v.number(),
    v.transform(id => BigInt(id))
  ),
  verifyingContract: HEX
})

/** A file of test/vectors, checked against the form that the test expects. */
export function readVectors<S extends v.GenericSchema>(name: string, schema: S): v.InferOutput<S> {
  const file = new URL(`../vectors/${name}.json`, import.meta.url)
  return v.parse(schema, JSON.parse(readFileSync(file, 'utf8')))
}
