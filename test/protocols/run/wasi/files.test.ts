// Files, folders and descriptors of the guest: io.ts, paths.ts, stat.ts, tree.ts.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ERRNO } from '../../../../protocols/run/wasi/errno.ts'
import {
  CREATE,
  DIRECTORY,
  EXCLUSIVE,
  INPUTS,
  names,
  OUTPUTS,
  open,
  path,
  READ,
  RESULT,
  readAll,
  rename,
  TMP,
  TRUNCATE,
  tryOpen,
  utf8,
  WRITE,
  write
} from '../../../fixtures/wasi-files.ts'
import { outputsOf, play } from '../../../fixtures/wasi-script.ts'

// --- reading and writing

const io = suite('io')

io('writes, reads, seeks and appends', () => {
  const outcome = play(guest => {
    const { wasi, view } = guest
    const fd = open(guest, OUTPUTS, 'a', CREATE)
    write(guest, fd, 'hello world')
    assert.is(wasi.fd_seek(fd, 6n, 0, RESULT), 0)
    assert.is(readAll(guest, fd), 'world')
    assert.is(wasi.fd_seek(fd, -5n, 1, RESULT), 0)
    write(guest, fd, 'there')
    assert.is(wasi.fd_seek(fd, -1n, 2, RESULT), 0)
    assert.is(view.getBigUint64(RESULT, true), 10n)
    assert.is(wasi.fd_tell(fd, RESULT), 0)
    assert.is(view.getBigUint64(RESULT, true), 10n)
    const appender = open(guest, OUTPUTS, 'a', 0, WRITE, 1)
    write(guest, appender, '!')
  })
  assert.equal(outputsOf(outcome), { a: 'hello there!' })
})

io('reads and writes at offsets without moving', () => {
  const outcome = play(guest => {
    const { wasi, iovec, text, read, view } = guest
    const fd = open(guest, OUTPUTS, 'a', CREATE)
    assert.is(wasi.fd_pwrite(fd, ...iovec(2000, ...text(3000, 'xyz')), 2n, RESULT), 0)
    assert.is(wasi.fd_pread(fd, ...iovec(2000, 4000, 100), 1n, RESULT), 0)
    assert.is(read(4000, view.getUint32(RESULT, true)), '\0xyz')
    write(guest, fd, 'AB')
  })
  assert.equal(outputsOf(outcome), { a: 'ABxyz' })
})

io('refuses offsets beyond reach, and seeks where there is nothing to seek', () => {
  play(guest => {
    const { wasi, iovec, text } = guest
    const fd = open(guest, OUTPUTS, 'a', CREATE)
    assert.is(wasi.fd_seek(fd, -1n, 0, RESULT), ERRNO.invalid)
    assert.is(wasi.fd_seek(fd, 1n << 62n, 0, RESULT), ERRNO.invalid)
    assert.is(wasi.fd_seek(fd, 0n, 3, RESULT), ERRNO.invalid)
    assert.is(wasi.fd_seek(1, 0n, 0, RESULT), ERRNO.notSeekable)
    assert.is(wasi.fd_pwrite(fd, ...iovec(2000, ...text(3000, 'x')), -1n, RESULT), ERRNO.invalid)
    assert.is(wasi.fd_filestat_set_size(fd, -1n), ERRNO.invalid)
  })
})

io('counts bytes exactly, and gives them back', () => {
  const outcome = play(
    guest => {
      const { wasi } = guest
      const fd = open(guest, OUTPUTS, 'a', CREATE)
      assert.is(write(guest, fd, '12345678'), 0)
      assert.is(write(guest, fd, '90x'), ERRNO.noSpace)
      assert.is(write(guest, fd, '90'), 0)
      assert.is(wasi.fd_allocate(fd, 0n, 11n), ERRNO.noSpace)
      assert.is(wasi.fd_filestat_set_size(fd, 4n), 0)
      const other = open(guest, OUTPUTS, 'b', CREATE)
      assert.is(write(guest, other, '123456'), 0)
      assert.is(write(guest, other, '7'), ERRNO.noSpace)
      assert.is(path(guest, 'path_unlink_file', OUTPUTS, 'a'), 0)
      assert.is(write(guest, other, '7'), ERRNO.noSpace)
      assert.is(wasi.fd_close(fd), 0)
      assert.is(write(guest, other, '7890'), 0)
    },
    { limits: { outputBytes: 10 } }
  )
  assert.equal(outputsOf(outcome), { b: '1234567890' })
})

