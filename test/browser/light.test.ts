// timeout: 900
// The light client in a real Chromium against a testnet of separate processes; nothing is mocked.
//
// | scenario                                     | what is shown                                                       |
// |----------------------------------------------|---------------------------------------------------------------------|
// | a mediator tab                               | it stakes, is drawn (2 + 1 mediators for 3 seats), its vote counts  |
// | WebRTC-Direct                                | the page connects where it is given no WebSocket address            |
// | a wallet of another chain                    | a clear state, nothing sent                                         |
// | a wallet deposits                            | EIP-6963, two payments, the session has the money                   |
// | keyboard only                                | from the address to an offered job without a pointer                |
// | reload and reopen                            | the job goes on; its result is there in a new tab                   |
// | a picture                                    | chosen, looked at by a network in the sandbox, verified, shown      |
// | live logs                                    | a long job's progress, before its result                            |
// | verify this yourself                         | five checks, the last of them a run in the page                     |
// | the receipt                                  | proven by the CLI and by the page, from one block hash              |
// | axe                                          | no serious finding on any page                                      |
// | the session key                              | exported, and imported into another browser                         |
// | no third party                               | every request went to the page's node, the chain or a peer          |
// | the serving node is cut off                  | the page stays connected and completes a job                        |
// | a node that hides offers                     | one of the two that the page is told of: its job is verified still   |
// | a provider that lies                         | refuted, never "verified", its result not shown                     |
// | a forged handover                            | not believed: what is verified and shown is what was committed to   |
// | wrong bytes                                  | not taken: the page gets the result from those who ran it again     |
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lastBlockOf, parseReceipt } from '../../protocols/settlement/receipt.ts'
import { cheatArgs } from '../../testnet/members.ts'
import { runCommand } from '../harness/command.ts'
import { onlyIf, tmp } from '../support.ts'
import { hasChromium, type Watched } from './chromium.ts'
import {
  connected,
  LightStage,
  SERVER,
  standing,
  submitCowsay,
  submitFaces,
  submitFractal,
  takeCoins,
  visit
} from './stage.ts'
import { installWallet } from './wallet.ts'

const light = suite('the light client')
const scenario = onlyIf(light, hasChromium())

const CLI = fileURLToPath(new URL('../../cli/bin.mjs', import.meta.url))

let stage: LightStage
let mediator: Watched
let user: Watched & { context: BrowserContext }
let firstJob = ''

light.before(async () => {
  const hider = { name: 'hider', args: ['--role', 'jc', '--misbehave', 'hidden-offers'] }
  if (hasChromium()) stage = await LightStage.raise({ providers: 1, cheats: 1, mediators: 2 }, [hider])
})
light.after(() => stage?.clear())

scenario('a tab becomes a mediator', async () => {
  mediator = await stage.open()
  await takeCoins(mediator.page)
  await visit(mediator.page, '#/node')
  await mediator.page.getByRole('button', { name: 'Become a mediator' }).click()
  await mediator.page.getByText('Staked.').waitFor()
})

scenario('a page reaches nodes by WebRTC-Direct alone', async () => {
  const context = await stage.browser.newContext()
  await tellBootstrap(context, all => all.filter(address => address.includes('/webrtc-direct/')).slice(0, 1))
  const { page } = await stage.open(context, '#/node')
  await page.locator('.peers li', { hasText: 'WebRTC' }).waitFor()
  await context.close()
})

scenario('a wallet of another chain is told so, and nothing is sent', async () => {
  const context = await stage.browser.newContext()
  const chain = await stage.chain()
  const signed = await installWallet(context, { ...chain, name: 'Elsewhere', claimedChainId: 1 })
  const { page } = await stage.open(context, '#/wallet')
  await page.getByRole('button', { name: 'Deposit from Elsewhere' }).click()
  await page.getByText('Wrong chain.').waitFor()
  assert.is(signed(), 0)
  await context.close()
})

scenario('a wallet deposits for the session', async () => {
  const context = await stage.browser.newContext()
  const signed = await installWallet(context, await stage.chain())
  user = await stage.open(context, '#/wallet')
  await user.page.getByRole('button', { name: 'Deposit from Test Wallet' }).click()
  assert.match(await said(user.page), 'Jobs need no further prompt')
  await user.page.locator('#money', { hasText: '0.5 ETH' }).waitFor()
  assert.is(signed(), 2)
  await user.page.getByLabel('Amount in ETH').last().fill('0.01')
  await user.page.getByRole('button', { name: 'Withdraw' }).click()
  await user.page.getByText('left the Market for your wallet').waitFor()
})

