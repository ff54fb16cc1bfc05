/** Removes what a node that died has left in the engine. */
import { LABEL } from './container.ts'
import { type Engine, gone } from './engine.ts'

/** What was removed. */
export interface Reaped {
  readonly containers: number
  readonly volumes: number
}

function isOurs(labels: Readonly<Record<string, string>> | null | undefined, node: string, nowMs: number): boolean {
  const owner = labels?.[LABEL.node]
  if (owner === undefined) return false
  return owner === node || Number(labels?.[LABEL.expires]) < nowMs
}

/**
 * Removes containers and volumes of this node's earlier lives, and those of any node that have outlived their jobs.
 *
 * @param node what this node labels its own with
 */
export async function reap(engine: Engine, node: string, nowMs: number): Promise<Reaped> {
  const filters = { label: [LABEL.node] }
  const containers = (await engine.listContainers({ all: true, filters })).filter(({ Labels }) =>
    isOurs(Labels, node, nowMs)
  )
  await Promise.all(containers.map(({ Id }) => gone(engine.getContainer(Id).remove({ force: true, v: true }))))
  const { Volumes } = await engine.listVolumes({ filters: JSON.stringify(filters) })
  const volumes = Volumes.filter(({ Labels }) => isOurs(Labels, node, nowMs))
  await Promise.all(volumes.map(({ Name }) => gone(engine.getVolume(Name).remove({ force: true }))))
  return { containers: containers.length, volumes: volumes.length }
}
