/** The worker that a guest runs on; what it does there is in node/peer/run/guest.ts. It has no network and no storage to use. */
import { runJob } from '../../peer/run/guest.ts'
import type { GuestJob, GuestMessage } from '../../peer/run/messages.ts'

const say = (message: GuestMessage) => globalThis.postMessage(message)

globalThis.addEventListener('message', (event: MessageEvent<GuestJob>) => runJob(event.data, say))
say({ kind: 'ready' })
