/** The methods of the local API: what arguments each takes from the socket, and the call of NodeApi that it stands for. */
import * as v from 'valibot'
import { type Address, isAddress } from '../../../protocols/core/account.ts'
import { type Bytes32, isHex } from '../../../protocols/core/bytes.ts'
import { LilyError } from '../../../protocols/core/errors.ts'
import type { NodeApi } from '../../market/api.ts'
import type { AbortOptions } from '../../market/ports.ts'
import type { ApiErrorCode } from './wire.ts'

/** Runs a call: a promise for its value, or a stream of items. */
export type ApiMethod = (
  api: NodeApi,
  params: readonly unknown[],
  options: AbortOptions
) => Promise<unknown> | AsyncIterable<unknown>

const account = v.custom<Address>(isAddress, 'an account')
const id = v.custom<Bytes32>(value => isHex(value, 32), '32 bytes of hex')
const wei = v.pipe(v.bigint(), v.minValue(0n))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const texts = v.record(v.string(), v.string())

const jobRequest = v.strictObject({
  module: v.exactOptional(v.string()),
  modulePath: v.exactOptional(v.string()),
  values: v.exactOptional(texts),
  files: v.exactOptional(texts),
  salt: v.exactOptional(v.pipe(v.string(), v.maxLength(64))),
  maxPriceWei: v.exactOptional(wei),
  tipTicks: v.exactOptional(count),
  target: v.exactOptional(account),
  verifyBps: v.exactOptional(v.pipe(count, v.maxValue(10_000))),
  collateralTimes: v.exactOptional(count),
  seats: v.exactOptional(count),
  rounds: v.exactOptional(count),
  seatFeeWei: v.exactOptional(wei),
  windowSec: v.exactOptional(count),
  waitBlocks: v.exactOptional(count)
})

/** A method whose arguments are checked before it is called. @throws LilyError API_BAD_REQUEST */
function method<P extends readonly unknown[]>(
  schema: v.GenericSchema<unknown, P>,
  run: (api: NodeApi, params: P, options: AbortOptions) => ReturnType<ApiMethod>
): ApiMethod {
  return (api, params, options) => {
    const parsed = v.safeParse(schema, params)
    if (parsed.success) return run(api, parsed.output, options)
    const [issue] = parsed.issues
    const where = v.getDotPath(issue) ?? 'the arguments'
    throw new LilyError<ApiErrorCode>('API_BAD_REQUEST', `${where}: ${issue.message}`)
  }
}

const publication = v.strictObject({ name: v.string(), version: v.string(), module: v.string(), feeBps: count })

const none = v.strictTuple([])

/** Every method, by its name in NodeApi. */
export const METHODS: Readonly<Record<keyof NodeApi, ApiMethod>> = {
  status: method(none, (api, _, options) => api.status(options)),
  peers: method(none, (api, _, options) => api.peers(options)),
  offers: method(none, (api, _, options) => api.offers(options)),
  explain: method(v.strictTuple([id]), (api, [what], options) => api.explain(what, options)),
  checkOffer: method(v.strictTuple([count]), (api, [peers], options) => api.checkOffer(peers, options)),
  submit: method(v.strictTuple([jobRequest]), (api, [request], options) => api.submit(request, options)),
  follow: method(v.strictTuple([id]), (api, [job], options) => api.follow(job, options)),
  logs: method(v.strictTuple([id]), (api, [job], options) => api.logs(job, options)),
  jobs: method(none, (api, _, options) => api.jobs(options)),
  job: method(v.strictTuple([id]), (api, [job], options) => api.job(job, options)),
  cancel: method(v.strictTuple([id]), (api, [job], options) => api.cancel(job, options)),
  deal: method(v.strictTuple([id]), (api, [deal], options) => api.deal(deal, options)),
  appeal: method(v.strictTuple([id]), (api, [deal], options) => api.appeal(deal, options)),
  deposit: method(v.strictTuple([wei]), (api, [amountWei], options) => api.deposit(amountWei, options)),
  withdraw: method(v.strictTuple([wei]), (api, [amountWei], options) => api.withdraw(amountWei, options)),
  addModule: method(v.strictTuple([v.string()]), (api, [path], options) => api.addModule(path, options)),
  saveContent: method(v.strictTuple([v.string(), v.string()]), (api, [cid, path], options) =>
    api.saveContent(cid, path, options)
  ),
  publishModule: method(v.strictTuple([publication]), (api, [module], options) => api.publishModule(module, options)),
  modules: method(none, (api, _, options) => api.modules(options)),
  module: method(v.strictTuple([v.string(), v.string()]), (api, [name, version], options) =>
    api.module(name, version, options)
  ),
  attestModule: method(v.strictTuple([v.string(), v.boolean(), count]), (api, [module, isSame, runs], options) =>
    api.attestModule(module, isSame, runs, options)
  ),
  events: method(none, (api, _, options) => api.events(options))
}

/** The method of that name. @throws LilyError API_BAD_REQUEST */
export function methodOf(name: string): ApiMethod {
  for (const [known, found] of Object.entries(METHODS)) if (known === name) return found
  throw new LilyError<ApiErrorCode>('API_BAD_REQUEST', `there is no method "${name.slice(0, 40)}"`)
}