io('zeroes what a file had when it grows again', () => {
  const outcome = play(guest => {
    const fd = open(guest, OUTPUTS, 'a', CREATE)
    write(guest, fd, 'secret')
    guest.wasi.fd_filestat_set_size(fd, 1n)
    guest.wasi.fd_filestat_set_size(fd, 3n)
  })
  assert.equal(outputsOf(outcome), { a: 's\0\0' })
})

io('gives stdin, and holds logs to their limit', () => {
  const outcome = play(
    guest => {
      assert.is(readAll(guest, 0), 'typed')
      assert.is(write(guest, 1, '12345'), 0)
      write(guest, 1, '67890x')
      assert.unreachable('the limit ends the run')
    },
    { stdin: utf8('typed'), limits: { logBytes: 10 } }
  )
  assert.is(outcome.status, 'output-limit')
  assert.is(Buffer.from(outcome.stdout).toString(), '1234567890')
})

io('lets only those descriptors be written that were opened for it', () => {
  play(guest => {
    const reader = open(guest, OUTPUTS, 'a', CREATE, READ)
    assert.is(write(guest, reader, 'x'), ERRNO.badDescriptor)
    const writer = open(guest, OUTPUTS, 'a', 0, WRITE)
    assert.is(guest.wasi.fd_read(writer, ...guest.iovec(2000, 4000, 1), RESULT), ERRNO.badDescriptor)
    assert.is(write(guest, OUTPUTS, 'x'), ERRNO.isDirectory)
    assert.is(write(guest, 77, 'x'), ERRNO.badDescriptor)
  })
})

io.run()

// --- paths

const paths = suite('paths')

const INPUT = { path: utf8('deep/in.txt'), content: utf8('given') }

paths('shows inputs, and lets nobody change them', () => {
  play(
    guest => {
      assert.is(readAll(guest, open(guest, INPUTS, 'deep/in.txt', 0, READ)), 'given')
      assert.is(tryOpen(guest, INPUTS, 'deep/in.txt'), ERRNO.readOnly)
      assert.is(tryOpen(guest, INPUTS, 'deep/in.txt', TRUNCATE, READ), ERRNO.readOnly)
      assert.is(tryOpen(guest, INPUTS, 'new', CREATE, READ), ERRNO.readOnly)
      assert.is(path(guest, 'path_unlink_file', INPUTS, 'deep/in.txt'), ERRNO.readOnly)
      assert.is(path(guest, 'path_create_directory', INPUTS, 'new'), ERRNO.readOnly)
      assert.is(path(guest, 'path_remove_directory', INPUTS, 'deep'), ERRNO.readOnly)
      assert.is(rename(guest, 'deep/in.txt', 'mine', INPUTS), ERRNO.readOnly)
    },
    { inputs: [INPUT] }
  )
})

paths('lets no path lead out', () => {
  play(guest => {
    for (const name of ['..', '../inputs', 'a/../..', '/outputs/a', '/', './..']) {
      assert.is(tryOpen(guest, OUTPUTS, name, CREATE), name.startsWith('a') ? ERRNO.noEntry : ERRNO.notCapable, name)
    }
    assert.is(path(guest, 'path_create_directory', OUTPUTS, 'sub'), 0)
    const sub = open(guest, OUTPUTS, 'sub', DIRECTORY, READ)
    open(guest, sub, '../beside', CREATE)
    assert.is(tryOpen(guest, sub, '../../inputs', DIRECTORY, READ), ERRNO.notCapable)
  })
})

