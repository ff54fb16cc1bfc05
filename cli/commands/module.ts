/** `lilynode module`: everything about a module before, and beside, its jobs. */
import { Command } from 'commander'
import {
  type CommonFlags,
  commonCommand,
  examples,
  type Launch,
  type NetworkFlags,
  networkCommand
} from '../context.ts'
import { initModule } from '../module/init.ts'
import type { ModuleFlags } from '../module/open.ts'
import { type ProbeFlags, probeModule } from '../module/probe.ts'
import { feeValue, listModules, type PublishFlags, publishModule, showModule } from '../module/publish.ts'
import { type RunFlags, runModule } from '../module/run.ts'
import { buildModule, validateModule } from '../module/validate.ts'
import { pairValue, weiValue, wholeValue } from '../values.ts'

const MODULE = 'a folder, a CID, a published name:version, or a Lilypad module'

/** Most runs of a probe. */
const MAX_RUNS = 32

/** The command. */
export function moduleCommand(launch: Launch): Command {
  return new Command('module')
    .description('make, check, run, publish and probe modules')
    .addCommand(
      commonCommand('init', "begin a new module's folder")
        .argument('<folder>', 'its name is the name of the module')
        .action((folder: string, flags: CommonFlags) => launch(flags, context => initModule(folder, context)))
    )
    .addCommand(
      withInputs(networkCommand('validate', 'check a module by the rules of its runtime'))
        .argument('[module]', MODULE, '.')
        .action((text: string, flags: ModuleFlags & NetworkFlags) =>
          launch(flags, context => validateModule(text, flags, context))
        )
    )
    .addCommand(
      commonCommand('build', "run a module's build.ts, build.mjs or build.sh")
        .argument('[folder]', 'the folder of its module.json', '.')
        .action((folder: string, flags: CommonFlags) => launch(flags, context => buildModule(folder, context)))
    )
    .addCommand(
      withInputs(networkCommand('run', 'run a module on this machine, without any network'))
        .argument('[module]', MODULE, '.')
        .option('--out <dir>', 'lay the result there')
        .option('--salt <text>', 'the salt of the job, which its randomness is made of')
        .action((text: string, flags: RunFlags) => launch(flags, context => runModule(text, flags, context)))
    )
    .addCommand(
      networkCommand('publish', 'give a module a name on chain, for ever')
        .argument('[module]', 'a folder or a CID', '.')
        .option('--as <name:version>', "the name; default: the module's own")
        .option('--fee <percent>', 'what you get of what a provider earns', feeValue, 0)
        .action((text: string, flags: PublishFlags) => launch(flags, context => publishModule(text, flags, context)))
    )
    .addCommand(
      networkCommand('ls', 'list what is published')
        .alias('list')
        .action((flags: NetworkFlags) => launch(flags, context => listModules(flags, context)))
    )
    .addCommand(
      networkCommand('show', 'show a published module')
        .argument('<name:version>')
        .action((text: string, flags: NetworkFlags) => launch(flags, context => showModule(text, flags, context)))
    )
    .addCommand(
      withInputs(networkCommand('probe', 'run one job several times: is the result one?'))
        .argument('[module]', MODULE, '.')
        .option('-n, --runs <k>', 'how often, each time at another provider', wholeValue(2, MAX_RUNS), 3)
        .option('--local', 'on this machine only')
        .option('--attest', 'say on chain what came of it')
        .option('--max-price <amount>', 'most that one run may cost', weiValue)
        .action((text: string, flags: ProbeFlags) => launch(flags, context => probeModule(text, flags, context)))
    )
    .addHelpText(
      'after',
      examples(
        'lilynode module init hello',
        'lilynode module run hello -i Message=moo',
        'lilynode module publish hello --as hello:1.0 --fee 2%',
        'lilynode module probe hello:1.0 -n 3 --attest'
      )
    )
}

/** The options by which a user gives a module what it takes. */
export function withInputs(command: Command): Command {
  return command
    .option(
      '-i, --input <name=value>',
      'an input of the module, the path of a file if it is one; may be repeated',
      pairValue
    )
    .option('--input-file <name=path>', 'an input that is a file, or its CID', pairValue)
    .option('--inputs-path <dir>', 'the input files of a Lilypad module')
    .option('--docker-host <url>', 'the Docker engine to use')
}
