/**
 * What a node hands to the light client that it serves: the network's public facts, addresses that a browser can dial, and
 * modules to begin with. Never a key: the profile on the node's disk may hold the faucet's, and this is another thing.
 */
import * as v from 'valibot'
import { type Address, isAddress } from '../../protocols/core/account.ts'
import { type Hex, isHex } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'

/** Bumped when an older page could not read what a newer node writes. */
export const LIGHT_PROFILE_VERSION = 1

const whole = (what: string) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,78}$/, what),
    v.transform(text => BigInt(text))
  )
const account = v.custom<Address>(isAddress, 'an account address')
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const list = v.pipe(v.array(v.string()), v.readonly())

/** Bytes of an uncompressed key of drand. */
const DRAND_KEY_BYTES = 256

const LIGHT_PROFILE = v.object({
  version: v.literal(LIGHT_PROFILE_VERSION),
  agent: v.string(),
  network: v.string(),
  chainId: whole('a chain id in quotes'),
  rpcUrls: v.pipe(v.array(v.pipe(v.string(), v.url())), v.minLength(1), v.readonly()),
  contracts: v.object({ market: account, court: account, beacon: account, registry: account, fromBlock: count }),
  /** Of a beacon of drand; absent for one of block headers. */
  drand: v.exactOptional(
    v.object({
      key: v.custom<Hex>(value => isHex(value, DRAND_KEY_BYTES), 'a key of drand'),
      genesisSec: count,
      periodSec: count,
      urls: list
    })
  ),
  confirmations: count,
  isLocal: v.boolean(),
  hasFaucet: v.boolean(),
  bootstrap: list,
  modules: list,
  defaults: v.object({
    maxPriceWei: whole('wei in quotes'),
    seatFeeWei: whole('wei in quotes'),
    collateralTimes: count,
    windowSec: count
  })
})

/**
 * @see the head of this file. `bootstrap` holds multiaddrs that a browser can dial, the serving node's first; `modules` holds
 * CIDs; with `hasFaucet` a POST to `faucet` gives coins on a local network.
 */
export type LightProfile = v.InferOutput<typeof LIGHT_PROFILE>

/** The profile from its JSON. @throws LilyError CONFIG_BAD_PROFILE: says which field, and what was expected */
export function parseLightProfile(text: string): LightProfile {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new LilyError('CONFIG_BAD_PROFILE', 'the node does not serve a profile', { cause })
  }
  const parsed = v.safeParse(LIGHT_PROFILE, json)
  if (parsed.success) return parsed.output
  const issue = parsed.issues[0]
  const path = v.getDotPath(issue) ?? '(all of it)'
  throw new LilyError('CONFIG_BAD_PROFILE', `the node's profile: "${path}": ${issue.message}`)
}

/** The JSON of a profile; {@link parseLightProfile} reads it back. */
export function formatLightProfile(profile: LightProfile): string {
  return JSON.stringify(profile, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
}
