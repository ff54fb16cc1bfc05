/** Arguments, clocks, randomness, waiting and leaving: the calls about the process. There is no network and no signal. */
import { ABSOLUTE_TIME, CLOCK, EVENT, EVENT_BYTES, MAX_SUBSCRIPTIONS, SUBSCRIPTION_BYTES } from './abi.ts'
import { EndOfRun } from './end.ts'
import { CallError, ERRNO, type Errno, fail } from './errno.ts'
import type { Guest } from './guest.ts'
import type { WasiCalls } from './signatures.ts'

type SystemCalls = Pick<
  WasiCalls,
  | 'args_get'
  | 'args_sizes_get'
  | 'clock_res_get'
  | 'clock_time_get'
  | 'environ_get'
  | 'environ_sizes_get'
  | 'poll_oneoff'
  | 'proc_exit'
  | 'proc_raise'
  | 'random_get'
  | 'sched_yield'
  | 'sock_accept'
  | 'sock_recv'
  | 'sock_send'
  | 'sock_shutdown'
>

/** Bytes of a list of C strings. */
function listBytes(list: readonly Uint8Array[]): number {
  return list.reduce((sum, item) => sum + item.length + 1, 0)
}

function putList(guest: Guest, list: readonly Uint8Array[], pointersAt: number, bytesAt: number): Errno {
  const pointers = guest.memory.view(pointersAt, list.length * 4)
  const bytes = guest.memory.bytes(bytesAt, listBytes(list))
  guest.meter.chargeBytes(bytes.length)
  let at = 0
  for (const [index, item] of list.entries()) {
    pointers.setUint32(index * 4, (bytesAt >>> 0) + at, true)
    bytes.set(item, at)
    bytes[at + item.length] = 0
    at += item.length + 1
  }
  return ERRNO.success
}

function putListSizes(guest: Guest, list: readonly Uint8Array[], countAt: number, bytesAt: number): Errno {
  const setCount = guest.memory.cell32(countAt)
  const setBytes = guest.memory.cell32(bytesAt)
  setCount(list.length)
  setBytes(listBytes(list))
  return ERRNO.success
}

interface Subscription {
  readonly userdata: bigint
  readonly tag: number
  /** Until a clock's event; nothing else is ever waited for. */
  readonly waitNs: bigint
  readonly errno: Errno
}

function readSubscription(guest: Guest, view: DataView, at: number): Subscription {
  const userdata = view.getBigUint64(at, true)
  const tag = view.getUint8(at + 8)
  if (tag === EVENT.clock) {
    const clock = view.getUint32(at + 16, true)
    const timeout = view.getBigUint64(at + 24, true)
    if (clock !== CLOCK.realtime && clock !== CLOCK.monotonic) {
      return { userdata, tag, waitNs: 0n, errno: ERRNO.invalid }
    }
    const now = guest.meter.nowNs(clock)
    const isAbsolute = (view.getUint16(at + 40, true) & ABSOLUTE_TIME) !== 0
    const waitNs = isAbsolute ? (timeout > now ? timeout - now : 0n) : timeout
    return { userdata, tag, waitNs, errno: ERRNO.success }
  }
  if (tag !== EVENT.read && tag !== EVENT.write) fail(ERRNO.invalid)
  return { userdata, tag, waitNs: 0n, errno: descriptorErrno(guest, view.getUint32(at + 16, true)) }
}

function descriptorErrno(guest: Guest, fd: number): Errno {
  try {
    guest.descriptors.get(fd)
    return ERRNO.success
  } catch (error) {
    if (error instanceof CallError) return error.errno
    throw error
  }
}

function putEvent(view: DataView, at: number, { userdata, tag, errno }: Subscription): void {
  for (let word = 0; word < EVENT_BYTES; word += 8) view.setBigUint64(at + word, 0n, true)
  view.setBigUint64(at, userdata, true)
  view.setUint16(at + 8, errno, true)
  view.setUint8(at + 10, tag)
  if (tag !== EVENT.clock) view.setBigUint64(at + 16, 1n, true)
}

/** The calls about the process. */
export function systemCalls(guest: Guest): SystemCalls {
  const { memory, meter, random } = guest
  const noSockets = () => ERRNO.notSupported
  return {
    args_get: (pointersAt, bytesAt) => putList(guest, guest.args, pointersAt, bytesAt),
    args_sizes_get: (countAt, bytesAt) => putListSizes(guest, guest.args, countAt, bytesAt),
    environ_get: (pointersAt, bytesAt) => putList(guest, guest.env, pointersAt, bytesAt),
    environ_sizes_get: (countAt, bytesAt) => putListSizes(guest, guest.env, countAt, bytesAt),
    clock_res_get(clock, resultAt) {
      const setResolution = memory.cell64(resultAt)
      meter.nowNs(clock)
      setResolution(1n)
      return ERRNO.success
    },
    clock_time_get(clock, _precision, resultAt) {
      const setTime = memory.cell64(resultAt)
      setTime(meter.nowNs(clock))
      return ERRNO.success
    },
    random_get(at, length) {
      const bytes = memory.bytes(at, length)
      meter.charge(BigInt(bytes.length))
      for (let i = 0, word = 0; i < bytes.length; i++, word >>>= 8) {
        if (i % 4 === 0) word = random()
        bytes[i] = word & 255
      }
      return ERRNO.success
    },
    poll_oneoff(inAt, outAt, count, resultAt) {
      const total = count >>> 0
      if (total === 0 || total > MAX_SUBSCRIPTIONS) fail(ERRNO.invalid)
      const setEvents = memory.cell32(resultAt)
      const input = memory.view(inAt, total * SUBSCRIPTION_BYTES)
      const output = memory.view(outAt, total * EVENT_BYTES)
      meter.chargeBytes(total * SUBSCRIPTION_BYTES)
      const subscriptions = Array.from({ length: total }, (_, i) =>
        readSubscription(guest, input, i * SUBSCRIPTION_BYTES)
      )
      // biome-ignore lint/complexity/useMathMinMax: these are bigints
      const waitNs = subscriptions.reduce((least, { waitNs }) => (waitNs < least ? waitNs : least), 1n << 64n)
      meter.sleep(waitNs)
      const events = subscriptions.filter(subscription => subscription.waitNs <= waitNs)
      for (const [i, event] of events.entries()) putEvent(output, i * EVENT_BYTES, event)
      setEvents(events.length)
      return ERRNO.success
    },
    proc_exit(code) {
      // Eight bits are what a process can leave with elsewhere: Docker jobs agree with wasm jobs about exit(-1).
      throw new EndOfRun('exited', code & 255)
    },
    proc_raise: () => ERRNO.notSupported,
    sched_yield: () => ERRNO.success,
    sock_accept: noSockets,
    sock_recv: noSockets,
    sock_send: noSockets,
    sock_shutdown: noSockets
  }
}
