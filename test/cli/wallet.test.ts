// `lilynode wallet` as far as it needs no network: keys are made, found, and never shown or lost.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tmp } from '../support.ts'
import { inProcess, jsonLines } from './spawn.ts'

/** The first account of every development chain. */
const KNOWN = {
  key: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  account: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
}

const wallet = suite<{ home: string }>('wallet')

wallet.before.each(async context => {
  context.home = await tmp()
})

wallet('new makes a key that address then shows', async ({ home }) => {
  const made = await inProcess(['wallet', 'new', '--json'], { home })
  assert.is(made.code, 0, made.stderr)
  const [line] = jsonLines(made.stdout)
  const shown = await inProcess(['wallet', 'address'], { home })
  assert.is(shown.stdout, `${line?.account}\n`)
  assert.match(shown.stdout, /^0x[0-9a-f]{40}\n$/)
})

wallet('new writes files for the owner alone, and prints no secret', async ({ home }) => {
  const { stdout } = await inProcess(['wallet', 'new'], { home })
  const folder = join(home, 'data', 'local')
  const files = await readdir(folder)
  assert.equal(files.sort(), ['key.json', 'key.password'])
  for (const file of files) assert.is((await stat(join(folder, file))).mode & 0o777, 0o600)
  const password = (await readFile(join(folder, 'key.password'), 'utf8')).trim()
  assert.ok(password.length >= 20)
  assert.not.ok(stdout.includes(password))
})

wallet('new never replaces a key', async ({ home }) => {
  const where = { home }
  await inProcess(['wallet', 'new'], where)
  const before = await inProcess(['wallet', 'address'], where)
  const again = await inProcess(['wallet', 'new'], where)
  assert.is(again.code, 73)
  assert.match(again.stderr, /^error WALLET_EXISTS: /)
  assert.is((await inProcess(['wallet', 'address'], where)).stdout, before.stdout)
})

wallet('keys are by network and by data folder', async ({ home }) => {
  const at = async (...flags: string[]) => {
    const { stdout } = await inProcess(['wallet', 'new', '--json', ...flags], { home })
    return jsonLines(stdout)[0]?.account
  }
  const accounts = [await at(), await at('--network', 'other'), await at('--data', join(home, 'elsewhere'))]
  assert.is(new Set(accounts).size, 3)
})

wallet('address makes no key', async ({ home }) => {
  const { code, stdout, stderr } = await inProcess(['wallet', 'address'], { home })
  assert.is(code, 78)
  assert.is(stdout, '')
  assert.match(stderr, /^error KEY_NONE: /)
  assert.equal(await readdir(home), [])
})

wallet('takes the key of the environment, and makes none beside it', async ({ home }) => {
  const where = { home, env: { LILYNODE_PRIVATE_KEY: KNOWN.key } }
  const shown = await inProcess(['wallet', 'address'], where)
  assert.is(shown.stdout, `${KNOWN.account}\n`)
  const made = await inProcess(['wallet', 'new'], where)
  assert.is(made.code, 78)
  assert.match(made.stderr, /^error CONFIG_KEY_IN_ENV: /)
})

wallet('does not show a key of the environment that is wrong', async ({ home }) => {
  const secret = `${KNOWN.key}ff`
  const { code, stderr } = await inProcess(['wallet', 'address'], { home, env: { LILYNODE_PRIVATE_KEY: secret } })
  assert.is(code, 78)
  assert.match(stderr, /^error KEY_INVALID: /)
  assert.not.match(stderr, secret)
})

wallet('a password that is not the right one opens nothing', async ({ home }) => {
  await inProcess(['wallet', 'new'], { home, env: { LILYNODE_PASSWORD: 'right' } })
  const wrong = await inProcess(['wallet', 'address'], { home, env: { LILYNODE_PASSWORD: 'wrong' } })
  assert.is(wrong.code, 78)
  assert.match(wrong.stderr, /^error KEY_PASSWORD_WRONG: /)
  const none = await inProcess(['wallet', 'address'], { home })
  assert.match(none.stderr, /^error KEY_PASSWORD_MISSING: /)
})

wallet.run()