paths('refuses names that no result may have', () => {
  play(guest => {
    const bad = ['a\nb', 'a\\b', 'a\u007f', '\ufffd', 'x'.repeat(256)]
    for (const name of bad) {
      const expected = name.length > 255 ? ERRNO.nameTooLong : ERRNO.illegalName
      assert.is(tryOpen(guest, OUTPUTS, name, CREATE), expected, JSON.stringify(name.slice(0, 9)))
    }
    guest.memory.set([0xc3, 0x28], 1000)
    assert.is(guest.wasi.path_create_directory(OUTPUTS, 1000, 2), ERRNO.illegalName)
    assert.is(path(guest, 'path_create_directory', OUTPUTS, ''), ERRNO.noEntry)
    assert.is(path(guest, 'path_create_directory', OUTPUTS, 'y'.repeat(255)), 0)
  })
})

paths('opens as it is asked to', () => {
  play(guest => {
    assert.is(tryOpen(guest, OUTPUTS, 'a'), ERRNO.noEntry)
    open(guest, OUTPUTS, 'a', CREATE | EXCLUSIVE)
    assert.is(tryOpen(guest, OUTPUTS, 'a', CREATE | EXCLUSIVE), ERRNO.exists)
    assert.is(tryOpen(guest, OUTPUTS, 'a', DIRECTORY), ERRNO.notDirectory)
    assert.is(tryOpen(guest, OUTPUTS, 'a/', 0), ERRNO.notDirectory)
    assert.is(tryOpen(guest, OUTPUTS, 'a/b', CREATE), ERRNO.notDirectory)
    assert.is(tryOpen(guest, OUTPUTS, 'new/', CREATE), ERRNO.isDirectory)
    path(guest, 'path_create_directory', OUTPUTS, 'd')
    assert.is(tryOpen(guest, OUTPUTS, 'd', 0, WRITE), ERRNO.isDirectory)
    assert.is(tryOpen(guest, OUTPUTS, 'd', CREATE | EXCLUSIVE, READ), ERRNO.exists)
    assert.is(path(guest, 'path_create_directory', OUTPUTS, 'd'), ERRNO.exists)
    assert.is(guest.wasi.path_open(1, 0, 1000, 1, 0, 0n, 0n, 0, RESULT), ERRNO.notDirectory)
  })
})

paths('renames as rename(2) does', () => {
  const outcome = play(guest => {
    for (const name of ['d', 'd/e', 'full']) path(guest, 'path_create_directory', OUTPUTS, name)
    write(guest, open(guest, OUTPUTS, 'a', CREATE), 'A')
    write(guest, open(guest, OUTPUTS, 'full/b', CREATE), 'B')
    assert.is(rename(guest, 'nothing', 'x'), ERRNO.noEntry)
    assert.is(rename(guest, 'd', 'd/e/f'), ERRNO.invalid)
    assert.is(rename(guest, 'a', 'full'), ERRNO.isDirectory)
    assert.is(rename(guest, 'd', 'a'), ERRNO.notDirectory)
    assert.is(rename(guest, 'd', 'full'), ERRNO.notEmpty)
    assert.is(rename(guest, 'a', 'a'), 0)
    assert.is(rename(guest, 'a', 'full/b'), 0)
    assert.is(rename(guest, 'full', 'd/e'), 0)
    assert.is(rename(guest, 'd/e/b', 'there', OUTPUTS, TMP), ERRNO.crossDevice)
  })
  assert.equal(outputsOf(outcome), { d: undefined, 'd/e': undefined, 'd/e/b': 'A' })
})

paths('removes what is empty', () => {
  const outcome = play(guest => {
    path(guest, 'path_create_directory', OUTPUTS, 'd')
    open(guest, OUTPUTS, 'd/a', CREATE)
    assert.is(path(guest, 'path_remove_directory', OUTPUTS, 'd'), ERRNO.notEmpty)
    assert.is(path(guest, 'path_unlink_file', OUTPUTS, 'd'), ERRNO.isDirectory)
    assert.is(path(guest, 'path_remove_directory', OUTPUTS, 'd/a'), ERRNO.notDirectory)
    assert.is(path(guest, 'path_unlink_file', OUTPUTS, 'd/a'), 0)
    assert.is(path(guest, 'path_remove_directory', OUTPUTS, 'd'), 0)
    assert.is(path(guest, 'path_remove_directory', OUTPUTS, '.'), ERRNO.invalid)
  })
  assert.equal(outputsOf(outcome), {})
})

