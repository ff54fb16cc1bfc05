// Arguments, clocks, randomness, waiting, leaving, and guests that mean harm: system.ts, memory.ts, names.ts, run.ts.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededRandom } from '../../../../protocols/core/random.ts'
import { I64 } from '../../../../protocols/run/instrument/types.ts'
import { ERRNO } from '../../../../protocols/run/wasi/errno.ts'
import { isUtf8 } from '../../../../protocols/run/wasi/names.ts'
import { WASI_NAMES, wasiSignature } from '../../../../protocols/run/wasi/signatures.ts'
import { MEMORY_BYTES, type Player, play } from '../../../fixtures/wasi-script.ts'
import { testSeed } from '../../../support.ts'

const RESULT = 60_000
const utf8 = (text: string) => new TextEncoder().encode(text)

// --- the process

const system = suite('system')

system('gives arguments and variables as C strings', () => {
  play(
    ({ wasi, view, read }) => {
      assert.is(wasi.args_sizes_get(RESULT, RESULT + 4), 0)
      assert.is(view.getUint32(RESULT, true), 2)
      assert.is(view.getUint32(RESULT + 4, true), 11)
      assert.is(wasi.args_get(100, 200), 0)
      assert.is(view.getUint32(104, true), 204)
      assert.is(read(200, 11), 'cow\0mööh\0')
      assert.is(wasi.environ_get(100, 300), 0)
      assert.is(read(300, 4), 'A=b\0')
    },
    { args: [utf8('cow'), utf8('mööh')], env: [utf8('A=b')] }
  )
})

function now({ wasi, view }: Player, clock: number): bigint {
  assert.is(wasi.clock_time_get(clock, 0n, RESULT), 0)
  return view.getBigUint64(RESULT, true)
}

system('tells the time by gas: one is one nanosecond', () => {
  play(
    guest => {
      const before = now(guest, 0)
      guest.gas.value -= 1_000_000n
      assert.is(now(guest, 0) - before, 1_000_500n)
      assert.is(now(guest, 1), now(guest, 0) - 5000n - 500n)
      assert.is(guest.wasi.clock_time_get(9, 0n, RESULT), ERRNO.invalid)
      assert.is(guest.wasi.clock_res_get(0, RESULT), 0)
      assert.is(guest.view.getBigUint64(RESULT, true), 1n)
    },
    { epochNs: 5000n }
  )
})

function subscribe(
  { view }: Player,
  index: number,
  userdata: bigint,
  clock: number,
  timeout: bigint,
  isAbsolute = false
) {
  const at = 1000 + index * 48
  view.setBigUint64(at, userdata, true)
  view.setUint8(at + 8, 0)
  view.setUint32(at + 16, clock, true)
  view.setBigUint64(at + 24, timeout, true)
  view.setUint16(at + 40, isAbsolute ? 1 : 0, true)
}

system('sleeps without waiting, to the nearest time', () => {
  play(guest => {
    subscribe(guest, 0, 11n, 1, 9_000_000_000n)
    subscribe(guest, 1, 22n, 1, 3_000_000_000n)
    const before = now(guest, 1)
    assert.is(guest.wasi.poll_oneoff(1000, 5000, 2, RESULT), 0)
    assert.is(guest.view.getUint32(RESULT, true), 1)
    assert.is(guest.view.getBigUint64(5000, true), 22n)
    assert.ok(now(guest, 1) - before >= 3_000_000_000n)
    const processTime = now(guest, 2)
    assert.ok(processTime < 1_000_000n, 'sleep is not work')
    subscribe(guest, 0, 33n, 1, 1n, true)
    assert.is(guest.wasi.poll_oneoff(1000, 5000, 1, RESULT), 0)
    assert.is(guest.view.getBigUint64(5000, true), 33n)
  })
})

system('has every descriptor ready at once', () => {
  play(guest => {
    const { view, wasi } = guest
    subscribe(guest, 0, 1n, 1, 1_000_000_000n)
    for (const [index, fd] of [1, 99].entries()) {
      const at = 1048 + index * 48
      view.setBigUint64(at, BigInt(fd), true)
      view.setUint8(at + 8, 2)
      view.setUint32(at + 16, fd, true)
    }
    assert.is(wasi.poll_oneoff(1000, 5000, 3, RESULT), 0)
    assert.is(view.getUint32(RESULT, true), 2)
    assert.is(view.getUint16(5008, true), 0)
    assert.is(view.getUint16(5040, true), ERRNO.badDescriptor)
    assert.is(wasi.poll_oneoff(1000, 5000, 0, RESULT), ERRNO.invalid)
  })
})

system('gives the bytes of the seed', () => {
  const draw = (seed: number) => {
    let out = ''
    play(
      ({ wasi, memory }) => {
        assert.is(wasi.random_get(100, 10), 0)
        out = Buffer.from(memory.subarray(100, 110)).toString('hex')
      },
      { seed: new Uint8Array(32).fill(seed) }
    )
    return out
  }
  assert.is(draw(1), draw(1))
  assert.is.not(draw(1), draw(2))
  assert.match(draw(1), /^[0-9a-f]{20}$/)
})

