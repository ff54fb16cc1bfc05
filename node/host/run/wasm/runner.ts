/** Wasm guests on a host: each in a process of its own, some of them started ahead (runners.md B). */
import { GuestRunner } from '../../../peer/run/runner.ts'
import { GuestPool } from './pool.ts'

/** Settings of the runner; what they say shows in no result. */
export interface WasmRunnerInit {
  /** Processes that wait for a job, about 65 MB each. @default 1 */
  readonly idleProcesses?: number
  /** Bytes of metered modules kept. @default 134217728 */
  readonly cacheBytes?: number
}

/** Runs wasm programs in processes. */
export class WasmRunner extends GuestRunner {
  constructor(init: WasmRunnerInit = {}) {
    super(new GuestPool(init.idleProcesses ?? 1), init.cacheBytes ?? 128 << 20)
  }
}
