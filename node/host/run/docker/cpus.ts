/** Which processors a job runs on: as many as it is allowed, so that a program that counts them counts its limit. */

/** Shares the machine's processors among the jobs that run. */
export class CpuShares {
  readonly #jobs: number[]

  constructor(cpuCount: number) {
    this.#jobs = Array.from({ length: cpuCount }, () => 0)
  }

  /** Whether the machine has so many at all. */
  has(count: number): boolean {
    return count <= this.#jobs.length
  }

  /** Takes the least used processors. @returns their numbers, to be given back */
  take(count: number): readonly number[] {
    const order = [...this.#jobs.keys()].sort((a, b) => (this.#jobs[a] ?? 0) - (this.#jobs[b] ?? 0) || a - b)
    const taken = order.slice(0, count).sort((a, b) => a - b)
    for (const cpu of taken) this.#jobs[cpu] = (this.#jobs[cpu] ?? 0) + 1
    return taken
  }

  /** Gives processors back. */
  give(cpus: readonly number[]): void {
    for (const cpu of cpus) this.#jobs[cpu] = (this.#jobs[cpu] ?? 1) - 1
  }
}
