/**
 * The process that one guest runs in: started ahead by `process.ts` under Node's permission model, used once. The guest is
 * on a worker thread, for only a thread can be given a large stack; this thread stays free to pass messages on, and ends
 * the process the moment the node is gone. What is started is the bundle of this file (build-guest.ts).
 */
import { Worker } from 'node:worker_threads'
import type { GuestHint, GuestJob, GuestMessage } from '../../../peer/run/messages.ts'

/** The user and group "nobody": what a guest's process becomes where the node is root. */
const NOBODY = 65_534

/** Beyond what 1 Mi slots of the guest's own count can use on any engine tier (runners.md B). */
const STACK_MIB = 64
const HEAP_MIB = 512

function send(message: GuestMessage): void {
  process.send?.(message)
}

function dropPrivileges(): void {
  if (process.getuid?.() !== 0) return
  process.setgroups?.([])
  process.setgid?.(NOBODY)
  process.setuid?.(NOBODY)
}

const worker = new Worker(new URL('./guest-thread.mjs', import.meta.url), {
  resourceLimits: { stackSizeMb: STACK_MIB, maxOldGenerationSizeMb: HEAP_MIB },
  env: {},
  argv: []
})
worker.on('message', (message: GuestMessage) => {
  if (message.kind === 'ready') dropPrivileges()
  send(message)
})
worker.on('error', error => send({ kind: 'failed', diagnostics: String(error) }))
process.on('message', (message: GuestJob | GuestHint) => worker.postMessage(message))
process.on('disconnect', () => process.exit())
