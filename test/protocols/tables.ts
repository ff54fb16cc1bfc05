// What the tables of protocols/README.md must say, from the code, and a reader for the tables.
import { describeShape, type Shape } from '../../protocols/core/shape.ts'
import { DEAL } from '../../protocols/deal/deal.ts'
import { GPU, MACHINE } from '../../protocols/offer/machine.ts'
import { JOB_OFFER, RESOURCE_OFFER } from '../../protocols/offer/offer.ts'
import { OPENED, RESULT } from '../../protocols/result/result.ts'
import { GOSSIP, STREAMS } from '../../protocols/wire.ts'

/** A table: its cells by row, without the backquotes of code. */
export type Table = readonly (readonly string[])[]

/** The tables of a markdown text by the heading that they stand under, without their head rows. */
export function tablesOf(markdown: string): ReadonlyMap<string, Table> {
  const tables = new Map<string, string[][]>()
  let heading = ''
  for (const line of markdown.split('\n')) {
    const title = /^#+ (.*)$/.exec(line)?.[1]
    if (title !== undefined) heading = title.replaceAll('`', '')
    if (!line.startsWith('|')) continue
    const cells = line.split('|').slice(1, -1)
    const rows = tables.get(heading) ?? []
    rows.push(cells.map(cell => cell.trim().replaceAll('`', '')))
    tables.set(heading, rows)
  }
  return new Map([...tables].map(([title, [, , ...rows]]) => [title, rows]))
}

/** Parts of messages that have a table of their own, by the shape that the messages share. */
export const PARTS: ReadonlyMap<Shape, string> = new Map([
  [RESOURCE_OFFER.shape, 'resource offer'],
  [JOB_OFFER.shape, 'job offer'],
  [MACHINE.shape, 'machine'],
  [GPU.shape, 'gpu'],
  [DEAL.shape, 'deal'],
  [RESULT.shape, 'result'],
  [OPENED.shape, 'opened result']
])

/** The fields of a message or part with what they hold; fields of a map without a name by their path. */
export function fieldRows(shape: Shape, path = ''): Table {
  switch (shape.kind) {
    case 'struct':
      return Object.entries(shape.fields).flatMap(([name, field]) => {
        const at = path === '' ? name : `${path}.${name}`
        return [[at, holds(field)], ...(PARTS.has(field) ? [] : fieldRows(field, at))]
      })
    case 'nullable':
      return PARTS.has(shape.of) ? [] : fieldRows(shape.of, path)
    case 'list':
      return PARTS.has(shape.of) ? [] : fieldRows(shape.of, `${path}[]`)
    default:
      return []
  }
}

function holds(shape: Shape): string {
  const part = PARTS.get(shape)
  if (part !== undefined) return part
  if (shape.kind === 'nullable') return `null or ${holds(shape.of)}`
  if (shape.kind === 'list') return `list of at most ${shape.max}: ${holds(shape.of)}`
  return describeShape(shape)
}

/** Topic, message, longest message in bytes, messages per peer and second, and of an account per second and at once. */
export function topicRows(): Table {
  return Object.entries(GOSSIP).map(([kind, { codec, perSecond, ownPerSecond, ownBurst }]) => [
    `/lilynode/<chainId>/<market>/${kind}/1`,
    codec.name,
    String(codec.maxBytes),
    String(perSecond),
    String(ownPerSecond),
    String(ownBurst)
  ])
}

/** Protocol, request, its longest, answer, its longest, all answers together, requests per peer and second, timeout in ms. */
export function streamRows(): Table {
  return Object.values(STREAMS).map(stream => [
    stream.protocol,
    stream.request.name,
    String(stream.maxRequestBytes),
    stream.answer.name,
    String(stream.answer.maxBytes),
    String(stream.maxResponseBytes),
    String(stream.perSecond),
    String(stream.timeoutMs)
  ])
}
