/** `lilynode offers`: what the node has heard of the market, and how its own offer fares. */
import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import type { OfferReport } from '../../node/market/api.ts'
import { formatCoins } from '../../protocols/core/units.ts'
import { type Context, examples, type Launch, type NetworkFlags, networkCommand } from '../context.ts'
import { short } from '../describe.ts'
import { describeCheck } from '../explain.ts'
import { openSession, runningApi, type Session } from '../session.ts'
import { table } from '../table.ts'
import { wholeValue } from '../values.ts'

/** Flags of `offers check`. */
interface CheckFlags extends NetworkFlags {
  readonly peers: number
}

/** How long a node that has just joined listens for offers. */
const LISTEN_MS = 10_000
const LOOK_MS = 250

/** The command. */
export function offersCommand(launch: Launch): Command {
  return new Command('offers')
    .description('the offers of the market')
    .addCommand(
      networkCommand('ls', 'list offers of machines and of jobs, cheapest first')
        .alias('list')
        .action((flags: NetworkFlags) => launch(flags, context => list(flags, context)))
    )
    .addCommand(
      networkCommand('check', 'for a provider: who sees its offer, its price, its noes')
        .option('--peers <n>', 'neighbours to ask', wholeValue(0, 100), 5)
        .addHelpText('after', examples('lilynode offers check --data ./provider'))
        .action((flags: CheckFlags) => launch(flags, context => check(flags, context)))
    )
}

async function list(flags: NetworkFlags, context: Context): Promise<void> {
  const { io } = context
  const session = await openSession(flags, context, 'any')
  try {
    const offers = [...(await heardOffers(session, context))].sort(byKindThenPrice)
    io.endSteps('done')
    if (io.isJson) {
      for (const offer of offers) io.emit({ type: 'offer', ...offer })
      return
    }
    const rows = offers.map(offer => [
      offer.kind,
      `${short(offer.account)}${offer.isOwn ? ' (own)' : ''}`,
      formatCoins(offer.priceWei),
      String(offer.expiryBlock),
      offer.summary
    ])
    io.answer(table(['kind', 'account', 'price', 'until block', 'what'], rows, 'no offers'), { type: 'none' })
  } finally {
    await session.close()
  }
}

async function check(flags: CheckFlags, context: Context): Promise<void> {
  const found = await (await runningApi(flags, context)).checkOffer(flags.peers, { signal: context.signal })
  context.io.answer(describeCheck(found), { type: 'offer-check', ...found })
}

/** The book of a running node is full; one's own has first to hear of some, and then of no more. */
async function heardOffers({ api, isEmbedded }: Session, { io, signal }: Context): Promise<readonly OfferReport[]> {
  let offers = await api.offers({ signal })
  if (!isEmbedded) return offers
  io.step('listening for offers')
  for (let waitedMs = 0; waitedMs < LISTEN_MS; waitedMs += LOOK_MS) {
    await delay(LOOK_MS, undefined, { signal })
    const now = await api.offers({ signal })
    if (now.length > 0 && now.length === offers.length) return now
    offers = now
  }
  return offers
}

function byKindThenPrice(a: OfferReport, b: OfferReport): number {
  if (a.kind !== b.kind) return a.kind === 'resource' ? -1 : 1
  return a.priceWei < b.priceWei ? -1 : a.priceWei > b.priceWei ? 1 : 0
}
