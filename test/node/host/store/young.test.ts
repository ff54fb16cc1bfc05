// The young collection that a node asks for when it has moved many blocks.
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { noteMoved } from '../../../../node/host/store/young.ts'
import { until } from '../../../support.ts'

const MIB = 1024 * 1024

const young = suite('noteMoved')

young('collects the young heap for every four MiB, and nothing else', async () => {
  const kinds: unknown[] = []
  const observer = new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      const detail: unknown = Reflect.get(entry, 'detail')
      if (typeof detail === 'object' && detail !== null && 'kind' in detail) kinds.push(detail.kind)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  for (let i = 0; i < 40; i++) noteMoved(MIB)
  await until(() => kinds.length >= 10)
  observer.disconnect()
  assert.ok(kinds.filter(kind => kind === constants.NODE_PERFORMANCE_GC_MINOR).length >= 10, kinds.join())
  assert.not(kinds.includes(constants.NODE_PERFORMANCE_GC_MAJOR))
})

young('leaves no function in the global scope', () => {
  assert.is(Reflect.get(globalThis, 'gc'), undefined)
})

young.run()
