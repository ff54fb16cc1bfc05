// The stage of the browser's tests: a testnet of separate processes, one of whose nodes serves the page, and a Chromium.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { loadProfile } from '../../node/host/profile.ts'
import { type Cast, logPathOf, type MemberPlan } from '../../testnet/members.ts'
import { Stage } from '../e2e/stage.ts'
import { PHOTO } from '../fixtures/photo.ts'
import { runCommand } from '../harness/command.ts'
import { until } from '../support.ts'
import { launch, openPage, type Watched } from './chromium.ts'

/** The node that serves the page. */
export const SERVER = 'light'

/** Real blocks, real votes, a small machine. */
const LONG_MS = 240_000
const BUILD_MS = 180_000

/** The page as it is now, within its budget. */
async function buildPage(): Promise<void> {
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const { code, output } = await runCommand(process.execPath, ['node/browser/build/build.ts'], {
    cwd,
    timeoutMs: BUILD_MS
  })
  if (code !== 0) throw new Error(`the page was not built: ${output}`)
}

/** @see the head of this file */
export class LightStage {
  readonly stage: Stage
  readonly browser: Browser
  readonly url: string

  private constructor(stage: Stage, browser: Browser, url: string) {
    this.stage = stage
    this.browser = browser
    this.url = url
  }

  /** Brings everything up. */
  static async raise(cast: Partial<Cast>, others: readonly MemberPlan[] = []): Promise<LightStage> {
    await buildPage()
    const args = ['--role', 'jc', '--serve-light', '0']
    const stage = await Stage.raise({ cast, extra: [{ name: SERVER, args }, ...others] })
    try {
      const log = logPathOf(stage.testnet.member(SERVER))
      const url = await until(async () => /^light +(\S+)$/m.exec(await readFile(log, 'utf8'))?.[1], {
        what: 'the address of the page',
        timeoutMs: 60_000
      })
      return new LightStage(stage, await launch(), url)
    } catch (error) {
      await stage.clear()
      throw error
    }
  }

  /** Takes everything down. */
  async clear(): Promise<void> {
    await this.browser.close()
    await this.stage.clear()
  }

  /** Stops a member, and has a newcomer in its place. */
  async replace(member: string, plan: MemberPlan): Promise<void> {
    await this.stage.testnet.stop(member)
    await this.stage.testnet.settle(plan)
    await this.stage.restart(plan.name)
  }

  /** Where a page reaches a member by WebSocket. */
  async addressOf(member: string): Promise<string> {
    const log = await readFile(logPathOf(this.stage.testnet.member(member)), 'utf8')
    const [address] = /\S+\/ws\/p2p\/\w+/.exec(log) ?? []
    if (address === undefined) throw new Error(`${member} listens for no page`)
    return address
  }

  /** Where the chain answers, and the key of an account with money, for a wallet. */
  async chain(): Promise<{ rpcUrl: string; chainId: number; privateKey: string }> {
    const profile = await loadProfile(this.stage.testnet.paths.profileFile, {})
    const [rpcUrl = ''] = profile.rpcUrls
    return { rpcUrl, chainId: Number(profile.chainId), privateKey: profile.faucetKey ?? '' }
  }

  /** A page of its own profile, or one more of a given one, connected. */
  async open(context?: BrowserContext, hash = ''): Promise<Watched & { context: BrowserContext }> {
    const own = context ?? (await this.browser.newContext())
    own.setDefaultTimeout(LONG_MS)
    const watched = await openPage(own, this.url + hash)
    await connected(watched.page)
    return { ...watched, context: own }
  }
}

/** Waits until the page says that it is connected. */
export async function connected(page: Page): Promise<void> {
  await page.locator('#state', { hasText: /^Connected$/ }).waitFor()
}

/** Goes to a page by its hash. */
export async function visit(page: Page, hash: string): Promise<void> {
  await page.evaluate(to => {
    location.hash = to
  }, hash)
}

/** Takes coins of the local network for a session. */
export async function takeCoins(page: Page): Promise<void> {
  await visit(page, '#/wallet')
  await page.getByRole('button', { name: 'Take test coins' }).click()
  await page.getByText('has given coins').waitFor()
}

/** Fills cowsay's form and offers the job; resolves on the job's page, to its hash. */
export async function submitCowsay(page: Page, message: string): Promise<string> {
  await visit(page, '#/')
  await page.getByRole('link', { name: 'cowsay', exact: true }).click()
  await page.getByLabel('Message').fill(message)
  await page.getByRole('button', { name: 'Run it' }).click()
  await page.waitForURL(/#\/job\//)
  return new URL(page.url()).hash
}

/** Chooses a picture for the face finder and offers the job; resolves on the job's page. */
export async function submitFaces(page: Page): Promise<void> {
  await visit(page, '#/')
  await page.getByRole('link', { name: 'faces', exact: true }).click()
  await page.getByLabel('photo').setInputFiles(PHOTO)
  await page.getByAltText(/^The chosen picture/).waitFor()
  await page.getByRole('button', { name: 'Run it' }).click()
  await page.waitForURL(/#\/job\//)
}

/** Offers a job of some ten seconds that prints how far it is, and that nobody is to check; resolves when that is seen. */
export async function submitFractal(page: Page): Promise<Locator> {
  await visit(page, '#/')
  await page.getByRole('link', { name: 'fractal', exact: true }).click()
  await page.getByLabel('pixels').fill('1600')
  await page.getByLabel('iterations').fill('20000')
  await page.getByLabel('Check the result').selectOption('0')
  await page.getByRole('button', { name: 'Run it' }).click()
  await page.waitForURL(/#\/job\//)
  const live = page.getByRole('region', { name: 'Live output' })
  await live.getByText('5 %').waitFor()
  return live
}

/** How a job that has ended is told. */
const ENDED = /^(Verified|Accepted|Wrong result|Not verif|No verdict|Refuted|Refunded|Failed|Cancelled)/

/** Waits for a job's standing on its page; gives the whole of it. @throws when the job ends in another way */
export async function standing(page: Page, title: RegExp): Promise<string> {
  const place = page.locator('#standing')
  return until(
    async () => {
      const text = (await place.textContent()) ?? ''
      if (title.test(text)) return text
      if (ENDED.test(text)) {
        const timeline = await page.locator('.timeline li').allTextContents()
        throw new Error(`the job ended otherwise: ${text}\n${timeline.join('\n')}`)
      }
      return undefined
    },
    { timeoutMs: LONG_MS, intervalMs: 200, what: `a job that is ${title}` }
  )
}
