/** Speaks to a member's running node over the socket in its data folder, as the CLI does. */
import { ApiClient } from '../node/host/api/client.ts'
import type { NodeApi, NodeStatus } from '../node/market/api.ts'
import type { AbortOptions } from '../node/market/ports.ts'
import type { MemberState } from './state.ts'

/** The API of a member's node. */
export function memberApi(member: MemberState): NodeApi {
  return new ApiClient(member.dataDir)
}

/** A member's status; undefined while its node does not answer. */
export async function statusOf(member: MemberState, options: AbortOptions = {}): Promise<NodeStatus | undefined> {
  try {
    return await memberApi(member).status(options)
  } catch {
    options.signal?.throwIfAborted()
    return undefined
  }
}
