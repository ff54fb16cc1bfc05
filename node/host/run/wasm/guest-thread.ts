/** The thread that a guest runs on; what it does there is in node/peer/run/guest.ts. Started as a bundle (build-guest.ts). */
import { parentPort } from 'node:worker_threads'
import { runJob } from '../../../peer/run/guest.ts'
import type { GuestJob, GuestMessage } from '../../../peer/run/messages.ts'

function say(message: GuestMessage): void {
  parentPort?.postMessage(message)
}

parentPort?.on('message', (job: GuestJob) => runJob(job, say))
say({ kind: 'ready' })
