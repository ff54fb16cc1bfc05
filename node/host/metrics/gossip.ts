/** Gossip's own series (meshes, scores, duplicates, control messages) in a registry of Prometheus. */

import { Gauge, Histogram, type Registry } from 'prom-client'
import type { NetMetrics } from '../../peer/net/settings.ts'

interface SeriesConfig {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly string[]
  readonly buckets?: readonly number[]
}

/** Where gossip registers its series. */
export interface GossipSeries {
  readonly register: NetMetrics['gossip']
  /** Lets gossip set what it sets only when somebody looks. Before the registry is read: one look sets many series. */
  collect(): void
}

/** Gossip's series in a registry. */
export function gossipSeries(registry: Registry): GossipSeries {
  const registers = [registry]
  const collectors: (() => void)[] = []
  const gauge = ({ name, help, labelNames = [] }: SeriesConfig) => {
    const made = new Gauge({ name, help, labelNames: [...labelNames], registers })
    const addCollect = (collector: (gauge: Gauge) => void) => void collectors.push(() => collector(made))
    return Object.assign(made, { addCollect })
  }
  const histogram = ({ name, help, labelNames = [], buckets }: SeriesConfig) =>
    new Histogram({ name, help, labelNames: [...labelNames], registers, ...(buckets && { buckets: [...buckets] }) })
  const avgMinMax = ({ name, help, labelNames = [] }: SeriesConfig) => {
    const parts = ['avg', 'min', 'max'].map(part =>
      gauge({ name: `${name}_${part}`, help: `${help} (${part})`, labelNames })
    )
    return {
      set(...args: [readonly number[]] | [Record<string, string | number>, readonly number[]]) {
        const [labels, values] = args.length === 1 ? [{}, args[0]] : args
        const told = [avg(values), Math.min(...values), Math.max(...values)]
        for (const [i, part] of parts.entries()) part.set(labels, values.length === 0 ? 0 : (told[i] ?? 0))
      }
    }
  }
  // Each series takes (value) or (labels, value), by its type of labels: an implementation has to take both.
  const register = { gauge, histogram, avgMinMax } as unknown as NetMetrics['gossip']
  const collect = () => {
    for (const collector of collectors) collector()
  }
  return { register, collect }
}

function avg(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
