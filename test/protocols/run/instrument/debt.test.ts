// How far a program goes on in debt before it is told: never far, whatever its author writes.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { instrument } from '../../../../protocols/run/instrument/instrument.ts'
import { GAS_CALL, GAS_MEMORY_GROW, PAGE_BYTES } from '../../../../protocols/run/instrument/params.ts'
import { type GuestExports, type GuestImports, runGuest } from '../../../../protocols/run/wasi/run.ts'
import { guestSpecOf } from '../../../fixtures/wasm-engine.ts'
import { i32, wasmModule } from '../../../fixtures/wasm-module.ts'

const CALLS = 50

/** Gas of what a called function does first. */
const GROWTH = 2 + GAS_MEMORY_GROW

/** A program that calls one function again and again, which takes a page of memory each time and then does so much more. */
function caller(work: number): Uint8Array {
  const grow = [...i32(1), 0x40, 0, 0x1a]
  return wasmModule({
    functions: [
      { code: new Array(CALLS).fill([0x10, 1]).flat() },
      { code: [...grow, ...new Array(work).fill([...i32(1), 0x1a]).flat()] }
    ]
  })
}

/** How the program ended with so much gas, and how often its function was called. */
function ended(wasm: Uint8Array, gas: bigint) {
  const module = new WebAssembly.Module(new Uint8Array(instrument(wasm, { memoryBytes: 64 << 20 })))
  let memory: GuestExports['memory'] | undefined
  const { status } = runGuest(
    {
      instantiate: (imports: GuestImports) => {
        const exports = new WebAssembly.Instance(module, imports).exports as unknown as GuestExports
        memory = exports.memory
        return exports
      },
      isTrap: error => error instanceof WebAssembly.RuntimeError
    },
    guestSpecOf({ limits: { gas } })
  )
  return { status, count: (memory?.buffer.byteLength ?? 0) / PAGE_BYTES - 1 }
}

const debt = suite('debt')

debt('ends at once where much work is ahead', () => {
  const forCalls = BigInt(CALLS * GAS_CALL)
  assert.equal(ended(caller(1_000), forCalls), { status: 'out-of-gas', count: 0 })
  assert.equal(ended(caller(1_000), forCalls + BigInt(GROWTH + 2_000)), { status: 'out-of-gas', count: 1 })
})

debt('is not looked for in what is short, and ends the run all the same', () => {
  assert.equal(ended(caller(10), BigInt(CALLS * GAS_CALL)).status, 'out-of-gas')
  const enough = BigInt(CALLS) * BigInt(GAS_CALL + GROWTH + 20)
  assert.equal(ended(caller(10), enough - 1n).status, 'out-of-gas')
  assert.equal(ended(caller(10), enough), { status: 'exited', count: CALLS })
})

debt.run()
