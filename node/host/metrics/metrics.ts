/**
 * Metrics for Prometheus: off unless the owner asks, served to the node's own machine, told to nobody else. One registry
 * holds the process's series, libp2p's, gossip's and the node's own.
 */
import { prometheusMetrics } from '@libp2p/prometheus-metrics'
import { Registry } from 'prom-client'
import type { Logger, Startable } from '../../market/ports.ts'
import type { NetMetrics } from '../../peer/net/settings.ts'
import { LoopbackServer } from '../loopback.ts'
import { gossipSeries } from './gossip.ts'
import { nodeSeries, type Watched } from './series.ts'

/** Where the metrics are on their server. */
const PATH = 'metrics'

/** @see the head of this file */
export class Metrics {
  readonly #registry = new Registry()
  readonly #gossip = gossipSeries(this.#registry)
  /** Handed to libp2p before there is a node. */
  readonly net: NetMetrics = {
    libp2p: prometheusMetrics({ registry: this.#registry, preserveExistingMetrics: true }),
    gossip: this.#gossip.register
  }

  #server: LoopbackServer | undefined

  /** Where they are; once their server has started. */
  get url(): string | undefined {
    return this.#server === undefined ? undefined : `${this.#server.url}${PATH}`
  }

  /** Their server, not started. @param port of 127.0.0.1; 0 takes a free one */
  server(port: number, watched: Watched, log: Logger): Startable {
    const refresh = nodeSeries(this.#registry, watched)
    this.#server = new LoopbackServer({ port, option: '--metrics', log }, async (request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://node')
      if (pathname !== `/${PATH}` || request.method !== 'GET') {
        response.writeHead(404, { 'content-type': 'text/plain' })
        return void response.end(`there is /${PATH}\n`)
      }
      await refresh()
      this.#gossip.collect()
      const text = await this.#registry.metrics()
      response.writeHead(200, { 'content-type': this.#registry.contentType })
      response.end(text)
    })
    return this.#server
  }
}
