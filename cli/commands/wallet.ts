/** `lilynode wallet`: the node's account and its money. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { KEY_FILE, type LoadedKey, loadKey, PASSWORD_FILE } from '../../node/host/keys.ts'
import { loadProfile } from '../../node/host/profile.ts'
import { LocalSigner } from '../../node/host/signer.ts'
import type { NodeStatus } from '../../node/market/api.ts'
import type { Address } from '../../protocols/core/account.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { formatCoins } from '../../protocols/core/units.ts'
import { type Context, examples, type Launch, type NetworkFlags, networkCommand } from '../context.ts'
import { labelled } from '../describe.ts'
import { FAUCET_FILL_WEI } from '../funds.ts'
import { present } from '../present.ts'
import { dataFolder, openSession } from '../session.ts'
import { weiValue } from '../values.ts'

/** The command. */
export function walletCommand(launch: Launch): Command {
  const amountHelp = 'coins, e.g. 0.5, 3gwei or 10wei'
  return new Command('wallet')
    .description("the node's account: make it, see it, fill it, empty it")
    .addCommand(
      networkCommand('new', 'make a new key in the data folder').action((flags: NetworkFlags) =>
        launch(flags, context => create(flags, context))
      )
    )
    .addCommand(
      networkCommand('address', 'print the account').action((flags: NetworkFlags) =>
        launch(flags, context => address(flags, context))
      )
    )
    .addCommand(
      networkCommand('balance', 'show what the account has').action((flags: NetworkFlags) =>
        launch(flags, context => balance(flags, context))
      )
    )
    .addCommand(
      networkCommand('deposit', 'put coins into the market, for jobs or as collateral')
        .argument('<amount>', amountHelp, weiValue)
        .action((amountWei: bigint, flags: NetworkFlags) =>
          launch(flags, context => move('deposit', amountWei, flags, context))
        )
    )
    .addCommand(
      networkCommand('withdraw', 'take free coins out of the market')
        .argument('<amount>', amountHelp, weiValue)
        .action((amountWei: bigint, flags: NetworkFlags) =>
          launch(flags, context => move('withdraw', amountWei, flags, context))
        )
    )
    .addCommand(
      networkCommand('faucet', 'fill the account up on a local network')
        .argument('[amount]', `${amountHelp}; default: ${formatCoins(FAUCET_FILL_WEI)}`, weiValue)
        .action((amountWei: bigint, flags: NetworkFlags) => launch(flags, context => faucet(amountWei, flags, context)))
    )
    .addHelpText(
      'after',
      examples('lilynode wallet new', 'lilynode wallet deposit 0.5', 'lilynode wallet balance --json')
    )
}

async function create(flags: NetworkFlags, context: Context): Promise<void> {
  const dataDir = dataFolder(flags, context)
  const file = join(dataDir, KEY_FILE)
  // The environment's key would hide the new one.
  if (context.env.LILYNODE_PRIVATE_KEY) {
    throw new LilyError('CONFIG_KEY_IN_ENV', 'LILYNODE_PRIVATE_KEY is set and is used instead of a key file: unset it')
  }
  if (await isThere(file)) throw new LilyError('WALLET_EXISTS', `${file} is there already: name another --data`)
  const account = accountOf(await load(flags, context))
  const passwordFile = join(dataDir, PASSWORD_FILE)
  const hasMadePassword = await isThere(passwordFile)
  const rows = [
    ['account', account],
    ['key', file],
    ['password', hasMadePassword ? `${passwordFile} (made for you; keep both files)` : 'as you gave it']
  ] as const
  context.io.answer(labelled(rows), { type: 'wallet', account, file, ...(hasMadePassword ? { passwordFile } : {}) })
}

async function address(flags: NetworkFlags, context: Context): Promise<void> {
  const account = accountOf(await existingKey(flags, context))
  context.io.answer(account, { type: 'wallet', account })
}

async function balance(flags: NetworkFlags, context: Context): Promise<void> {
  await existingKey(flags, context)
  const session = await openSession(flags, context, 'any')
  try {
    tellBalance(await session.api.status({ signal: context.signal }), context)
  } finally {
    await session.close()
  }
}

async function move(
  way: 'deposit' | 'withdraw',
  amountWei: bigint,
  flags: NetworkFlags,
  context: Context
): Promise<void> {
  const { io, signal } = context
  await existingKey(flags, context)
  const session = await openSession(flags, context, 'any')
  try {
    io.step(`${way} of ${formatCoins(amountWei)} coins`)
    await session.api[way](amountWei, { signal })
    tellBalance(await session.api.status({ signal }), context)
  } finally {
    await session.close()
  }
}

async function faucet(amountWei: bigint, flags: NetworkFlags, context: Context): Promise<void> {
  const { io, env, signal } = context
  const profile = await loadProfile(flags.network, env)
  const account = accountOf(await load(flags, context))
  const { drawFromFaucet } = await import('../../node/host/faucet.ts')
  const givenWei = await drawFromFaucet(profile, account, amountWei, { signal })
  const text =
    givenWei === 0n
      ? `${account} has ${formatCoins(amountWei)} coins already`
      : `${account} got ${formatCoins(givenWei)} coins`
  io.answer(text, { type: 'faucet', account, amountWei: givenWei })
}

function tellBalance({ account, coinWei, freeWei }: NodeStatus, { io }: Context): void {
  const text = labelled([
    ['account', account],
    ['coins', `${formatCoins(coinWei)} (for gas and deposits)`],
    ['deposited', `${formatCoins(freeWei)} (free in the market)`]
  ])
  io.answer(text, { type: 'balance', account, coinWei, freeWei })
}

/** The key that is there; unlike a node's start this makes none. @throws LilyError KEY_NONE */
async function existingKey(flags: NetworkFlags, context: Context): Promise<LoadedKey> {
  const file = join(dataFolder(flags, context), KEY_FILE)
  if (context.env.LILYNODE_PRIVATE_KEY || (await isThere(file))) return load(flags, context)
  throw new LilyError('KEY_NONE', `there is no key ${file} yet: make one with \`lilynode wallet new\``)
}

function load(flags: NetworkFlags, context: Context): Promise<LoadedKey> {
  const passwordFile = present({ passwordFile: flags.passwordFile })
  return loadKey({ dataDir: dataFolder(flags, context), env: context.env, ...passwordFile })
}

function accountOf({ privateKey }: LoadedKey): Address {
  return new LocalSigner(privateKey).account
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false
  )
}
