/** `lilynode deal`: a deal as the chain has it, anybody's. */
import { Command } from 'commander'
import type { DealReport } from '../../node/market/api.ts'
import { formatCoins, secToMs } from '../../protocols/core/units.ts'
import { type Context, examples, type Launch, type NetworkFlags, networkCommand } from '../context.ts'
import { describePayments, labelled } from '../describe.ts'
import { findDeal } from '../ids.ts'
import { openSession } from '../session.ts'
import { idValue } from '../values.ts'

/** The command. */
export function dealCommand(launch: Launch): Command {
  return new Command('deal')
    .description('look at a deal on the chain')
    .addCommand(
      networkCommand('show', 'show a deal: parties, money, committees, payments')
        .argument('<id>', 'a deal', idValue)
        .action((id: string, flags: NetworkFlags) => launch(flags, context => show(id, flags, context)))
    )
    .addCommand(
      networkCommand('appeal', 'ask for the next committee against a verdict that you lose by')
        .argument('<id>', 'a deal', idValue)
        .action((id: string, flags: NetworkFlags) => launch(flags, context => appeal(id, flags, context)))
    )
    .addHelpText('after', examples('lilynode deal show 0x12ab...', 'lilynode deal show 0x12ab --json'))
}

async function appeal(id: string, flags: NetworkFlags, context: Context): Promise<void> {
  const { io, signal } = context
  const session = await openSession(flags, context, 'any')
  try {
    const deal = await session.api.appeal(await findDeal(session.api, id, context), { signal })
    io.answer(`appealed: a committee of new seats looks at it\n${describeDeal(deal)}`, { type: 'appealed', ...deal })
  } finally {
    await session.close()
  }
}

async function show(id: string, flags: NetworkFlags, context: Context): Promise<void> {
  const { io, signal } = context
  const session = await openSession(flags, context, 'any')
  try {
    const deal = await session.api.deal(await findDeal(session.api, id, context), { signal })
    io.answer(describeDeal(deal), { type: 'deal', ...deal })
  } finally {
    await session.close()
  }
}

function describeAppeal(appeal: DealReport['appeal']): string | undefined {
  if (appeal === undefined) return undefined
  const { verdict, loser, depositWei, endSec } = appeal
  const until = new Date(secToMs(endSec)).toISOString()
  return `verdict ${verdict}; ${loser} may appeal for ${formatCoins(depositWei)} until ${until}`
}

function describeDeal(deal: DealReport): string {
  return labelled([
    ['deal', deal.id],
    ['status', deal.status],
    ['verdict', deal.verdict === 'none' ? undefined : deal.verdict],
    ['creator', deal.creator],
    ['provider', deal.provider],
    ['price', formatCoins(deal.priceWei)],
    ['collateral', formatCoins(deal.collateralWei)],
    ['job', deal.spec],
    ['deadline', deal.deadlineSec === undefined ? undefined : new Date(secToMs(deal.deadlineSec)).toISOString()],
    ['appeal', describeAppeal(deal.appeal)],
    ...deal.rounds.map(({ round, members }) => [`round ${round}`, members.join('\n')] as const),
    ['paid out', describePayments(deal.payments)]
  ])
}
