/** Plain tables: a head, two spaces between columns, no lines; they can be cut and grepped. */
import Table from 'cli-table3'

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  '
}

/** A table's text, or what to say where there are no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none
  const out = new Table({ chars: NO_LINES, style: { 'padding-left': 0, 'padding-right': 0, border: [], head: [] } })
  out.push(
    head.map(text => text.toUpperCase()),
    ...rows.map(row => [...row])
  )
  return out
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}
