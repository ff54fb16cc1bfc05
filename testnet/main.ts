/**
 * `lilynode testnet up|down|status`: a whole market on this machine. The CLI runs this file as a process of its own,
 * since nothing of the product may depend on its testnet.
 */
import { Command, Option } from 'commander'
import { type CommonFlags, type Context, commonCommand, examples, type Launch } from '../cli/context.ts'
import { run } from '../cli/main.ts'
import { wholeValue } from '../cli/values.ts'
import { BEACON_KINDS, type BeaconKind, homeFolder } from '../node/host/profile.ts'
import { takeDown } from './down.ts'
import { TestnetError } from './errors.ts'
import { tellReady, tellStep } from './print.ts'
import { BLOCK_TIME_SEC, CAST } from './settings.ts'
import { healthOf, readState, testnetPaths } from './state.ts'
import { reportStatus } from './status.ts'
import { supervise } from './supervise.ts'
import { bringUp } from './up.ts'

interface UpFlags extends CommonFlags {
  readonly providers: number
  readonly mediators: number
  readonly cheats: number
  readonly blockTime: number
  readonly beacon: BeaconKind
  readonly appealTime: number
  readonly detach?: true
}

/** More members of a kind than this do not fit a machine. */
const MAX_MEMBERS = 50

const MAX_BLOCK_TIME_SEC = 600

/** A slot's cool-down must outlast every dispute. */
const MAX_APPEAL_TIME_SEC = 600

await run(process.argv.slice(2), createTestnetProgram)

function createTestnetProgram(launch: Launch): Command {
  const program = new Command('lilynode testnet')
    .description('A whole market on this machine: a chain, the contracts, and nodes of every kind.')
    .addCommand(upCommand(launch))
    .addCommand(
      commonCommand('down', 'take it down, or clear what a crash has left').action((flags: CommonFlags) =>
        launch(flags, down)
      )
    )
    .addCommand(
      commonCommand('status', 'show its processes').action((flags: CommonFlags) =>
        launch(flags, context => reportStatus(pathsOf(context), context.io))
      )
    )
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({ outputError: () => {} })
  return program
}

function upCommand(launch: Launch): Command {
  const count = wholeValue(0, MAX_MEMBERS)
  return commonCommand('up', 'bring it up and look after it until Ctrl-C')
    .option('--providers <n>', 'providers', count, CAST.providers)
    .option('--mediators <n>', 'mediators', count, CAST.mediators)
    .option('--cheats <n>', 'further providers that hand in wrong results', count, CAST.cheats)
    .option('--block-time <s>', 'seconds between blocks', wholeValue(1, MAX_BLOCK_TIME_SEC), BLOCK_TIME_SEC)
    .addOption(
      new Option('--beacon <kind>', 'where randomness comes from').choices(BEACON_KINDS).default(BEACON_KINDS[0])
    )
    .option('--appeal-time <s>', 'seconds to appeal a verdict', wholeValue(0, MAX_APPEAL_TIME_SEC), 0)
    .option('--detach', 'return when it is ready; `down` ends it')
    .addHelpText('after', examples('lilynode testnet up', 'lilynode testnet up --mediators 7 --cheats 1 --detach'))
    .action((flags: UpFlags) => launch(flags, context => up(flags, context)))
}

async function up(flags: UpFlags, { io, env, signal }: Context): Promise<undefined> {
  const startMs = performance.now()
  const { providers, mediators, cheats, blockTime, beacon, appealTime } = flags
  const testnet = await bringUp({
    home: homeFolder(env),
    cast: { providers, mediators, cheats },
    blockTimeSec: blockTime,
    beacon,
    appealTimeSec: appealTime,
    signal,
    onStep: step => tellStep(io, step)
  })
  tellReady(io, testnet, performance.now() - startMs, flags.detach === true)
  if (flags.detach) testnet.release()
  else await supervise(testnet, { signal, onTold: line => io.note(line) })
}

async function down(context: Context): Promise<undefined> {
  const paths = pathsOf(context)
  const state = readState(paths)
  if (state === undefined)
    throw new TestnetError('TESTNET_NOT_UP', 'no testnet is up: `lilynode testnet up` starts one')
  const was = healthOf(state)
  const processes = await takeDown(paths, state)
  const text =
    was === 'up' ? `down: ${processes} processes ended` : `cleared what a crash had left: ${processes} processes`
  context.io.answer(text, { type: 'down', was, processes })
}

function pathsOf({ env }: Context) {
  return testnetPaths(homeFolder(env))
}
