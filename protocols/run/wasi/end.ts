/** How a host call ends the whole run: thrown through the guest, which cannot catch it. */
import type { ComparableStatus } from '../../result/result.ts'

/** The run is over, by the guest's wish or by a limit. */
export class EndOfRun extends Error {
  readonly status: ComparableStatus
  readonly exitCode: number

  constructor(status: ComparableStatus, exitCode: number) {
    super(status)
    this.status = status
    this.exitCode = exitCode
  }
}
