/**
 * The node that a command speaks to: the one that runs on the data folder, else one of the command's own for as long as
 * the command lasts. Both are a NodeApi, and the command cannot tell them apart.
 */
import { join, resolve } from 'node:path'
import { ApiClient } from '../node/host/api/client.ts'
import { loadKey } from '../node/host/keys.ts'
import { homeFolder, loadProfile, type NetworkProfile, networkName } from '../node/host/profile.ts'
import { LocalSigner } from '../node/host/signer.ts'
import type { NodeApi, NodeStatus, Role } from '../node/market/api.ts'
import { isLilyError, LilyError } from '../protocols/core/errors.ts'
import type { Context, NetworkFlags } from './context.ts'
import { ensureCoins } from './funds.ts'
import { packageVersion } from './package.ts'
import { present } from './present.ts'

/** A node to speak to, until it is closed. */
export interface Session {
  readonly api: NodeApi
  readonly profile: NetworkProfile
  readonly dataDir: string
  /** Whether the node ends with the session. */
  readonly isEmbedded: boolean
  close(): Promise<void>
}

/** The folder of a network's node: `--data`, else `<home>/data/<network>`. */
export function dataFolder(flags: NetworkFlags, { env }: Context): string {
  return resolve(flags.data ?? join(homeFolder(env), 'data', networkName(flags.network, env)))
}

/**
 * Opens a node.
 *
 * @param needs the role that it must have for the command; one of the command's own is a creator of jobs
 * @throws LilyError CONFIG_*, KEY_*, DATA_FOLDER_*, CHAIN_*, or whatever keeps a node from starting
 */
export async function openSession(flags: NetworkFlags, context: Context, needs: 'jc' | 'any' = 'jc'): Promise<Session> {
  const { env, io } = context
  const profile = await loadProfile(flags.network, env)
  const dataDir = dataFolder(flags, context)
  const running = await runningNode(dataDir, context)
  if (running === undefined) return embeddedNode(dataDir, profile, flags, context)
  checkNetwork(running.status, profile, dataDir)
  if (needs === 'any' || running.status.roles.includes(needs)) {
    return { api: running.api, profile, dataDir, isEmbedded: false, close: async () => {} }
  }
  if (flags.data !== undefined) {
    const message = `the node on ${dataDir} is no creator of jobs: start it with --role jc too, or give another --data`
    throw new LilyError('CONFIG_NO_ROLE', message)
  }
  // A provider cannot be the creator of jobs that it runs itself, so a second account is of use here.
  const ownDir = `${dataDir}-jc`
  io.note(`the node on ${dataDir} has no role jc: this command uses ${ownDir}`)
  return openSession({ ...flags, data: ownDir }, context)
}

/** Speaks to the running node only. @throws LilyError API_NOT_RUNNING */
export async function runningApi(flags: NetworkFlags, context: Context): Promise<NodeApi> {
  const api = new ApiClient(dataFolder(flags, context))
  await api.status({ signal: context.signal })
  return api
}

interface Running {
  readonly api: NodeApi
  readonly status: NodeStatus
}

async function runningNode(dataDir: string, { signal }: Context): Promise<Running | undefined> {
  try {
    const api = new ApiClient(dataDir)
    return { api, status: await api.status({ signal }) }
  } catch (error) {
    // A folder whose path is too long for a socket has no node that listens there.
    if (isLilyError(error, 'API_NOT_RUNNING') || isLilyError(error, 'API_SOCKET_UNUSABLE')) return undefined
    throw error
  }
}

async function embeddedNode(
  dataDir: string,
  profile: NetworkProfile,
  flags: NetworkFlags,
  context: Context
): Promise<Session> {
  const { env, signal, io } = context
  io.step(`joining network ${profile.name}`)
  const { privateKey } = await loadKey({ dataDir, env, ...present({ passwordFile: flags.passwordFile }) })
  await ensureCoins(profile, new LocalSigner(privateKey).account, context)
  signal.throwIfAborted()
  const { createNode } = await import('../node/index.ts')
  const roles: readonly Role[] = ['jc']
  const node = await createNode({ dataDir, profile, privateKey, roles, docker: false, version: packageVersion() })
  try {
    await node.start()
    signal.throwIfAborted()
  } catch (error) {
    await node.stop()
    throw error
  }
  return { api: node.api, profile, dataDir, isEmbedded: true, close: () => node.stop() }
}

function checkNetwork(status: NodeStatus, profile: NetworkProfile, dataDir: string): void {
  if (status.chainId === profile.chainId) return
  const message = `the node on ${dataDir} follows chain ${status.chainId}, network ${profile.name} is ${profile.chainId}`
  throw new LilyError('CONFIG_OTHER_NETWORK', `${message}: give another --data`)
}