system('leaves with eight bits', () => {
  for (const [code, exitCode] of [
    [0, 0],
    [7, 7],
    [256, 0],
    [-1, 255]
  ] as const) {
    const outcome = play(({ wasi }) => {
      wasi.proc_exit(code)
      assert.unreachable()
    })
    assert.is(outcome.status, 'exited')
    assert.is(outcome.exitCode, exitCode)
  }
})

system('charges each call, and each byte', () => {
  const { used } = play(({ wasi }) => wasi.sched_yield())
  assert.is(used, 500n)
  const written = play(guest => {
    guest.wasi.fd_write(1, ...guest.iovec(100, 200, 8000), RESULT)
  })
  assert.is(written.used, 500n + 1000n)
  const poor = play(({ wasi }) => wasi.sched_yield(), { limits: { gas: 499n } })
  assert.is(poor.status, 'out-of-gas')
})

system.run()

// --- guests that mean harm

const hostile = suite('hostile guests')

hostile('get EFAULT for a wild pointer, before anything is done', () => {
  const outcome = play(guest => {
    const { wasi, text, iovec } = guest
    for (const wild of [MEMORY_BYTES - 3, MEMORY_BYTES, -1, 0x7fffffff]) {
      assert.is(wasi.fd_write(1, ...iovec(100, ...text(200, 'unseen')), wild), ERRNO.fault)
      assert.is(wasi.path_open(4, 0, ...text(200, 'unmade'), 1, 64n, 0n, 0, wild), ERRNO.fault)
      assert.is(wasi.fd_write(1, ...iovec(100, wild, 8), RESULT), ERRNO.fault)
      assert.is(wasi.random_get(wild, 8), ERRNO.fault)
      assert.is(wasi.args_get(wild, 0), ERRNO.fault)
    }
  })
  assert.is(outcome.stdout.length, 0)
  assert.is(outcome.outputs.length, 0)
})

hostile('pay for huge and overlapping iovecs before they are moved', () => {
  const outcome = play(
    guest => {
      for (let i = 0; i < 1024; i++) guest.iovec(100 + i * 8, 0, MEMORY_BYTES)
      assert.is(guest.wasi.fd_write(1, 100, 1025, RESULT), ERRNO.invalid)
      guest.wasi.fd_write(1, 100, 1024, RESULT)
      assert.unreachable()
    },
    { limits: { gas: 1_000_000n } }
  )
  assert.is(outcome.status, 'out-of-gas')
  assert.is(outcome.stdout.length, 0)
})

hostile('never make the host fail, whatever they call with whatever they have', () => {
  const seed = testSeed()
  const random = seededRandom(Uint8Array.from({ length: 16 }, (_, i) => (seed >>> (8 * (i % 4))) & 255))
  const interesting = [0, 1, 3, 4, 5, 6, 8, 100, 1000, MEMORY_BYTES - 1, MEMORY_BYTES, -1, -8, 0x7fffffff, 0x40000000]
  const number = () => (random() % 3 === 0 ? random() | 0 : (interesting[random() % interesting.length] ?? 0))
  const wide = () =>
    random() % 2 === 0 ? BigInt(number()) : BigInt.asIntN(64, (BigInt(random()) << 32n) | BigInt(random()))
  const calm = WASI_NAMES.filter(name => name !== 'proc_exit')
  for (let game = 0; game < 40; game++) {
    const outcome = play(
      ({ wasi, memory }) => {
        for (let i = 0; i < 2000; i++)
          memory[random() % 2000] = random() % 5 === 0 ? random() & 255 : 97 + (random() % 3)
        for (let turn = 0; turn < 500; turn++) {
          const name = calm[random() % calm.length] ?? 'sched_yield'
          const args = (wasiSignature(name)?.params ?? []).map(type => (type === I64 ? wide() : number()))
          const errno: unknown = Reflect.apply(wasi[name], undefined, args)
          assert.type(errno, 'number', `${name}(${args})`)
        }
      },
      {
        limits: { gas: 1_000_000_000n, outputBytes: 100_000, tmpBytes: 100_000, outputFiles: 20, logBytes: 10_000_000 }
      }
    )
    assert.ok(['exited', 'out-of-gas', 'output-limit'].includes(outcome.status), outcome.diagnostics)
  }
})

hostile.run()

// --- names

const names = suite('isUtf8')

names('knows UTF-8 as the platform does', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const isDecodable = (bytes: Uint8Array) => {
    try {
      decoder.decode(bytes)
      return true
    } catch {
      return false
    }
  }
  const random = seededRandom(utf8('sixteen bytes ok'))
  const leads = [
    0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff, 0x9f, 0xa0, 0x8f,
    0x90
  ]
  for (let turn = 0; turn < 20_000; turn++) {
    const bytes = Uint8Array.from({ length: 1 + (random() % 5) }, () => leads[random() % leads.length] ?? 0)
    assert.is(isUtf8(bytes), isDecodable(bytes), Buffer.from(bytes).toString('hex'))
  }
})

names.run()
