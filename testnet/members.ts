/** Who is in the testnet: each a `lilynode start` of its own, with its own key and data folder, as a stranger would run it. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadKey } from '../node/host/keys.ts'
import { LocalSigner } from '../node/host/signer.ts'
import { formatCoins } from '../protocols/core/units.ts'
import { type ProcessRef, startProcess } from './process.ts'
import { DEFAULTS } from './settings.ts'
import type { MemberState, TestnetPaths } from './state.ts'

/** How many of each kind. */
export interface Cast {
  readonly providers: number
  readonly mediators: number
  /** Further providers that hand in wrong results. */
  readonly cheats: number
  /** Nodes that only create jobs; none are needed, since `submit` is a node itself. */
  readonly creators: number
}

/** A way of breaking the rules, for tests. */
export type Misbehaviour = 'wrong-result' | 'silent' | 'no-votes' | 'off-rule'

/** What a member's name and arguments are, before it has a key. */
export interface MemberPlan {
  readonly name: string
  readonly args: readonly string[]
}

/** The node that all others join through; a creator without jobs. */
export const BOOTSTRAP = 'bootstrap'

/** What the nodes write into their logs unless DEBUG says otherwise: our own scopes, not those of libraries. */
const LOG_SCOPES = 'lily:*'

/** A cheat asks more than the others, so that nobody gets it who did not name it as the target. */
const CHEAT_ASK_WEI = DEFAULTS.askWei * 5n

/** The members of a cast, bootstrap node first. */
export function planMembers(cast: Cast, extra: readonly MemberPlan[] = []): readonly MemberPlan[] {
  return [
    { name: BOOTSTRAP, args: ['--role', 'jc', '--relay'] },
    ...numbered('provider', cast.providers, ['--role', 'rp']),
    ...numbered('cheat', cast.cheats, cheatArgs('wrong-result')),
    ...numbered('mediator', cast.mediators, ['--role', 'mediator', '--slots', '1']),
    ...numbered('creator', cast.creators, ['--role', 'jc']),
    ...extra
  ]
}

/** Arguments of a provider that misbehaves and has to be asked for by `--target`. */
export function cheatArgs(misbehaviour: Misbehaviour): readonly string[] {
  return ['--role', 'rp', '--ask', formatCoins(CHEAT_ASK_WEI), '--misbehave', misbehaviour]
}

/** Makes the folder and the key of a planned member. */
export async function settleMember(paths: TestnetPaths, plan: MemberPlan): Promise<MemberState> {
  const dataDir = join(paths.folder, plan.name)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const { privateKey } = await loadKey({ dataDir, env: {} })
  const args = ['start', '--data', dataDir, '--network', paths.profileFile, '--listen-browser', ...plan.args]
  return { name: plan.name, account: new LocalSigner(privateKey).account, dataDir, args }
}

/** Starts the member's node. */
export function startMember(paths: TestnetPaths, member: MemberState): ProcessRef {
  const env: NodeJS.ProcessEnv = { DEBUG: LOG_SCOPES, ...process.env, LILYNODE_HOME: paths.home }
  // The member's key is the one in its folder, whatever the caller's shell says.
  delete env.LILYNODE_PRIVATE_KEY
  delete env.LILYNODE_PASSWORD
  return startProcess({
    program: process.execPath,
    args: [LAUNCHER, ...member.args],
    env,
    logPath: logPathOf(member)
  })
}

/** Where a member's output goes. */
export function logPathOf(member: Pick<MemberState, 'dataDir'>): string {
  return join(member.dataDir, 'node.log')
}

/** The last line that a member's node wrote: where it failed, that is its error. */
export function lastWordsOf(member: Pick<MemberState, 'dataDir'>): string {
  const path = logPathOf(member)
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
  return lines.findLast(line => line.startsWith('error ')) ?? lines.at(-1) ?? 'it said nothing'
}

/** The CLI's launcher: beside this folder in a checkout, beside `dist` where this file is emitted code. */
export const LAUNCHER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../cli/bin.mjs' : '../../cli/bin.mjs', import.meta.url)
)

function numbered(kind: string, count: number, args: readonly string[]): MemberPlan[] {
  return Array.from({ length: count }, (_, i) => ({ name: `${kind}-${i + 1}`, args }))
}
