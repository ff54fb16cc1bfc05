/** `lilynode testnet status`: a line for each process of the testnet, with what its node says of itself. */
import type { Io } from '../cli/io.ts'
import type { NodeStatus } from '../node/market/api.ts'
import { formatCoins } from '../protocols/core/units.ts'
import { TestnetError } from './errors.ts'
import { statusOf } from './member-api.ts'
import { isRunning, type ProcessRef } from './process.ts'
import { healthOf, type MemberState, readState, type TestnetPaths } from './state.ts'

/** A node that is asked for its status may take so long. */
const PATIENCE_MS = 3000

/** A row of the table; empty is not known. */
interface Row {
  readonly name: string
  readonly pid: string
  readonly state: 'running' | 'ended' | 'not started' | 'no answer'
  readonly account: string
  readonly peers: string
  readonly offers: string
  readonly block: string
  readonly free: string
}

/**
 * Prints the table.
 *
 * @throws TESTNET_NOT_UP
 */
export async function reportStatus(paths: TestnetPaths, io: Io): Promise<undefined> {
  const state = readState(paths)
  if (state === undefined)
    throw new TestnetError('TESTNET_NOT_UP', 'no testnet is up: `lilynode testnet up` starts one')
  const chain: Row = { name: 'chain', ...processCells(state.chain?.process), account: '', ...nodeCells(undefined) }
  const beacon = state.beacon && { ...chain, name: 'beacon', ...processCells(state.beacon.process) }
  const rows = [chain, ...(beacon === undefined ? [] : [beacon]), ...(await Promise.all(state.members.map(memberRow)))]
  const health = healthOf(state)
  io.answer(table(rows), { type: 'status', health, processes: rows })
  if (health === 'stale') io.note('a crash has left this behind: `lilynode testnet down` clears it, and so does `up`')
}

async function memberRow(member: MemberState): Promise<Row> {
  const status = await statusOf(member, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => undefined)
  const { pid, state } = processCells(member.process)
  const isMute = status === undefined && state === 'running'
  return { name: member.name, pid, state: isMute ? 'no answer' : state, account: member.account, ...nodeCells(status) }
}

function processCells(ref: ProcessRef | undefined): Pick<Row, 'pid' | 'state'> {
  if (ref === undefined) return { pid: '', state: 'not started' }
  return { pid: String(ref.pid), state: isRunning(ref) ? 'running' : 'ended' }
}

function nodeCells(status: NodeStatus | undefined): Pick<Row, 'peers' | 'offers' | 'block' | 'free'> {
  if (status === undefined) return { peers: '', offers: '', block: '', free: '' }
  return {
    peers: String(status.peers),
    offers: String(status.offers.resource),
    block: String(status.block),
    free: formatCoins(status.freeWei)
  }
}

function table(rows: readonly Row[]): string {
  const columns = ['name', 'pid', 'state', 'account', 'peers', 'offers', 'block', 'free'] as const
  const lines = [columns, ...rows.map(row => columns.map(column => row[column]))]
  const widths = columns.map((_, i) => Math.max(...lines.map(line => line[i]?.length ?? 0)))
  return lines
    .map(line =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}
