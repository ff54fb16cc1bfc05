/** A line of a benchmark, and how a table of them is printed. */

/** One measured value. */
export interface BenchRow {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it should be; undefined for what is only shown. */
  readonly goal: number | undefined
  readonly better: 'higher' | 'lower'
}

/** Whether a row meets its goal; rows without one always do. */
export function meetsGoal(row: BenchRow): boolean {
  if (row.goal === undefined) return true
  return row.better === 'higher' ? row.value >= row.goal : row.value <= row.goal
}

/** The rows as an aligned table, one line each. */
export function formatRows(rows: readonly BenchRow[]): string {
  const cells = rows.map(row => [
    row.name,
    formatValue(row.value),
    row.unit,
    row.goal === undefined ? '' : `${row.better === 'higher' ? '>=' : '<='} ${formatValue(row.goal)}`,
    row.goal === undefined ? '' : meetsGoal(row) ? 'ok' : 'MISSED'
  ])
  const widths = [0, 1, 2, 3, 4].map(column => Math.max(...cells.map(line => line[column]?.length ?? 0)))
  return cells
    .map(line => line.map((cell, i) => (i === 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))))
    .map(line => line.join('  ').trimEnd())
    .join('\n')
}

function formatValue(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
