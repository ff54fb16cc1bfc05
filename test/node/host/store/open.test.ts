// What is said of a data folder that cannot be opened.
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openLevel } from '../../../../node/host/store/open.ts'
import { rejects, tmp } from '../../../support.ts'

const test = suite('openLevel')

test('makes the folder, for its owner alone', async () => {
  const folder = join(await tmp(), 'a', 'b')
  const level = await openLevel(folder)
  await level.close()
  assert.ok((await readdir(folder)).includes('CURRENT'))
})

test('says that a folder is in use', async () => {
  const folder = await tmp()
  const level = await openLevel(folder)
  const error = await rejects(openLevel(folder), 'DATA_FOLDER_IN_USE')
  assert.match(error.message, folder)
  await level.close()
})

test('says that a folder is corrupt, whichever of its files is', async () => {
  for (const pattern of [/^CURRENT$/, /^MANIFEST-/]) {
    const folder = await tmp()
    const level = await openLevel(folder)
    await level.put('a', Uint8Array.of(1))
    await level.close()
    const file = (await readdir(folder)).find(name => pattern.test(name))
    assert.ok(file)
    await writeFile(join(folder, file ?? ''), 'nonsense')
    const error = await rejects(openLevel(folder), 'DATA_FOLDER_CORRUPT')
    assert.match(error.message, 'key.json')
  }
})

test('says that a folder cannot be used', async () => {
  const file = join(await tmp(), 'file')
  await writeFile(file, '')
  await rejects(openLevel(join(file, 'sub')), 'DATA_FOLDER_UNUSABLE')
})

test.run()
