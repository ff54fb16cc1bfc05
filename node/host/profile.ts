/**
 * Network profiles: what a node must know to join a network, as a JSON file. A profile is found by its name under
 * `<home>/networks/`, or by the path of its file; a local testnet writes its own and removes it.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, extname, join, resolve, sep } from 'node:path'
import * as v from 'valibot'
import { type Address, isAddress } from '../../protocols/core/account.ts'
import { type Hex, isHex } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import type { DrandSource } from '../chain/drand.ts'
import { isDrandKey, KEY_BYTES } from '../chain/drand-scheme.ts'

/** Codes of finding a network. */
export type ProfileErrorCode = 'CONFIG_NO_NETWORK' | 'CONFIG_BAD_NETWORK'

/** Environment variables, as `process.env` has them. */
export type Env = Readonly<Record<string, string | undefined>>

/** The network that is meant where none is named. */
export const DEFAULT_NETWORK = 'local'

const amount = v.pipe(
  v.string(),
  v.regex(/^\d{1,78}$/, 'a whole number of wei in quotes'),
  v.transform(text => BigInt(text))
)
const chainId = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,19}$/, 'a chain id in quotes'),
  v.transform(text => BigInt(text))
)
const account = v.pipe(
  v.string(),
  v.transform(text => text.toLowerCase()),
  v.custom<Address>(isAddress, 'an account address')
)
const secret = v.custom<Hex>(value => isHex(value, 32), '32 bytes of hex')
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const list = v.pipe(v.array(v.string()), v.readonly())

/** Kinds of randomness beacons: of block headers, of drand. */
export const BEACON_KINDS = ['prevrandao', 'drand'] as const

/** @see BEACON_KINDS */
export type BeaconKind = (typeof BEACON_KINDS)[number]

const PROFILE = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes')),
  chainId,
  rpcUrls: v.pipe(v.array(v.pipe(v.string(), v.url())), v.minLength(1), v.readonly()),
  contracts: v.strictObject({
    market: account,
    court: account,
    beacon: account,
    registry: account,
    jobs: v.exactOptional(account),
    fromBlock: count,
    beaconKind: v.exactOptional(v.picklist(BEACON_KINDS))
  }),
  drand: v.exactOptional(
    v.strictObject({
      key: v.pipe(
        v.custom<Hex>(value => isHex(value, KEY_BYTES), '256 bytes of hex'),
        v.check(isDrandKey, 'a key of drand, uncompressed')
      ),
      genesisSec: count,
      periodSec: v.pipe(count, v.minValue(1)),
      marginSec: count,
      lateAfterSec: count,
      urls: v.pipe(v.array(v.pipe(v.string(), v.url())), v.readonly())
    })
  ),
  bootstrap: list,
  confirmations: count,
  isLocal: v.boolean(),
  faucetKey: v.exactOptional(secret),
  defaults: v.strictObject({
    maxPriceWei: amount,
    askWei: amount,
    seatFeeWei: amount,
    collateralTimes: count,
    windowSec: count
  })
})

/**
 * A network that a node can join. `isLocal` is a testnet on this machine: private addresses are fine and `faucetKey`
 * (only there) gives coins to anybody. `confirmations` is in blocks; defaults are what a node asks or offers unless told
 * otherwise.
 */
export interface NetworkProfile {
  readonly name: string
  readonly chainId: bigint
  readonly rpcUrls: readonly string[]
  readonly contracts: {
    readonly market: Address
    readonly court: Address
    readonly beacon: Address
    readonly registry: Address
    /** OnchainJobs, where contracts ask for jobs. @default there is none */
    readonly jobs?: Address
    /** The block in which they came to be. */
    readonly fromBlock: number
    /** What the beacon is; `drand` comes with {@link NetworkProfile.drand}. @default prevrandao */
    readonly beaconKind?: BeaconKind
  }
  /** The drand network whose rounds the beacon takes; every number as the beacon was made with. */
  readonly drand?: DrandSource & {
    /** How far a block's time may be behind the world's, in seconds. */
    readonly marginSec: number
    /** From a round's time until a dispute may give it up, in seconds. */
    readonly lateAfterSec: number
  }
  /** Multiaddrs of nodes to join through. */
  readonly bootstrap: readonly string[]
  readonly confirmations: number
  readonly isLocal: boolean
  readonly faucetKey?: Hex
  readonly defaults: {
    readonly maxPriceWei: bigint
    readonly askWei: bigint
    readonly seatFeeWei: bigint
    readonly collateralTimes: number
    readonly windowSec: number
  }
}

