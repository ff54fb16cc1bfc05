/** The assignment problem, exactly: the optimum that a rule's welfare is compared with. */

/**
 * The greatest total value of giving rows to columns, each at most once, where leaving one unassigned is worth 0
 * (Kuhn and Munkres with potentials, O(rows^2 * columns)).
 *
 * @param worthOf of a row and a column; negative or NaN is no pair
 */
export function bestTotal(rows: number, columns: number, worthOf: (row: number, column: number) => number): number {
  // A spare column for each row stands for leaving it unassigned.
  const width = columns + rows
  const cost = (row: number, column: number) => (column > columns ? 0 : -Math.max(0, worthOf(row - 1, column - 1) || 0))
  const [rowPotential, columnPotential] = [new Float64Array(rows + 1), new Float64Array(width + 1)]
  const rowOf = new Int32Array(width + 1)
  const before = new Int32Array(width + 1)
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row
    let column = 0
    const slack = new Float64Array(width + 1).fill(Number.POSITIVE_INFINITY)
    const isUsed = new Uint8Array(width + 1)
    do {
      isUsed[column] = 1
      const at = rowOf[column] ?? 0
      let [least, next] = [Number.POSITIVE_INFINITY, 0]
      for (let other = 1; other <= width; other++) {
        if (isUsed[other] === 1) continue
        const reduced = cost(at, other) - (rowPotential[at] ?? 0) - (columnPotential[other] ?? 0)
        if (reduced < (slack[other] ?? 0)) {
          slack[other] = reduced
          before[other] = column
        }
        if ((slack[other] ?? 0) < least) {
          least = slack[other] ?? 0
          next = other
        }
      }
      for (let other = 0; other <= width; other++) {
        const held = rowOf[other] ?? 0
        if (isUsed[other] === 1) {
          rowPotential[held] = (rowPotential[held] ?? 0) + least
          columnPotential[other] = (columnPotential[other] ?? 0) - least
        } else slack[other] = (slack[other] ?? 0) - least
      }
      column = next
    } while (rowOf[column] !== 0)
    while (column !== 0) {
      const previous = before[column] ?? 0
      rowOf[column] = rowOf[previous] ?? 0
      column = previous
    }
  }
  let total = 0
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column] ?? 0
    if (row > 0) total -= cost(row, column)
  }
  return total
}
