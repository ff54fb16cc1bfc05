// Where a node's key comes from, and how its file is kept.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encryptKeystoreJsonSync, Wallet } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KEY_FILE, loadKey, PASSWORD_FILE, randomKey } from '../../../node/host/keys.ts'
import { decryptKey, encryptKey } from '../../../node/host/keystore.ts'
import { toHex } from '../../../protocols/core/bytes.ts'
import { rejects, tmp } from '../../support.ts'

// ---
const keys = suite('loadKey')

keys('makes a key with a password of its own, and finds it again', async () => {
  const dataDir = join(await tmp(), 'data')
  const made = await loadKey({ dataDir, env: {} })
  assert.is(made.source, 'created')
  const found = await loadKey({ dataDir, env: {} })
  assert.is(found.source, 'file')
  assert.equal(found.privateKey, made.privateKey)
  for (const file of [KEY_FILE, PASSWORD_FILE]) {
    assert.is((await stat(join(dataDir, file))).mode & 0o777, 0o600)
  }
})

keys('keeps no password where one is given', async () => {
  const dataDir = await tmp()
  const made = await loadKey({ dataDir, env: { LILYNODE_PASSWORD: 'secret' } })
  await rejects(loadKey({ dataDir, env: {} }), 'KEY_PASSWORD_MISSING')
  await rejects(loadKey({ dataDir, env: { LILYNODE_PASSWORD: 'wrong' } }), 'KEY_PASSWORD_WRONG')
  const passwordFile = join(dataDir, 'password.txt')
  await writeFile(passwordFile, 'secret\nanother line\n')
  const found = await loadKey({ dataDir, env: {}, passwordFile })
  assert.equal(found.privateKey, made.privateKey)
})

keys('takes a key from the environment and writes nothing', async () => {
  const dataDir = join(await tmp(), 'data')
  const key = randomKey()
  const found = await loadKey({ dataDir, env: { LILYNODE_PRIVATE_KEY: toHex(key) } })
  assert.is(found.source, 'environment')
  assert.equal(found.privateKey, key)
  await rejects(
    stat(dataDir).then(() => undefined),
    'ENOENT'
  )
})

keys('refuses an unusable key without showing it', async () => {
  const dataDir = await tmp()
  for (const text of ['0x12', `0x${'00'.repeat(32)}`, 'horse battery']) {
    const error = await rejects(loadKey({ dataDir, env: { LILYNODE_PRIVATE_KEY: text } }), 'KEY_INVALID')
    assert.not.ok(error.message.includes(text))
  }
})

keys('says what is wrong with a key file', async () => {
  const dataDir = await tmp()
  const made = await loadKey({ dataDir, env: { LILYNODE_PASSWORD: 'secret' } })
  const json = await readFile(join(dataDir, KEY_FILE), 'utf8')
  assert.not.ok(json.includes(toHex(made.privateKey).slice(2)))
  await writeFile(join(dataDir, KEY_FILE), json.slice(0, 100))
  await rejects(loadKey({ dataDir, env: { LILYNODE_PASSWORD: 'secret' } }), 'KEY_FILE_CORRUPT')
  await rejects(loadKey({ dataDir, env: {}, passwordFile: join(dataDir, 'none') }), 'KEY_FILE_UNUSABLE')
})

keys.run()

// ---
const keystore = suite('keystore')

keystore('is read by other wallets', async () => {
  const key = randomKey()
  const wallet = await Wallet.fromEncryptedJson(await encryptKey(key, 'pässword'), 'pässword')
  assert.is(wallet.privateKey, toHex(key))
})

keystore('reads what other wallets write', async () => {
  const key = randomKey()
  const json = encryptKeystoreJsonSync({ address: new Wallet(toHex(key)).address, privateKey: toHex(key) }, 'secret', {
    scrypt: { N: 1024, r: 8, p: 1 }
  })
  assert.equal(await decryptKey(json, 'secret'), key)
  await rejects(decryptKey(json, 'Secret'), 'KEY_PASSWORD_WRONG')
  // The vector of the format's specification for its other kind of derivation.
  const pbkdf2 = {
    version: 3,
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
      ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
      kdf: 'pbkdf2',
      kdfparams: {
        c: 262144,
        dklen: 32,
        prf: 'hmac-sha256',
        salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd'
      },
      mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2'
    }
  }
  const expected = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
  assert.is(toHex(await decryptKey(JSON.stringify(pbkdf2), 'testpassword')), expected)
})

keystore('refuses what is no keystore', async () => {
  const good: unknown = JSON.parse(await encryptKey(randomKey(), 'a'))
  for (const text of ['', '{}', '[]', JSON.stringify({ ...Object(good), version: 4 })]) {
    await rejects(decryptKey(text, 'a'), 'KEY_FILE_CORRUPT')
  }
})

keystore.run()
