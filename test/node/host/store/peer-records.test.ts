// What libp2p remembers of others: in memory at once, on the disk a little later, and never something else than was put.
import { defaultLogger } from '@libp2p/logger'
import fc from 'fast-check'
import { Key } from 'interface-datastore'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openLevel } from '../../../../node/host/store/open.ts'
import { PeerRecords } from '../../../../node/host/store/peer-records.ts'
import { testSeed, tmp } from '../../../support.ts'

const log = defaultLogger().forComponent('test')
const bytes = (n: number) => Uint8Array.of(n & 255, n >> 8)
const key = (n: number) => new Key(`/peers/${n}`)

async function open(folder?: string) {
  const level = await openLevel(folder ?? (await tmp()))
  return { level, records: new PeerRecords(level, log) }
}

const records = suite('peer records')

records('what was put is read at once, and is on the disk after a flush', async () => {
  const folder = await tmp()
  const first = await open(folder)
  await first.records.put(key(1), bytes(7))
  assert.equal(await first.records.get(key(1)), bytes(7))
  assert.is(await first.records.has(key(1)), true)
  assert.is(await first.level.get('/peers/1'), undefined)
  await first.records.flush()
  await first.level.close()
  const second = await open(folder)
  assert.equal(Uint8Array.from(await second.records.get(key(1))), bytes(7))
  await second.level.close()
})

records('more than wait are written without being asked', async () => {
  const { level, records } = await open()
  for (let n = 0; n < 1_024; n++) await records.put(key(n), bytes(n))
  assert.equal(Uint8Array.from((await level.get('/peers/9')) ?? []), bytes(9))
  await level.close()
})

records('more than are kept are found on the disk', async () => {
  const { level, records } = await open()
  for (let n = 0; n < 5_000; n++) await records.put(key(n), bytes(n))
  for (let n = 0; n < 5_000; n += 7) assert.equal(Uint8Array.from(await records.get(key(n))), bytes(n))
  await level.close()
})

records('what cannot be written is still read', async () => {
  const { level, records } = await open()
  await records.put(key(1), bytes(1))
  await level.close()
  await records.flush()
  assert.equal(await records.get(key(1)), bytes(1))
})

records('a batch counts with what waits', async () => {
  const { level, records } = await open()
  await records.put(key(1), bytes(1))
  await records.put(key(2), bytes(2))
  const batch = records.batch()
  batch.put(key(1), bytes(3))
  batch.delete(key(2))
  await batch.commit()
  assert.equal(Uint8Array.from(await records.get(key(1))), bytes(3))
  assert.is(await records.has(key(2)), false)
  await level.close()
})

const step = fc.record({
  op: fc.constantFrom('put', 'delete', 'get', 'has', 'query', 'flush', 'drop'),
  at: fc.nat(5),
  value: fc.nat(60_000)
})

records('are a map, whatever is on the disk already', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
      const folder = await tmp()
      let { level, records } = await open(folder)
      const model = new Map<string, Uint8Array>()
      const flushes: Promise<void>[] = []
      for (const { op, at, value } of steps) {
        const name = key(at).toString()
        if (op === 'put') {
          model.set(name, bytes(value))
          await records.put(key(at), bytes(value))
        } else if (op === 'delete') {
          model.delete(name)
          await records.delete(key(at))
        } else if (op === 'get') {
          const found = await records.get(key(at)).catch(() => undefined)
          assert.equal(found && Uint8Array.from(found), model.get(name))
        } else if (op === 'has') {
          assert.is(await records.has(key(at)), model.has(name))
        } else if (op === 'query') {
          const all = await Array.fromAsync(records.query({ prefix: '/peers' }))
          assert.equal(
            all.map(pair => [pair.key.toString(), Uint8Array.from(pair.value)]),
            [...model].sort(([a], [b]) => (a < b ? -1 : 1))
          )
        } else if (op === 'flush') {
          // Not waited for: what comes next comes while it writes.
          flushes.push(records.flush())
        } else {
          await records.flush()
          await level.close()
          ;({ level, records } = await open(folder))
        }
      }
      await Promise.all(flushes)
      await level.close()
    }),
    { seed: testSeed(), numRuns: 60 }
  )
})

records.run()
