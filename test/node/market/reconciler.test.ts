// The loop under every role: one step at a time per thing, repeated after a failure, stopped cleanly.
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Clock } from '../../../node/market/ports.ts'
import { Reconciler } from '../../../node/market/reconciler.ts'
import { quiet } from '../../fakes/node.ts'
import { until } from '../../support.ts'

/** Pauses pass at once, and are counted. */
function countingClock(pauses: number[]): Clock {
  return {
    nowMs: () => 0,
    sleep: async ms => {
      pauses.push(ms)
    }
  }
}

const test = suite('Reconciler')

test('looks at a thing as soon as it is added, and never twice at once', async () => {
  let [running, most, steps] = [0, 0, 0]
  const advance = async () => {
    most = Math.max(most, ++running)
    await delay(1)
    running -= 1
    steps += 1
  }
  const loop = new Reconciler({ advance, clock: countingClock([]), log: quiet })
  await loop.start()
  loop.add('a')
  for (let i = 0; i < 10; i++) loop.wake('a')
  await until(() => steps >= 2 && running === 0)
  assert.is(most, 1)
  await loop.stop()
})

test('a wake during a step is not lost', async () => {
  let steps = 0
  const gate = Promise.withResolvers<void>()
  const advance = async () => {
    steps += 1
    if (steps === 1) await gate.promise
  }
  const loop = new Reconciler({ advance, clock: countingClock([]), log: quiet })
  await loop.start()
  loop.add('a')
  await until(() => steps === 1)
  loop.wake('a')
  gate.resolve()
  await until(() => steps === 2)
  await loop.stop()
})

test('things do not wait for each other', async () => {
  const seen = new Set<string>()
  const gate = Promise.withResolvers<void>()
  const advance = async (key: string) => {
    seen.add(key)
    if (key === 'slow') await gate.promise
  }
  const loop = new Reconciler({ advance, clock: countingClock([]), log: quiet })
  await loop.start()
  loop.add('slow')
  loop.add('quick')
  await until(() => seen.has('quick'))
  gate.resolve()
  await loop.stop()
})

test('a step that fails is tried again after pauses that grow', async () => {
  const pauses: number[] = []
  let failures = 4
  const advance = async () => {
    if (failures-- > 0) throw new Error('not now')
  }
  const loop = new Reconciler({ advance, clock: countingClock(pauses), log: quiet })
  await loop.start()
  loop.add('a')
  await until(() => failures < 0)
  assert.equal(pauses, [200, 400, 800, 1600])
  await loop.stop()
})

test('a removed thing is not looked at again', async () => {
  let steps = 0
  const loop: Reconciler = new Reconciler({
    advance: async key => {
      steps += 1
      loop.remove(key)
    },
    clock: countingClock([]),
    log: quiet
  })
  await loop.start()
  loop.add('a')
  await until(() => steps === 1)
  loop.wake('a')
  loop.wakeAll()
  await delay(5)
  assert.is(steps, 1)
  await loop.stop()
})

test('stop aborts the step under way and waits for it; a start takes everything up again', async () => {
  let [aborted, steps] = [false, 0]
  const advance = (_: string, signal: AbortSignal) =>
    new Promise<void>((resolve, fail) => {
      steps += 1
      if (steps > 1) return resolve()
      signal.addEventListener('abort', () => {
        aborted = true
        fail(signal.reason)
      })
    })
  const loop = new Reconciler({ advance, clock: countingClock([]), log: quiet })
  await loop.start()
  loop.add('a')
  await until(() => steps === 1)
  await loop.stop()
  assert.ok(aborted)
  await loop.stop()
  await loop.start()
  await until(() => steps === 2)
  await loop.stop()
})

test.run()
