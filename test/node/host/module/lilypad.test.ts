// Lilypad's modules of WASM and with data by CID: brought to this machine, and run by our own rules.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Bench } from '../../../../node/host/module/bench.ts'
import { checkModuleFolder } from '../../../../node/host/module/check.ts'
import { type LilypadJob, prepareLilypadJob } from '../../../../node/host/module/lilypad.ts'
import { CID } from '../../../../protocols/core/cid.ts'
import { modulePath } from '../../../e2e/stage.ts'
import { rejects, tmp } from '../../../support.ts'

const PROGRAM = 'QmZ8wbMQKyHHP2hN47prdSUJ3Wc6eNceR4UMot3JZXnhDu'
const DATA = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const TEMPLATE = `{"APIVersion": "V1beta1", "Spec": {"Engine": "Wasm", "Timeout": 30, "Network": {"Type": "None"},
  "Wasm": {"EntryModule": {"CID": {{.WasmCID}}, "StorageSource": "IPFS",}, "EntryPoint": "_start",
    "Parameters": ["--", {{if .Message}}{{.Message}}{{else}}"nothing"{{end}}]},
  {{if .Data}}"inputs": [{"StorageSource": "IPFS", "CID": {{.Data}}, "path": {{.Path}}}],{{end}}
  "outputs": [{"Name": "outputs", "StorageSource": "IPFS", "path": "/outputs"}]}}`

interface Context {
  job: LilypadJob
  /** What stands for the network: CIDs that were asked for. */
  asked: string[]
}

const wasm = suite<Context>('a WASM module')

wasm.before.each(async context => {
  const checkout = await tmp()
  await writeFile(join(checkout, 'lilypad_module.json.tmpl'), TEMPLATE)
  const program = await readFile(modulePath('cowsay').replace('module.json', 'cowsay.wasm'))
  context.asked = []
  const fetch = async (cid: string, path: string) => {
    context.asked.push(cid)
    if (cid === CID.parse(PROGRAM).toV1().toString()) return writeFile(path, program)
    await mkdir(join(path, 'sub'), { recursive: true })
  }
  const values = { WasmCID: PROGRAM, Message: 'moo {{Message}}' }
  context.job = { checkout, name: 'wasm', version: 'v1', values, files: {}, fetch }
})

wasm('is brought by its CID and runs as any module of ours', async ({ job, asked }) => {
  const prepared = await prepareLilypadJob(job)
  const bench = await Bench.open()
  try {
    const module = await checkModuleFolder(prepared.folder)
    assert.equal([module.name, module.runtime, module.limits.wallSec], ['wasm', 'lily-wasi/1', 30])
    const { outcome } = await bench.run({ folder: prepared.folder, values: {}, files: prepared.files })
    assert.equal([outcome.status, outcome.exitCode], ['exited', 0])
    const out = join(await tmp(), 'out')
    await bench.save(outcome.root, out)
    assert.match(await readFile(join(out, 'stdout'), 'utf8'), '< moo {{Message}} >')
    assert.equal(asked, [CID.parse(PROGRAM).toV1().toString()])
  } finally {
    await bench.close()
    await prepared.dispose()
  }
})

wasm('takes data by CID as files, and says of what it cannot take why', async ({ job }) => {
  const prepare = (Path: string, fetch: LilypadJob['fetch']) =>
    prepareLilypadJob({
      ...job,
      values: { ...job.values, Data: DATA, Path },
      fetch: (cid, path, options) => (cid === DATA ? fetch(cid, path, options) : job.fetch(cid, path, options))
    })
  const file: LilypadJob['fetch'] = (_, path) => writeFile(path, 'a,b\n')
  const folder: LilypadJob['fetch'] = async (_, path) => {
    await mkdir(path)
    await writeFile(join(path, 'b.csv'), 'b')
    await writeFile(join(path, 'a.csv'), 'a')
  }
  const named = await prepare('/inputs/data.csv', file)
  assert.is(await readFile(named.files.File1 ?? '', 'utf8'), 'a,b\n')
  assert.is((await checkModuleFolder(named.folder)).inputs.File1?.filename, 'data.csv')
  await named.dispose()
  const whole = await prepare('/inputs/', folder)
  const { inputs } = await checkModuleFolder(whole.folder)
  assert.equal([inputs.File1?.filename, inputs.File2?.filename], ['a.csv', 'b.csv'])
  await whole.dispose()
  await rejects(prepare('/inputs', file), 'LILYPAD_CANNOT_HONOUR')
  await rejects(prepare('/inputs/data.csv', folder), 'LILYPAD_CANNOT_HONOUR')
  await rejects(
    prepare('/inputs', (cid, path, options) => job.fetch(cid, path, options)),
    'LILYPAD_CANNOT_HONOUR'
  )
})

wasm.run()