/** The folder of everything that lilynode keeps for this user: `$LILYNODE_HOME`, else `~/.lilynode`. */
export function homeFolder(env: Env): string {
  const given = env.LILYNODE_HOME
  return given === undefined || given === '' ? join(homedir(), '.lilynode') : resolve(given)
}

/** Where the profile of that name lies. */
export function profileFile(name: string, env: Env): string {
  return join(homeFolder(env), 'networks', `${name}.json`)
}

/** The name of the network that is meant, without looking whether there is one. @see loadProfile */
export function networkName(nameOrPath: string | undefined, env: Env): string {
  return basename(wantedNetwork(nameOrPath, env), '.json')
}

/**
 * The profile that is meant by a name or the path of a JSON file; without either by `$LILYNODE_NETWORK`, else `local`.
 *
 * @throws LilyError CONFIG_NO_NETWORK, CONFIG_BAD_NETWORK
 */
export async function loadProfile(nameOrPath: string | undefined, env: Env): Promise<NetworkProfile> {
  const wanted = wantedNetwork(nameOrPath, env)
  const file = isPath(wanted) ? resolve(wanted) : profileFile(wanted, env)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const message = `no network "${wanted}": start one with \`lilynode testnet up\`, or give --network`
    throw new LilyError<ProfileErrorCode>('CONFIG_NO_NETWORK', message, { details: { network: wanted, file }, cause })
  }
  return parseProfile(text, file)
}

/**
 * A profile from the text of its file.
 *
 * @param file its name, for the message
 * @throws LilyError CONFIG_BAD_NETWORK: says which field, and what was expected
 */
export function parseProfile(text: string, file: string): NetworkProfile {
  const bad = (reason: string, cause?: unknown) =>
    new LilyError<ProfileErrorCode>('CONFIG_BAD_NETWORK', `${file} is not a network profile: ${reason}`, {
      details: { file },
      cause
    })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw bad('it is not JSON', cause)
  }
  const parsed = v.safeParse(PROFILE, json)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    const path = v.getDotPath(issue) ?? '(the whole file)'
    throw bad(`"${path}": expected ${issue.expected ?? issue.message}, found ${issue.received}`)
  }
  // A key in a file that many share must not be one that anybody puts money on.
  if (parsed.output.faucetKey !== undefined && !parsed.output.isLocal) throw bad('only a local network has a faucetKey')
  const isDrand = parsed.output.contracts.beaconKind === 'drand'
  if (isDrand !== (parsed.output.drand !== undefined)) throw bad('"drand" says of which network a drand beacon is')
  return parsed.output
}

/** The text of a profile's file: amounts as decimal strings. {@link parseProfile} reads it back. */
export function formatProfile(profile: NetworkProfile): string {
  return `${JSON.stringify(profile, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`
}

/** Writes a profile under its name and gives its file; a reader sees the old one or the new one, never a half. */
export async function saveProfile(profile: NetworkProfile, env: Env): Promise<string> {
  const file = profileFile(profile.name, env)
  const partial = `${file}.${process.pid}.partial`
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(partial, formatProfile(profile), { mode: 0o600 })
  await rename(partial, file)
  return file
}

/** Forgets the profile of that name; that it is not there is fine. */
export async function removeProfile(name: string, env: Env): Promise<void> {
  await rm(profileFile(name, env), { force: true })
}

function wantedNetwork(nameOrPath: string | undefined, env: Env): string {
  return nameOrPath ?? (env.LILYNODE_NETWORK || DEFAULT_NETWORK)
}

function isPath(nameOrPath: string): boolean {
  return nameOrPath.includes('/') || nameOrPath.includes(sep) || extname(nameOrPath) === '.json'
}
