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

/** Matches jobs on a floor; the pairs come in order of rank. */
export function matchInStages(jobs: readonly Asking[], floor: Floor, terms: Terms): RankedPair[] {
  const menus = menusOf(jobs, floor, terms)
  const pairs: RankedPair[] = []
  for (const peers of byPriority(jobs)) {
    let unplaced = peers
    for (const tick of ticksOf(peers, menus)) {
      settle(unplaced, tick, menus, floor)
      for (const pair of floor.endStage(tick)) pairs.push(pair)
      unplaced = unplaced.filter(job => !job.isPlaced)
    }
  }
  return pairs
}

/** Deferred acceptance within one stage. */
function settle(jobs: readonly Asking[], tick: number, menus: ReadonlyMap<Need, Menu>, floor: Floor): void {
  const shelfOf = ({ need, isFresh }: Asking) => {
    const shelf = menus.get(need)?.get(tick)
    return (isFresh ? shelf?.all : shelf?.fresh) ?? []
  }
  for (const job of jobs) {
    // Most jobs left from the last round find nothing fresh, and the empty shelf costs nothing.
    if (job.limitTick < tick) continue
    for (let asking: Asking | undefined = job; asking !== undefined; ) {
      const loser = floor.offer(asking, shelfOf(asking))
      // Who finds no unit in this stage has lost it to better hashes, which only get better.
      asking = loser === asking ? undefined : loser
    }
  }
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

/** The asks on the menus of some jobs, ascending. */
function ticksOf(jobs: readonly Asking[], menus: ReadonlyMap<Need, Menu>): readonly number[] {
  const ticks = new Set<number>()
  for (const need of new Set(jobs.map(job => job.need)))
    for (const tick of menus.get(need)?.keys() ?? []) ticks.add(tick)
  return [...ticks].sort((a, b) => a - b)
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
  for (const [supply, groups] of floor.groups) {
    if (!terms.fit(need, supply)) continue
    for (const group of groups) {
      if ((!group.isFresh && !isFresh) || !sellsTo(group, need.module)) continue
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

/** Whether the group runs a module, and its ask is the one for it. */
function sellsTo({ modules, module, except }: Group, wanted: string): boolean {
  if (modules !== undefined && !modules.has(wanted)) return false
  return module === undefined ? !except.includes(wanted) : module === wanted
}
