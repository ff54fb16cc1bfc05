// The stage of an end-to-end test file: one testnet of real processes for all of its scenarios, in a folder of its own,
// taken down at the end of the file however that comes.
import { spawn } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobReport } from '../../node/market/api.ts'
import type { Address } from '../../protocols/core/account.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import type { Ending } from '../../protocols/settlement/payout.ts'
import { Chorus } from '../../testnet/chorus.ts'
import { takeDown } from '../../testnet/down.ts'
import {
  type Books,
  changesSince,
  describeChanges,
  expectedChanges,
  feeTerms,
  takeBooks
} from '../../testnet/ledger.ts'
import { logPathOf } from '../../testnet/members.ts'
import { waitForMember, waitForStatus } from '../../testnet/ready.ts'
import type { Testnet } from '../../testnet/testnet.ts'
import { bringUp, type UpOptions } from '../../testnet/up.ts'

/** Path of a module of the testnet. */
export function modulePath(name: string): string {
  return fileURLToPath(new URL(`../../testnet/modules/${name}/module.json`, import.meta.url))
}

/** @see the head of this file */
export class Stage {
  readonly testnet: Testnet
  readonly chorus: Chorus

  private constructor(testnet: Testnet) {
    this.testnet = testnet
    this.chorus = new Chorus(testnet)
    this.chorus.listen(...testnet.members.map(member => member.name))
  }

  /** Brings a testnet up in a new folder. */
  static async raise(options: Omit<UpOptions, 'home'>): Promise<Stage> {
    return new Stage(await bringUp({ ...options, home: await watchedHome() }))
  }

  /** Takes it down; LILYNODE_TEST_LOGS names a folder in which the nodes' logs are kept. */
  async clear(): Promise<void> {
    this.chorus.close()
    const kept = process.env.LILYNODE_TEST_LOGS
    if (kept !== undefined) {
      await mkdir(kept, { recursive: true })
      for (const member of this.testnet.members) await copyFile(logPathOf(member), join(kept, `${member.name}.log`))
    }
    await takeDown(this.testnet.paths, this.testnet.state)
  }

  /** A member's account. */
  account(name: string): Address {
    return this.testnet.member(name).account
  }

  /** A member's name, `the pool` for the account that takes fees. */
  nameOf(account: Address): string {
    return this.testnet.members.find(member => member.account === account)?.name ?? 'the pool'
  }

  /** The books of everybody now. */
  async books(): Promise<Books> {
    const { pool } = await this.testnet.chain.fees()
    return takeBooks(this.testnet.chain, [...this.testnet.members.map(member => member.account), pool])
  }

  /** Starts a member again and waits until it answers and has a neighbour. */
  async restart(name: string): Promise<void> {
    this.testnet.start(name)
    await waitForMember(this.testnet, name)
    this.chorus.listen(name)
    await waitForStatus(this.testnet, name, status => (status.peers === 0 ? 'it has no neighbour' : undefined))
  }

  /** Asserts that the deals have changed everybody's money by what the protocol says, to the wei, and nobody else's. */
  async expectPaid(books: Books, endings: readonly (readonly [DealId, (deal: Deal) => Ending])[]): Promise<void> {
    const { chain } = this.testnet
    const deals = await Promise.all(
      endings.map(async ([id, endingOf]) => {
        const deal = await chain.deal(id)
        return { deal, ending: endingOf(deal) }
      })
    )
    const nameOf = (account: Address) => this.nameOf(account)
    const expected = expectedChanges(deals, await feeTerms(chain))
    assert.equal(
      describeChanges(await changesSince(chain, books), nameOf),
      describeChanges(expected, nameOf),
      'free balances'
    )
  }
}

/** Gives a suite a stage from its first scenario to its last. */
export function stageFor(test: Test, options: () => Omit<UpOptions, 'home'>): () => Stage {
  let stage: Stage | undefined
  test.before(async () => {
    stage = await Stage.raise(options())
  })
  test.after(() => stage?.clear())
  return () => {
    if (stage === undefined) throw new Error('the testnet did not come up')
    return stage
  }
}

/** The id of a report's deal. */
export function dealIdOf(report: JobReport): DealId {
  if (report.dealId === undefined) throw new Error(`the job has no deal: ${report.failure?.message ?? report.state}`)
  return report.dealId
}

/** Work that a scenario awaits later: its failure is told then, and does not end the whole file before. */
export function underway<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}

/** Command lines of the processes that name a folder, our own excepted. */
export async function processesOf(folder: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  // The watcher of the folder names it too, and stays for as long as the test does.
  const isWatcher = (line: string) => line.includes('/reaper.ts\0')
  return lines.filter(line => line.includes(folder) && !isWatcher(line)).map(line => line.replaceAll('\0', ' '))
}

/**
 * A new home for a testnet. Another process watches over it: when this one has ended, however it did (a time-out kills it),
 * that one takes down the testnet that may be left in the home, and removes the home. Nothing else may remove it before,
 * since its state file is what leads to the processes.
 */
export async function watchedHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'lily-e2e-'))
  const child = spawn(process.execPath, [fileURLToPath(new URL('reaper.ts', import.meta.url)), home], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true
  })
  child.unref()
  // The pipe tells it of our end; it must not keep us from ending.
  child.stdin.on('error', () => {})
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  return home
}
