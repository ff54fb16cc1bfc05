/** Loaded before a node's own code by NODE_OPTIONS: makes a wire of its sockets, LILYNODE_LINK_DELAY_MS long. */
import { patchSockets, setLink } from './link.ts'

patchSockets()
setLink({ delayMs: Number(process.env.LILYNODE_LINK_DELAY_MS ?? 0) })
