// What every Store does, whatever is under it.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Store } from '../../node/market/ports.ts'
import { utf8 } from '../../protocols/core/utf8.ts'

/** An empty store, and how it is closed and opened again with what it held. */
export interface StoreFixture {
  readonly store: Store
  /** Undefined where the store does not outlive its process. */
  readonly reopen?: () => Promise<Store>
  close(): Promise<void>
}

/** Registers and runs the suite. */
export function storeCompliance(name: string, open: () => Promise<StoreFixture>): void {
  const test = suite(`compliance: store: ${name}`)
  let fixture: StoreFixture

  test.before.each(async () => {
    fixture = await open()
  })
  test.after.each(() => fixture.close())

  test('gives back what was put', async () => {
    const { store } = fixture
    await store.put('deal/1', utf8('one'))
    assert.equal(await store.get('deal/1'), utf8('one'))
    await store.put('deal/1', utf8('other'))
    assert.equal(await store.get('deal/1'), utf8('other'))
  })

  test('knows nothing of a key that was never put or was deleted', async () => {
    const { store } = fixture
    assert.is(await store.get('deal/1'), undefined)
    await store.put('deal/1', utf8('one'))
    await store.delete('deal/1')
    await store.delete('deal/2')
    assert.is(await store.get('deal/1'), undefined)
  })

  test('keeps an empty value apart from none', async () => {
    const { store } = fixture
    await store.put('empty', new Uint8Array(0))
    assert.equal(await store.get('empty'), new Uint8Array(0))
  })

  test('lists the entries of a prefix in the order of their keys, and no others', async () => {
    const { store } = fixture
    for (const key of ['b/2', 'a/1', 'b/10', 'b', 'b/😀', 'c/1', 'b/é']) await store.put(key, utf8(key))
    const keys: string[] = []
    for await (const [key, value] of store.entries('b/')) {
      assert.equal(value, utf8(key))
      keys.push(key)
    }
    assert.equal(keys, ['b/10', 'b/2', 'b/é', 'b/😀'])
  })

  test('lets entries be changed while they are listed', async () => {
    const { store } = fixture
    for (const key of ['a/1', 'a/2', 'a/3']) await store.put(key, utf8(key))
    for await (const [key] of store.entries('a/')) await store.delete(key)
    for await (const [key] of store.entries('a/')) assert.unreachable(key)
  })

  test('stops when aborted', async () => {
    const { store } = fixture
    await store.put('a', utf8('1'))
    const signal = AbortSignal.abort(new Error('enough'))
    for (const work of [
      () => store.get('a', { signal }),
      () => store.put('a', utf8('2'), { signal }),
      () => store.delete('a', { signal }),
      () => Array.fromAsync(store.entries('', { signal }))
    ]) {
      const error: unknown = await work().then(
        () => undefined,
        (reason: unknown) => reason
      )
      assert.match(String(error), 'enough')
    }
    assert.equal(await store.get('a'), utf8('1'))
  })

  test('holds after it was closed and opened again', async () => {
    if (fixture.reopen === undefined) return
    await fixture.store.put('deal/1', utf8('one'))
    const again = await fixture.reopen()
    assert.equal(await again.get('deal/1'), utf8('one'))
  })

  test.run()
}
