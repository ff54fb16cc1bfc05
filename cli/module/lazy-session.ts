/** A node that is opened when it is first asked for: much of what is done with modules needs none. */
import type { NodeApi } from '../../node/market/api.ts'
import type { Context, NetworkFlags } from '../context.ts'
import { openSession, type Session } from '../session.ts'

/** @see the head of this file */
export class LazySession {
  readonly #open: () => Promise<Session>
  #session: Promise<Session> | undefined

  constructor(flags: NetworkFlags, context: Context) {
    this.#open = () => openSession(flags, context)
  }

  /** The session, opened now if it was not. */
  session(): Promise<Session> {
    this.#session ??= this.#open()
    return this.#session
  }

  /** Its node. */
  readonly api = async (): Promise<NodeApi> => (await this.session()).api

  /** Closes it, if it was opened. */
  async close(): Promise<void> {
    const [opened] = await Promise.allSettled([this.#session])
    if (opened.status === 'fulfilled') await opened.value?.close()
  }
}
