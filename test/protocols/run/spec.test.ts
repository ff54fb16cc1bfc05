// The page that specifies lily-wasi/1 says the numbers that the code has; and what a run needs of a machine.
import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseModule } from '../../../protocols/module/module.ts'
import * as params from '../../../protocols/run/instrument/params.ts'
import { machineOf, STACK_SLOTS } from '../../../protocols/run/spec.ts'
import * as abi from '../../../protocols/run/wasi/abi.ts'

const spec = suite('the specification')
const page = await readFile(new URL('../../../protocols/run/README.md', import.meta.url), 'utf8')

spec('holds every price and limit of the pass', () => {
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|$/gm)].map(([, name = '', value]) => [name, Number(value)])
  const said = new Map(rows.map(([name, value]) => [name, value]))
  const isTold = (name: string) => /^(GAS|MAX|FRAME|OPERAND|BULK|WEIGHT)_/.test(name) && name !== 'MAX_PAGES'
  const known = Object.entries(params).filter(([name]) => isTold(name))
  assert.equal(
    Object.fromEntries(known.map(([name, value]) => [name, Number(value)])),
    Object.fromEntries(known.map(([name]) => [name, said.get(name)]))
  )
  assert.is(rows.length, known.length)
})

spec('holds the limits of the host', () => {
  for (const value of [abi.MAX_DESCRIPTORS, abi.MAX_NAME_BYTES, abi.MAX_PATH_BYTES, abi.MAX_DEPTH, STACK_SLOTS])
    assert.match(page, new RegExp(`\\b${value}\\b`))
})

spec.run()

// ---

const machine = suite('what a run needs of a machine')

machine('is what its module asks for, and no less than its limits; what a container writes is memory', () => {
  const needs = (runtime: string, memoryMiB: number) => {
    const limits = { memoryMiB: 100, outputMiB: 1000 }
    const module = { name: 'a', version: '1', runtime, entrypoint: 'a', machine: { memoryMiB, diskMiB: 1 }, limits }
    const { memoryMiB: needed, diskMiB } = machineOf(parseModule(JSON.stringify(module)))
    return [needed, diskMiB]
  }
  assert.equal(needs('lily-wasi/1', 1), [100, 1000])
  assert.equal(needs('lily-wasi/1', 5000), [5000, 1000])
  assert.equal(needs('docker/linux-amd64', 1), [1116, 1000])
  assert.equal(needs('docker/linux-amd64', 5000), [5000, 1000])
})

machine.run()