paths('has no links', () => {
  play(guest => {
    const { wasi, text } = guest
    open(guest, OUTPUTS, 'a', CREATE)
    assert.is(wasi.path_symlink(...text(1000, '/etc/passwd'), OUTPUTS, ...text(1500, 'evil')), ERRNO.notSupported)
    assert.is(wasi.path_link(OUTPUTS, 0, ...text(1000, 'a'), OUTPUTS, ...text(1500, 'b')), ERRNO.notSupported)
    assert.is(wasi.path_readlink(OUTPUTS, ...text(1000, 'a'), 4000, 100, RESULT), ERRNO.invalid)
  })
})

paths('counts files and folders, and gives them back', () => {
  const outcome = play(
    guest => {
      path(guest, 'path_create_directory', OUTPUTS, 'd')
      open(guest, OUTPUTS, 'a', CREATE)
      assert.is(tryOpen(guest, OUTPUTS, 'b', CREATE), ERRNO.noSpace)
      assert.is(path(guest, 'path_remove_directory', OUTPUTS, 'd'), 0)
      open(guest, OUTPUTS, 'b', CREATE)
      assert.is(rename(guest, 'a', 'b'), 0)
      guest.wasi.fd_close(6)
      guest.wasi.fd_close(7)
      open(guest, OUTPUTS, 'c', CREATE)
      assert.is(tryOpen(guest, OUTPUTS, 'd', CREATE), ERRNO.noSpace)
    },
    { limits: { outputFiles: 2 } }
  )
  assert.equal(Object.keys(outputsOf(outcome)), ['b', 'c'])
})

paths('goes no deeper than a result may', () => {
  play(guest => {
    const nested = (name: string, depth: number) => new Array(depth).fill(name).join('/')
    for (let depth = 1; depth <= 60; depth++) {
      assert.is(path(guest, 'path_create_directory', OUTPUTS, nested('d', depth)), 0, `depth ${depth}`)
    }
    assert.is(path(guest, 'path_create_directory', OUTPUTS, nested('d', 61)), ERRNO.nameTooLong)
    open(guest, OUTPUTS, `${nested('d', 60)}/file`, CREATE)
    path(guest, 'path_create_directory', OUTPUTS, 'e')
    path(guest, 'path_create_directory', OUTPUTS, 'e/e')
    assert.is(rename(guest, 'e', `${nested('d', 59)}/e`), ERRNO.nameTooLong)
    assert.is(rename(guest, 'e', `${nested('d', 58)}/e`), 0)
  })
})

paths.run()

// --- descriptors

const descriptors = suite('descriptors')

descriptors('tells what was given at the start', () => {
  play(({ wasi, view, read }) => {
    for (const [fd, name] of [
      [INPUTS, '/inputs'],
      [OUTPUTS, '/outputs'],
      [TMP, '/tmp']
    ] as const) {
      assert.is(wasi.fd_prestat_get(fd, RESULT), 0)
      assert.is(view.getUint32(RESULT + 4, true), name.length)
      assert.is(wasi.fd_prestat_dir_name(fd, 1000, name.length), 0)
      assert.is(read(1000, name.length), name)
      assert.is(wasi.fd_prestat_dir_name(fd, 1000, name.length - 1), ERRNO.nameTooLong)
    }
    assert.is(wasi.fd_prestat_get(6, RESULT), ERRNO.badDescriptor)
    assert.is(wasi.fd_prestat_get(1, RESULT), ERRNO.badDescriptor)
  })
})