scenario('a job is offered by the keyboard alone', async () => {
  const { page } = user
  await visit(page, '#/')
  await page.getByRole('link', { name: 'cowsay', exact: true }).waitFor()
  await tabTo(page, 'cowsay')
  await page.keyboard.press('Enter')
  await page.getByLabel('Message').waitFor()
  await tabTo(page, 'Message')
  await page.keyboard.type('moo by keys')
  await tabTo(page, 'Run it')
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/job\//)
  firstJob = new URL(page.url()).hash
})

scenario('a reload in the middle loses nothing', async () => {
  const { page } = user
  await standing(page, /Running|handed in|fetched|Being verified|Verified/)
  await page.reload()
  await connected(page)
  assert.match(await standing(page, /^Verified/), 'A committee of 3')
  assert.match((await page.locator('pre[data-path=stdout]').textContent()) ?? '', '< moo by keys >')
  const timeline = (await page.locator('.timeline').textContent()) ?? ''
  for (const word of ['Offer given', 'Matched', 'Deal on chain', 'Committee', 'verdict correct'])
    assert.match(timeline, word)
})

scenario('the mediator tab was in the committee', async () => {
  const { page } = user
  await visit(mediator.page, '#/node')
  const account = await accountOf(mediator.page)
  const paid = page.locator(`tr:has(code[title="${account}"])`, { hasText: 'mediator' })
  assert.is(await paid.count(), 1, 'the tab was paid for its vote')
})

scenario('the owner verifies the result in the page', async () => {
  const { page } = user
  await page.getByRole('button', { name: 'Verify this yourself' }).click()
  await page.locator('#checks li').nth(4).waitFor()
  assert.is(await page.locator('#checks li.good').count(), 5, (await page.locator('#checks').textContent()) ?? '')
})

scenario('a chosen picture comes back with its faces framed, verified', async () => {
  const { page } = user
  const firstHash = new URL(page.url()).hash
  await submitFaces(page)
  await standing(page, /^Verified/)
  assert.match((await page.locator('pre[data-path="outputs/faces.json"]').textContent()) ?? '', '"faces"')
  const framed = page.getByAltText('The picture outputs/faces.png of the result')
  await framed.waitFor()
  const size = await framed.evaluate(image => (image instanceof HTMLImageElement ? image.naturalWidth : 0))
  assert.is(size, 320)
  await visit(page, firstHash)
})

scenario('what a long job prints is seen while it runs, as text, and gone when its result is there', async () => {
  const { page } = user
  const before = new URL(page.url()).hash
  const live = await submitFractal(page)
  assert.match((await page.locator('#standing').textContent()) ?? '', /^Running/)
  assert.match((await live.textContent()) ?? '', 'Nobody has checked it')
  await page.getByAltText('The picture outputs/fractal.png of the result').waitFor()
  assert.is(await live.locator('pre').count(), 0)
  await visit(page, before)
})

scenario('the receipt proves it to somebody else, offline', async () => {
  const { page } = user
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save the receipt' }).click()
  ])
  const file = join(await tmp(), 'receipt.json')
  await download.saveAs(file)
  const text = await readFile(file, 'utf8')
  const { hash } = lastBlockOf(parseReceipt(text))
  const network = stage.stage.testnet.paths.profileFile
  const good = await runCommand(
    process.execPath,
    [CLI, 'receipt', 'verify', file, '--block', hash, '--network', network],
    {
      cwd: tmpdir(),
      timeoutMs: 60_000
    }
  )
  assert.is(good.code, 0, good.output)
  for (const word of ['correct', 'settled', 'mediator', ' for']) assert.match(good.output, word)
  const other = `0x${'11'.repeat(32)}`
  const bad = await runCommand(
    process.execPath,
    [CLI, 'receipt', 'verify', file, '--block', other, '--network', network],
    {
      cwd: tmpdir(),
      timeoutMs: 60_000
    }
  )
  assert.match(bad.output, 'RECEIPT_UNTRUSTED_BLOCK')
  await visit(page, '#/jobs')
  await page.getByLabel('The receipt').setInputFiles(file)
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByText('Proven.').waitFor()
})

scenario('axe finds nothing serious', async () => {
  const { page } = user
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  for (const hash of ['#/', firstJob, '#/wallet', '#/node', '#/jobs']) {
    await visit(page, hash)
    await page.waitForFunction(() => document.querySelector('main [aria-busy]') === null)
    // From outside of the page: its own policy lets no foreign script in.
    await page.evaluate(source)
    const found = await page.evaluate(async () => {
      const axe: unknown = Reflect.get(globalThis, 'axe')
      if (typeof axe !== 'object' || axe === null || !('run' in axe) || typeof axe.run !== 'function') return ['no axe']
      const { violations }: { violations: { id: string; impact: string; nodes: { html: string }[] }[] } =
        await axe.run()
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
    })
    assert.equal(found, [], hash)
  }
})

