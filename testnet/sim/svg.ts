/** A run as a picture: which share of the jobs had their deal after how many blocks. */

/** One line of the picture. */
export interface Curve {
  readonly name: string
  /** Ascending. */
  readonly values: readonly number[]
}

const [WIDTH, HEIGHT, MARGIN] = [720, 420, 48]
const COLOURS = ['#0b6e4f', '#c84630', '#3d5a80', '#e09f3e', '#6a4c93', '#444444']

/** Cumulative shares of some sets of values over a common axis of `maxX`. */
export function cumulativeSvg(title: string, unit: string, curves: readonly Curve[], maxX: number): string {
  const x = (value: number) => MARGIN + (Math.min(value, maxX) / maxX) * (WIDTH - 2 * MARGIN)
  const y = (share: number) => HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
  const point = (px: number, py: number) => `${px.toFixed(1)},${py.toFixed(1)}`
  const lines = curves.map(({ name, values }, i) => {
    const colour = COLOURS[i % COLOURS.length]
    const points = values.map((value, n) => point(x(value), y((n + 1) / values.length)))
    const label = `<text x="${WIDTH - MARGIN - 190}" y="${HEIGHT - MARGIN - 14 - 18 * i}" fill="${colour}">${name}</text>`
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${[point(x(0), y(0)), ...points].join(' ')}"/>${label}`
  })
  const marks = [0, 0.25, 0.5, 0.75, 1].map(
    part =>
      `<text x="${x(part * maxX)}" y="${HEIGHT - MARGIN + 18}" text-anchor="middle">${(part * maxX).toFixed(1)}</text>` +
      `<text x="${MARGIN - 8}" y="${y(part) + 4}" text-anchor="end">${part * 100}%</text>` +
      `<line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${y(part)}" y2="${y(part)}" stroke="#dddddd"/>`
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<text x="${MARGIN}" y="24" font-size="15">${title}</text>
${marks.join('\n')}
${lines.join('\n')}
<text x="${WIDTH / 2}" y="${HEIGHT - 8}" text-anchor="middle">${unit}</text>
</svg>
`
}
