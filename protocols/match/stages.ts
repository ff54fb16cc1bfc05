/**
 * Matching in stages: one for each priority, highest first, and within it one for each ask, lowest first. All pairs of a
 * stage rank before all of the next, so a stage is final when it ends, and only the hash decides within it: each job goes to
 * the lowest hash that takes it, and one that loses its unit looks again.
 */
import type { Asking, Floor, Group } from './floor.ts'
import type { RankedPair } from './rank.ts'
import type { Need, Terms } from './terms.ts'

/** The groups of one ask that fit a need. */
interface Shelf {
  readonly all: Group[]
  readonly fresh: Group[]
}

/** The shelves of a need by ask. */
type Menu = ReadonlyMap<number, Shelf>

/** Jobs that look at the same groups in a stage. */
interface Party {
  readonly jobs: readonly Asking[]
  readonly groups: readonly Group[]
}

/** Matches jobs on a floor; the pairs come in order of rank. */
export function matchInStages(jobs: readonly Asking[], floor: Floor, terms: Terms): RankedPair[] {
  const menus = menusOf(jobs, floor, terms)
  const pairs: RankedPair[] = []
  for (const peers of byPriority(jobs)) {
    const stages = stagesOf(peers, menus)
    for (const tick of [...stages.keys()].sort((a, b) => a - b)) {
      for (const party of stages.get(tick) ?? []) settle(party, tick, menus, floor)
      for (const pair of floor.endStage(tick)) pairs.push(pair)
    }
  }
  return pairs
}

/** Deferred acceptance within one stage. */
function settle({ jobs, groups }: Party, tick: number, menus: ReadonlyMap<Need, Menu>, floor: Floor): void {
  for (const job of jobs) {
    if (job.isPlaced || job.limitTick < tick) continue
    let asking = job
    let loser = floor.offer(asking, groups)
    // Who finds no unit in this stage has lost it to better hashes, which only get better.
    while (loser !== undefined && loser !== asking) {
      asking = loser
      loser = floor.offer(asking, groupsFor(asking, menus.get(asking.need)?.get(tick)))
    }
  }
}

function groupsFor({ isFresh }: Asking, shelf: Shelf | undefined): readonly Group[] {
  return (isFresh ? shelf?.all : shelf?.fresh) ?? []
}

/** The parties of each ask, of which each has something to look at. */
function stagesOf(peers: readonly Asking[], menus: ReadonlyMap<Need, Menu>): ReadonlyMap<number, readonly Party[]> {
  const stages = new Map<number, Party[]>()
  for (const [need, jobs] of Map.groupBy(peers, job => job.need))
    for (const [tick, shelf] of menus.get(need) ?? []) {
      const parties = partiesAt(shelf, jobs)
      if (parties.length === 0) continue
      const known = stages.get(tick)
      if (known === undefined) stages.set(tick, parties)
      else known.push(...parties)
    }
  return stages
}

/** Jobs that were left over look at fresh resources alone. */
function partiesAt({ all, fresh }: Shelf, jobs: readonly Asking[]): Party[] {
  if (fresh.length === all.length) return [{ jobs, groups: all }]
  const parties = [{ jobs: jobs.filter(job => job.isFresh), groups: all }]
  if (fresh.length > 0) parties.push({ jobs: jobs.filter(job => !job.isFresh), groups: fresh })
  return parties.filter(party => party.jobs.length > 0)
}

/** Jobs of each priority, highest first. */
function byPriority(jobs: readonly Asking[]): Asking[][] {
  const levels: Asking[][] = []
  for (const job of jobs) {
    const level = levels[job.priority]
    if (level === undefined) levels[job.priority] = [job]
    else level.push(job)
  }
  return levels.filter(level => level !== undefined).reverse()
}

/** What fits each need. Where all jobs of a need are left from the last round, only fresh resources can. */
function menusOf(jobs: readonly Asking[], floor: Floor, terms: Terms): ReadonlyMap<Need, Menu> {
  const freshNeeds = new Set(jobs.filter(job => job.isFresh).map(job => job.need))
  const menus = new Map<Need, Menu>()
  for (const { need } of jobs) if (!menus.has(need)) menus.set(need, menuOf(need, floor, terms, freshNeeds.has(need)))
  return menus
}

function menuOf(need: Need, floor: Floor, terms: Terms, isFresh: boolean): Menu {
  const menu = new Map<number, Shelf>()
  for (const [supply, counter] of isFresh ? floor.groups : floor.freshGroups) {
    if (!terms.fit(need, supply)) continue
    for (const group of counter.selling(need.module)) {
      let shelf = menu.get(group.tick)
      if (shelf === undefined) {
        shelf = { all: [], fresh: [] }
        menu.set(group.tick, shelf)
      }
      shelf.all.push(group)
      if (group.isFresh) shelf.fresh.push(group)
    }
  }
  return menu
}
