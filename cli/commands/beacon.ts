/** `lilynode beacon --dev`: the randomness of a development network, until Ctrl-C. */
import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { drandKey, drandSecret } from '../../node/chain/drand-scheme.ts'
import { DevBeacon } from '../../node/host/dev-beacon.ts'
import { fromHex, isHex, toHex } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { type CommonFlags, type Context, commonCommand, examples, type Launch } from '../context.ts'
import { labelled } from '../describe.ts'
import { wholeValue } from '../values.ts'

interface BeaconFlags extends CommonFlags {
  readonly dev: true
  readonly port: number
  readonly keyFile: string
}

const MAX_PORT = 65_535
const SECRET_BYTES = 32

/** The command. */
export function beaconCommand(launch: Launch): Command {
  return commonCommand('beacon', 'serve the randomness of a development network')
    .requiredOption('--dev', 'yes: seeds of one known key, for development networks alone')
    .option('--port <port>', 'port on 127.0.0.1; 0: any free', wholeValue(0, MAX_PORT), 0)
    .requiredOption('--key-file <file>', 'holds the secret key, in hex; made when it is not there')
    .addHelpText('after', examples('lilynode beacon --dev --key-file ./beacon.key --port 8600'))
    .action((flags: BeaconFlags) => launch(flags, context => serve(flags, context)))
}

async function serve({ port, keyFile }: BeaconFlags, { io, signal }: Context): Promise<void> {
  const secret = await loadSecret(keyFile)
  const beacon = new DevBeacon({ secret, port })
  await beacon.start()
  try {
    const key = drandKey(secret)
    const text = labelled([
      ['ready', `a beacon for development at ${beacon.url}`],
      ['key', key]
    ])
    io.answer(text, { type: 'ready', url: beacon.url, key })
    if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
  } finally {
    await beacon.stop()
  }
}

async function loadSecret(file: string): Promise<Uint8Array> {
  try {
    const secret = drandSecret()
    await writeFile(file, `${toHex(secret)}\n`, { flag: 'wx', mode: 0o600 })
    return secret
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const text = (await readFile(file, 'utf8')).trim()
  if (isHex(text, SECRET_BYTES)) return fromHex(text)
  // The text is a secret, so the message must not show it.
  throw new LilyError('KEY_INVALID', `${file} holds no secret key: 0x and 64 hex digits`)
}
