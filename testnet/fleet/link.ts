/** The wire of a fleet's node: every byte that it sends waits for a while, and nothing is dialled across a cut. */
import { Socket } from 'node:net'

const link = { delayMs: 0, cut: new Set<number>() }

/** How long what this process sends over TCP is under way; ports that are across a cut cannot be dialled. */
export function setLink(change: Partial<{ readonly delayMs: number; readonly cut: ReadonlySet<number> }>): void {
  if (change.delayMs !== undefined) link.delayMs = change.delayMs
  if (change.cut !== undefined) link.cut = new Set(change.cut)
}

/** Puts the delay into every socket of this process. Timers of one length fire in order, so bytes stay in theirs. */
export function patchSockets(): void {
  const { write, end, connect } = Socket.prototype
  Socket.prototype.write = function (this: Socket, ...args: unknown[]): boolean {
    if (link.delayMs === 0) return Reflect.apply(write, this, args)
    setTimeout(() => {
      if (!this.destroyed) Reflect.apply(write, this, args)
    }, link.delayMs)
    return true
  }
  Socket.prototype.end = function (this: Socket, ...args: unknown[]): Socket {
    if (link.delayMs === 0) return Reflect.apply(end, this, args)
    setTimeout(() => {
      if (!this.destroyed) Reflect.apply(end, this, args)
    }, link.delayMs)
    return this
  }
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
    const ports = args
      .flat(2)
      .flatMap(arg => (typeof arg === 'object' && arg !== null && 'port' in arg ? [Number(arg.port)] : []))
    if (!ports.some(port => link.cut.has(port))) return Reflect.apply(connect, this, args)
    queueMicrotask(() => this.destroy(new Error('the network is cut')))
    return this
  }
}
