/** `lilynode receipt verify`: recomputes a receipt offline, from one block hash that the user trusts. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { loadProfile } from '../../node/host/profile.ts'
import { type Bytes32, isHex } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { formatCoins } from '../../protocols/core/units.ts'
import { type ProvenDeal, parseReceipt, verifyReceipt } from '../../protocols/settlement/receipt.ts'
import { type Context, commonCommand, examples, type Launch, type NetworkFlags } from '../context.ts'
import { labelled } from '../describe.ts'
import { usageError } from '../failure.ts'

interface ReceiptFlags extends NetworkFlags {
  readonly block: Bytes32
}

/** The command. */
export function receiptCommand(launch: Launch): Command {
  const receipt = commonCommand('receipt', 'check what a deal came to, offline')
  receipt.addCommand(
    commonCommand('verify', 'recompute a receipt from one block that you trust')
      .argument('<file>', 'the receipt, as the page saved it')
      .option('--network <name>', 'the network whose contracts are trusted, or its JSON file')
      .requiredOption('--block <hash>', 'hash of its last block, from a source that you trust', blockValue)
      .addHelpText('after', examples('lilynode receipt verify receipt.json --block 0x5c3f...'))
      .action((file: string, flags: ReceiptFlags) => launch(flags, context => verify(file, flags, context)))
  )
  return receipt
}

async function verify(file: string, { block, network }: ReceiptFlags, { io, env }: Context): Promise<void> {
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new LilyError('RECEIPT_NOT_FOUND', `there is no file ${file}`, { cause })
  })
  // A file: the chain is not asked.
  const { chainId, contracts } = await loadProfile(network, env)
  const { market, court } = contracts
  const proven = verifyReceipt(parseReceipt(text), { chainId, market, court, blockHash: block })
  io.answer(describe(proven), { type: 'receipt', ...proven })
}

function blockValue(text: string): Bytes32 {
  const lower = text.toLowerCase()
  if (isHex(lower, 32)) return lower
  throw usageError('--block: expected a block hash, 32 bytes of hex')
}

function describe({ id, deal, holder, block, status, verdict, resultCid, votes, payments }: ProvenDeal): string {
  return labelled([
    ['proven', `given that block ${block.number} is ${block.hash}`],
    ['deal', id],
    ['creator', deal.creator],
    ['provider', deal.provider],
    ['shown by', holder],
    ['status', status],
    ['verdict', verdict],
    ['result', resultCid],
    [
      'votes',
      votes.map(({ member, isForResult }) => `${member} ${isForResult ? 'for' : 'against'}`).join('\n') || undefined
    ],
    [
      'paid',
      payments
        .map(({ account, payee, amountWei }) => `${formatCoins(amountWei)} to ${account} (${payee})`)
        .join('\n') || undefined
    ]
  ])
}