scenario('a tab that is closed after the deal finds the result when it is opened again', async () => {
  const { page, context } = user
  const hash = await submitCowsay(page, 'see you later')
  await standing(page, /Running|handed in|fetched|Being verified|Verified/)
  await page.close()
  user = await stage.open(context, hash)
  await standing(user.page, /^Verified/)
  assert.match((await user.page.locator('pre[data-path=stdout]').textContent()) ?? '', '< see you later >')
})

scenario('the session key moves to another browser', async () => {
  const { page } = user
  await visit(page, '#/node')
  const account = await accountOf(page)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click()
  ])
  const file = join(await tmp(), 'key.json')
  await download.saveAs(file)
  const other = await stage.open(undefined, '#/node')
  assert.is.not(await accountOf(other.page), account)
  await other.page.locator('#key-file').setInputFiles(file)
  await Promise.all([
    other.page.waitForEvent('load'),
    other.page.getByRole('button', { name: 'Import', exact: true }).click()
  ])
  await connected(other.page)
  assert.is(await accountOf(other.page), account)
  await other.context.close()
})

scenario('no request went to anybody else', async () => {
  for (const { origins } of [mediator, user])
    for (const origin of origins) assert.match(origin, /^(http|ws):\/\/127\.0\.0\.1:\d+$|^blob:|^null$/)
  assert.equal([...mediator.errors, ...user.errors], [])
})

scenario('a node that hides offers cannot keep a page from the market', async () => {
  const context = await stage.browser.newContext()
  const addresses = await Promise.all([stage.addressOf('hider'), stage.addressOf('mediator-1')])
  await tellBootstrap(context, () => addresses)
  const { page } = await stage.open(context)
  await takeCoins(page)
  await submitCowsay(page, 'found all the same')
  await standing(page, /^Verified/)
  await context.close()
})

scenario('the page goes on when the node that served it is gone', async () => {
  await stage.stage.testnet.stop(SERVER)
  await submitCowsay(user.page, 'without you')
  await standing(user.page, /^Verified/)
  assert.match((await user.page.locator('pre[data-path=stdout]').textContent()) ?? '', '< without you >')
})

scenario('a provider that lies is refuted', async () => {
  await stage.stage.testnet.stop('provider-1')
  await submitCowsay(user.page, 'the truth')
  await standing(user.page, /^(Refuted|Wrong result)/)
  await user.page.getByText('was found to be wrong').waitFor()
  assert.is(await user.page.locator('pre[data-path=stdout]').count(), 0)
})

scenario('a forged handover is not believed', async () => {
  await stage.replace('cheat-1', { name: 'forger', args: cheatArgs('forged-handover') })
  await submitCowsay(user.page, 'no forgery')
  await standing(user.page, /^Verified/)
  assert.match((await user.page.locator('pre[data-path=stdout]').textContent()) ?? '', '< no forgery >')
})

scenario('wrong bytes are not taken', async () => {
  await stage.replace('forger', { name: 'spoiler', args: cheatArgs('wrong-bytes') })
  await submitCowsay(user.page, 'byte for byte')
  await standing(user.page, /^Verified/)
  assert.match((await user.page.locator('pre[data-path=stdout]').textContent()) ?? '', '< byte for byte >')
})

light.run()

/** Has the pages of a context told other bootstrap nodes than the profile has. */
async function tellBootstrap(context: BrowserContext, choose: (all: string[]) => string[]): Promise<void> {
  await context.route('**/profile.json', async route => {
    const response = await route.fetch()
    const profile: { bootstrap: string[] } = await response.json()
    await route.fulfill({ response, json: { ...profile, bootstrap: choose(profile.bootstrap) } })
  })
}

/** The account of the session, on the node's page. */
async function accountOf(page: Page): Promise<string | null> {
  return page.locator('.facts code').nth(1).getAttribute('title')
}

/** What the wallet page says of what was asked of it, good or bad. */
async function said(page: Page): Promise<string> {
  const notice = page.locator('#wallet-said .notice')
  await notice.waitFor()
  return (await notice.textContent()) ?? ''
}

/** Presses Tab until the element with that name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    const at = await page.evaluate(() => {
      const focused = document.activeElement
      const label = focused instanceof HTMLTextAreaElement ? focused.labels?.[0]?.textContent : focused?.textContent
      return label?.trim()
    })
    if (at === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no Tab leads to ${name}`)
}
