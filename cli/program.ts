/** The whole command line: every command, and the help that people read first. */
import { Command } from 'commander'
import { beaconCommand } from './commands/beacon.ts'
import { dealCommand } from './commands/deal.ts'
import { doctorCommand } from './commands/doctor.ts'
import { explainCommand } from './commands/explain.ts'
import { jobsCommand } from './commands/jobs.ts'
import { moduleCommand } from './commands/module.ts'
import { offersCommand } from './commands/offers.ts'
import { peersCommand } from './commands/peers.ts'
import { deployCommand, testnetCommand } from './commands/programs.ts'
import { receiptCommand } from './commands/receipt.ts'
import { startCommand } from './commands/start.ts'
import { statusCommand } from './commands/status.ts'
import { submitCommand } from './commands/submit.ts'
import { versionCommand } from './commands/version.ts'
import { walletCommand } from './commands/wallet.ts'
import { examples, type Launch } from './context.ts'
import { exitCodeTable } from './exit-codes.ts'
import { packageVersion } from './package.ts'

const FOLDERS = `
Environment:
  LILYNODE_HOME         where everything is kept; default: ~/.lilynode
  LILYNODE_NETWORK      the network that is meant; default: local
  LILYNODE_PRIVATE_KEY  a key to use instead of the data folder's
  LILYNODE_PASSWORD     the password of the data folder's key
  LILYNODE_DEBUG=1      show where an error comes from`

/** The parser of the command line. */
export function createProgram(launch: Launch): Command {
  return new Command('lilynode')
    .description('A node of an open market for verified computation.')
    .version(packageVersion())
    .enablePositionalOptions()
    .addCommand(startCommand(launch))
    .addCommand(submitCommand(launch))
    .addCommand(moduleCommand(launch))
    .addCommand(jobsCommand(launch))
    .addCommand(offersCommand(launch))
    .addCommand(dealCommand(launch))
    .addCommand(explainCommand(launch))
    .addCommand(receiptCommand(launch))
    .addCommand(peersCommand(launch))
    .addCommand(statusCommand(launch))
    .addCommand(walletCommand(launch))
    .addCommand(doctorCommand(launch))
    .addCommand(testnetCommand(launch))
    .addCommand(deployCommand(launch))
    .addCommand(beaconCommand(launch))
    .addCommand(versionCommand(launch))
    .addHelpText(
      'after',
      examples(
        'lilynode testnet up',
        'lilynode start --role rp --data ./provider',
        'lilynode submit testnet/modules/cowsay/module.json -i Message=moo'
      )
    )
    .addHelpText('after', `\nExit codes:\n${exitCodeTable()}`)
    .addHelpText('after', FOLDERS)
}
