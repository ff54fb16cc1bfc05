// Exported session keys: what is written is read back, and nothing else is taken for a key.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatKeyFile, parseKeyFile } from '../../../node/browser/key.ts'
import { createPrivateKey, SessionSigner } from '../../../node/browser/signer.ts'
import { toHex } from '../../../protocols/core/bytes.ts'
import { throws } from '../../support.ts'

const keys = suite('key file')

keys('is read back, also as bare hex', () => {
  const key = createPrivateKey()
  const text = formatKeyFile(key)
  assert.equal(parseKeyFile(text), key)
  assert.equal(parseKeyFile(toHex(key)), key)
  assert.equal(parseKeyFile(toHex(key).slice(2).toUpperCase()), key)
  assert.match(text, new SessionSigner(key).account)
})

for (const text of ['', '{}', '{"privateKey":"0x00"}', '0x1234', `0x${'00'.repeat(32)}`, `0x${'ff'.repeat(32)}`])
  keys(`refuses ${JSON.stringify(text.slice(0, 24))}`, () => {
    throws(() => parseKeyFile(text), 'KEY_BAD_FILE')
  })

keys.run()
