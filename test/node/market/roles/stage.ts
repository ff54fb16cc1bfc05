// A creator among providers that answer as they are told: what the tests of the creator share.

import type { JobRequest } from '../../../../node/market/api.ts'
import { Matches } from '../../../../node/market/match.ts'
import type { Files } from '../../../../node/market/ports.ts'
import { Creator } from '../../../../node/market/roles/creator.ts'
import { Streams } from '../../../../node/market/streams.ts'
import { fromHex, type Hex } from '../../../../protocols/core/bytes.ts'
import { utf8 } from '../../../../protocols/core/utf8.ts'
import type { Deal } from '../../../../protocols/deal/deal.ts'
import type { DealAnswer } from '../../../../protocols/deal/proposal.ts'
import { dealId } from '../../../../protocols/deal/typed-data.ts'
import type { OpenedResult } from '../../../../protocols/result/result.ts'
import { STREAMS } from '../../../../protocols/wire.ts'
import { DEPLOYMENT } from '../../../fakes/chain.ts'
import { Bus } from '../../../fakes/network.ts'
import { type FakeNode, fakeNode, quiet, TERMS } from '../../../fakes/node.ts'

export const SALT: Hex = `0x${'5a'.repeat(32)}`
export const DEFAULTS = {
  maxPriceWei: 10n ** 15n,
  seatFeeWei: 1n,
  collateralTimes: 2,
  windowSec: 60,
  verifyBps: 500,
  waitBlocks: 20
}

/** A provider that answers as it is told, and remembers what it was asked. */
export class Desk {
  readonly node: FakeNode
  readonly proposed: Deal[] = []
  readonly acceptances: Uint8Array[] = []
  answers: Omit<DealAnswer, 'signature'>[] = []
  /** Says yes and does not sign it. */
  isFaithless = false
  opened: OpenedResult | null = null

  constructor(node: FakeNode) {
    this.node = node
    const streams = new Streams({ network: node.network, log: quiet })
    const desk = this
    streams.serve(STREAMS.deal, async function* ({ deal }) {
      desk.proposed.push(deal)
      const said = desk.answers.shift() ?? { answer: 'accept', code: '', detail: '' }
      const isSigned = said.answer === 'accept' && !desk.isFaithless
      yield { ...said, signature: isSigned ? fromHex(await node.parts.signer.signDigest(idOf(deal))) : null }
    })
    streams.serve(STREAMS.result, async function* ({ acceptance }) {
      if (acceptance !== null) desk.acceptances.push(acceptance)
      yield { state: desk.opened === null ? 'running' : 'ready', opened: desk.opened }
    })
  }
}

export async function market(...names: string[]) {
  const bus = new Bus()
  const node = fakeNode(bus, 'creator')
  const desks = (names.length === 0 ? ['provider'] : names).map(name => new Desk(fakeNode(bus, name)))
  for (const { facts, offers } of [node, ...desks.map(desk => desk.node)]) {
    await facts.start()
    await offers.start()
  }
  for (const [i, desk] of desks.entries()) {
    // The first asks least: the rule's partner is known.
    const draft = { ...TERMS, askTick: 200 + 8 * i, slot: 0, expiry: desk.node.chain.head().number + 100 }
    await desk.node.offers.resources.publish(draft)
  }
  const module = await node.parts.content.addTree([
    {
      path: 'module.json',
      content: utf8(JSON.stringify({ name: 'moo', version: '1', runtime: 'lily-wasi/1', entrypoint: 'm' }))
    },
    { path: 'm', content: new Uint8Array([0]) }
  ])
  const files: Files = {
    addModule: async () => module,
    addFile: async () => module,
    saveResult: async deal => `/results/${deal}`
  }
  const matches = new Matches(node.chain, node.offers, node.facts)
  const open = () => new Creator(node.parts, node.offers, node.facts, matches, files, DEFAULTS)
  const creator = open()
  await creator.start()
  return {
    node,
    desks,
    desk: desks[0] as Desk,
    creator,
    open,
    request: { module: module.toString() } satisfies JobRequest
  }
}

export type Market = Awaited<ReturnType<typeof market>>

export const idOf = (deal: Deal | undefined) => dealId(DEPLOYMENT, deal as Deal)
export const names = ({ node }: Market) => node.heard.map(({ name }) => name)
