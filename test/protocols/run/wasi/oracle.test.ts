// Our WASI beside browser_wasi_shim, an independent one: where both know an answer, it is the same.
import { Directory, Fd, File, OpenFile, PreopenDirectory, wasi as SHIM, WASI } from '@bjorn3/browser_wasi_shim'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededRandom } from '../../../../protocols/core/random.ts'
import { ERRNO } from '../../../../protocols/run/wasi/errno.ts'
import { WASI_MODULE, type WasiCalls } from '../../../../protocols/run/wasi/signatures.ts'
import { MEMORY_BYTES, type Player, play, player } from '../../../fixtures/wasi-script.ts'
import { testSeed } from '../../../support.ts'

const INPUT = 'the input\n'

class Collect extends Fd {
  text = ''
  override fd_write(data: Uint8Array): { ret: number; nwritten: number } {
    this.text += Buffer.from(data)
    return { ret: SHIM.ERRNO_SUCCESS, nwritten: data.length }
  }
}

/** What a script saw and left. */
interface Traces {
  readonly seen: readonly unknown[]
  readonly stdout: string
  readonly outputs: Record<string, string | undefined>
}

type Script = (guest: Player, see: (value: unknown) => void) => void

function playOurs(script: Script): Traces {
  const seen: unknown[] = []
  const inputs = [{ path: Buffer.from('in.txt'), content: Buffer.from(INPUT) }]
  const outcome = play(guest => script(guest, value => seen.push(value)), {
    inputs,
    args: [Buffer.from('cow'), Buffer.from('moo')]
  })
  const entries = outcome.outputs.map(({ path, content }) => [
    Buffer.from(path).toString(),
    content && Buffer.from(content).toString()
  ])
  return { seen, stdout: Buffer.from(outcome.stdout).toString(), outputs: Object.fromEntries(entries) }
}

function* entriesOf(directory: Directory, prefix = ''): Generator<[string, string | undefined]> {
  for (const [name, node] of directory.contents) {
    yield [prefix + name, node instanceof File ? Buffer.from(node.data).toString() : undefined]
    if (node instanceof Directory) yield* entriesOf(node, `${prefix}${name}/`)
  }
}

function playTheirs(script: Script): Traces {
  const seen: unknown[] = []
  const stdout = new Collect()
  const outputs = new PreopenDirectory('/outputs', new Map())
  const inputs = new PreopenDirectory(
    '/inputs',
    new Map([['in.txt', new File(Buffer.from(INPUT), { readonly: true })]])
  )
  const fds = [new OpenFile(new File([])), stdout, new Collect(), inputs, outputs]
  const shim = new WASI(['cow', 'moo'], [], fds, { debug: false })
  const memory = new Uint8Array(MEMORY_BYTES)
  shim.inst = { exports: { memory: { buffer: memory.buffer } } }
  script(player(shim.wasiImport as unknown as WasiCalls, memory), value => seen.push(value))
  const sorted = [...entriesOf(outputs.dir)].sort(([a], [b]) => (a < b ? -1 : 1))
  return { seen, stdout: stdout.text, outputs: Object.fromEntries(sorted) }
}

function agree(script: Script): void {
  const [ours, theirs] = [playOurs(script), playTheirs(script)]
  assert.equal(ours.seen, theirs.seen)
  assert.is(ours.stdout, theirs.stdout)
  assert.equal(ours.outputs, theirs.outputs)
}

const RESULT = 60_000

const test = suite(`${WASI_MODULE}, ours and another`)

test('agrees on arguments', () => {
  agree(({ wasi, view, read }, see) => {
    see(wasi.args_sizes_get(RESULT, RESULT + 4))
    see(view.getUint32(RESULT, true))
    see(view.getUint32(RESULT + 4, true))
    see(wasi.args_get(100, 200))
    see(read(200, 8))
    see(view.getUint32(104, true))
  })
})

test('agrees on reading an input', () => {
  agree(({ wasi, text, view, iovec, read }, see) => {
    see(wasi.path_open(3, 0, ...text(100, 'in.txt'), 0, 2n, 0n, 0, RESULT))
    const fd = view.getUint32(RESULT, true)
    for (const length of [3, 100, 5]) {
      see(wasi.fd_read(fd, ...iovec(300, 1000, length), RESULT))
      see(read(1000, view.getUint32(RESULT, true)))
    }
    see(wasi.fd_seek(fd, 2n, 0, RESULT))
    see(wasi.fd_read(fd, ...iovec(300, 1000, 4), RESULT))
    see(read(1000, 4))
    see(wasi.fd_close(fd))
    see(wasi.fd_close(fd))
    see(wasi.path_open(3, 0, ...text(100, 'missing'), 0, 2n, 0n, 0, RESULT))
  })
})

test('agrees on any play with files', () => {
  const seed = testSeed()
  for (let game = 0; game < 60; game++) {
    const random = seededRandom(
      Uint8Array.from([game, 1, 2, 3, ...new Uint8Array(new Uint32Array([seed]).buffer), 9, 9, 9, 9, 9, 9, 9, 9])
    )
    const seeds = Array.from({ length: 60 }, random)
    agree((guest, see) => playFiles(guest, see, seeds))
  }
})

const NAMES = ['a', 'b', 'd', 'd/a', 'd/b', 'd/e', 'd/e/a']

function playFiles(
  { wasi, text, view, iovec, read }: Player,
  see: (value: unknown) => void,
  seeds: readonly number[]
): void {
  const open: number[] = []
  for (const seed of seeds) {
    const name = NAMES[(seed >>> 4) % NAMES.length] ?? 'a'
    const fd = open[(seed >>> 8) % Math.max(open.length, 1)]
    const isFolder = name === 'd' || name === 'd/e'
    switch (seed % 8) {
      case 0:
      case 1: {
        // Create, sometimes exclusively, sometimes truncating; to read and write. About folders the two differ.
        if (isFolder) break
        const errno = wasi.path_open(4, 0, ...text(100, name), 1 | (((seed >>> 12) & 3) << 2), 66n, 0n, 0, RESULT)
        see(errno)
        if (errno === 0) open.push(view.getUint32(RESULT, true))
        break
      }
      case 2:
        // Of a folder that is there already the other one says that it was made.
        if (isFolder) see(wasi.path_create_directory(4, ...text(100, name)) % ERRNO.exists)
        break
      case 3:
      case 4:
        if (fd === undefined) break
        see(wasi.fd_write(fd, ...iovec(300, ...text(400, `<${seed % 1000}>`)), RESULT))
        see(view.getUint32(RESULT, true))
        break
      case 5:
        if (fd === undefined) break
        see(wasi.fd_seek(fd, BigInt((seed >>> 12) % 10), (seed >>> 16) % 3, RESULT))
        see(view.getBigUint64(RESULT, true))
        break
      case 6:
        if (fd === undefined) break
        see(wasi.fd_read(fd, ...iovec(300, 1000, (seed >>> 12) % 20), RESULT))
        see(read(1000, view.getUint32(RESULT, true)))
        break
      case 7:
        wasi.fd_write(1, ...iovec(300, ...text(400, `${seed % 100}\n`)), RESULT)
        break
    }
  }
}

test.run()
