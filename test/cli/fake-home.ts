// A home in which a fake node runs, and the command line beside it.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ApiServer } from '../../node/host/api/server.ts'
import { formatProfile, type NetworkProfile } from '../../node/host/profile.ts'
import type { JobReport } from '../../node/market/api.ts'
import { tmp } from '../support.ts'
import { CHAIN_ID, COMMITTED, FakeNode, JOB_ID, OFFERED, PROVIDER } from './fake-node.ts'
import { type Ended, inProcess, type Running, start } from './spawn.ts'

const PROFILE: NetworkProfile = {
  name: 'fake',
  chainId: CHAIN_ID,
  rpcUrls: ['http://127.0.0.1:1'],
  contracts: { market: PROVIDER, court: PROVIDER, beacon: PROVIDER, registry: PROVIDER, fromBlock: 0 },
  bootstrap: [],
  confirmations: 1,
  isLocal: true,
  defaults: { maxPriceWei: 10n ** 17n, askWei: 1n, seatFeeWei: 10n ** 15n, collateralTimes: 2, windowSec: 60 }
}

/** The module of that home. */
export const MODULE = {
  name: 'cowsay',
  version: '1.0.0',
  runtime: 'lily-wasi/1',
  entrypoint: 'cowsay.wasm',
  args: ['{{Message}}'],
  inputs: {
    Message: { type: 'string' },
    Times: { type: 'integer', default: 1 },
    Picture: { type: 'string', default: '' }
  }
}

/** @see the head of this file */
export interface Context {
  home: string
  data: string
  module: string
  result: string
  node: FakeNode
  server: ApiServer
  /** `lilynode submit` within this process, and as a process that can be stopped. */
  submit(...args: string[]): Promise<Ended>
  begin(...args: string[]): Running
}

/** Makes the home, and starts the node. */
export async function prepare(context: Context): Promise<void> {
  context.home = await tmp()
  context.data = join(context.home, 'data')
  context.module = join(context.home, 'cowsay')
  context.result = join(context.home, 'result')
  context.node = new FakeNode()
  context.server = new ApiServer({ api: context.node, dataDir: context.data })
  const network = join(context.home, 'fake.json')
  await writeFile(network, formatProfile(PROFILE))
  for (const folder of [context.data, context.module, join(context.result, 'outputs')]) {
    await mkdir(folder, { recursive: true })
  }
  await writeFile(join(context.module, 'module.json'), JSON.stringify(MODULE))
  await writeFile(join(context.module, 'cowsay.wasm'), '')
  await writeFile(join(context.result, 'stdout'), ' < moo >\n')
  await writeFile(join(context.result, 'stderr'), 'said it\n')
  await context.server.start()
  const flags = ['--network', network, '--data', context.data]
  context.begin = (...args) => start(['submit', ...args, ...flags], { home: context.home, cwd: context.home })
  context.submit = (...args) => inProcess(['submit', ...args, ...flags], { home: context.home })
}

/** Lets the node answer a job with these reports. */
export function answer(node: FakeNode, ...reports: readonly JobReport[]): void {
  node.updates = [
    { type: 'report', report: OFFERED },
    { type: 'event', event: { name: 'job:waiting', job: JOB_ID, block: 42, reason: 'memory: has 1 MiB, needs 2 MiB' } },
    { type: 'event', event: COMMITTED },
    ...reports.map(report => ({ type: 'report', report }) as const)
  ]
}