descriptors('takes the lowest free number, up to a limit', () => {
  play(guest => {
    assert.is(open(guest, OUTPUTS, 'a', CREATE), 6)
    assert.is(open(guest, OUTPUTS, 'a'), 7)
    assert.is(guest.wasi.fd_close(6), 0)
    assert.is(guest.wasi.fd_close(6), ERRNO.badDescriptor)
    assert.is(open(guest, OUTPUTS, 'a'), 6)
    assert.is(guest.wasi.fd_renumber(7, 1), 0)
    assert.is(write(guest, 1, 'to the file'), 0)
    for (let fd = 7; fd < 1024; fd++) open(guest, OUTPUTS, 'a')
    assert.is(tryOpen(guest, OUTPUTS, 'a'), ERRNO.tooManyDescriptors)
  })
})

descriptors('tells type, size and link count, and no time', () => {
  play(guest => {
    const { wasi, view } = guest
    const fd = open(guest, OUTPUTS, 'a', CREATE)
    write(guest, fd, '12345')
    assert.is(wasi.fd_filestat_get(fd, RESULT), 0)
    assert.is(view.getUint8(RESULT + 16), 4)
    assert.is(view.getBigUint64(RESULT + 24, true), 1n)
    assert.is(view.getBigUint64(RESULT + 32, true), 5n)
    for (const at of [40, 48, 56]) assert.is(view.getBigUint64(RESULT + at, true), 0n)
    assert.is(wasi.path_filestat_get(OUTPUTS, 0, ...guest.text(1000, '.'), RESULT), 0)
    assert.is(view.getUint8(RESULT + 16), 3)
    assert.is(wasi.fd_fdstat_get(1, RESULT), 0)
    assert.is(view.getUint8(RESULT), 2)
  })
})

descriptors('lists folders in the order of names, in pieces of any size', () => {
  play(guest => {
    const { wasi, view } = guest
    for (const name of ['b', 'a', 'ä', 'B']) open(guest, OUTPUTS, name, CREATE)
    assert.equal(names(guest, OUTPUTS), ['.', '..', 'B', 'a', 'b', 'ä'])
    // A buffer for one entry and a half: the half shows that there is more.
    assert.is(wasi.fd_readdir(OUTPUTS, 20_000, 40, 0n, RESULT), 0)
    assert.is(view.getUint32(RESULT, true), 40)
    assert.is(wasi.fd_readdir(OUTPUTS, 20_000, 10_000, 5n, RESULT), 0)
    assert.is(view.getUint32(RESULT, true), 26)
    assert.is(wasi.fd_readdir(OUTPUTS, 20_000, 10_000, 6n, RESULT), 0)
    assert.is(view.getUint32(RESULT, true), 0)
    assert.is(wasi.fd_readdir(OUTPUTS, 20_000, 10_000, 99n, RESULT), ERRNO.invalid)
  })
})

descriptors('skips no entry when entries go while they are listed', () => {
  const outcome = play(guest => {
    const { wasi, view, read } = guest
    for (let i = 0; i < 20; i++) open(guest, OUTPUTS, `file${i}`, CREATE)
    for (let cookie = 0n; ; ) {
      wasi.fd_readdir(OUTPUTS, 20_000, 64, cookie, RESULT)
      if (view.getUint32(RESULT, true) === 0) break
      cookie = view.getBigUint64(20_000, true)
      const name = read(20_024, view.getUint32(20_016, true))
      if (!name.startsWith('.')) assert.is(path(guest, 'path_unlink_file', OUTPUTS, name), 0)
    }
  })
  assert.equal(outputsOf(outcome), {})
})

descriptors('gives rights away, and none back', () => {
  play(guest => {
    const { wasi } = guest
    assert.is(wasi.fd_fdstat_set_rights(OUTPUTS, 0n, READ), 0)
    assert.is(wasi.fd_fdstat_set_rights(OUTPUTS, 0n, READ | WRITE), ERRNO.notCapable)
    const fd = open(guest, OUTPUTS, 'a', CREATE)
    assert.is(write(guest, fd, 'x'), ERRNO.badDescriptor)
  })
})

descriptors.run()
