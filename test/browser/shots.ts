// `npm run shots [-- folder]`: pictures of every state of the page at desk and phone width, to be looked at by people.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { LightStage, standing, submitCowsay, submitFaces, submitFractal, takeCoins, visit } from './stage.ts'
import { installWallet } from './wallet.ts'

const WIDTHS = [1280, 390] as const
const HEIGHT_PX = 844
const HOLD_MS = 5_000

const folder = resolve(process.argv[2] ?? 'shots')
await mkdir(folder, { recursive: true })
const stage = await LightStage.raise({ providers: 1, cheats: 0, mediators: 3 })
try {
  await shootAll()
} finally {
  await stage.clear()
}
console.log(`the pictures are in ${folder}`)

async function shootAll(): Promise<void> {
  const context = await stage.browser.newContext()
  await installWallet(context, await stage.chain())
  await context.route('**/profile.json', async route => {
    // Held back for a moment: the state before the connection is worth a picture as well.
    await new Promise(done => setTimeout(done, HOLD_MS))
    await route.continue()
  })
  const early = await context.newPage()
  await early.goto(stage.url)
  await shoot(early, '1-connecting')
  await early.close()
  await context.unroute('**/profile.json')

  const { page } = await stage.open(context)
  await settled(page)
  await shoot(page, '2-run')
  await page.getByRole('link', { name: 'cowsay', exact: true }).click()
  await page.getByLabel('Message').fill('moo')
  await shoot(page, '3-module')
  await page.getByRole('button', { name: 'Run it' }).click()
  await page.getByText('Not enough money.').waitFor()
  await shoot(page, '4-no-money')
  await visit(page, '#/wallet')
  await settled(page)
  await shoot(page, '5-wallet')
  await takeCoins(page)
  await submitCowsay(page, 'a picture of a cow')
  await standing(page, /Running|handed in|fetched|Being verified/)
  await shoot(page, '6-job-under-way')
  await standing(page, /^Verified/)
  await page.getByRole('button', { name: 'Verify this yourself' }).click()
  await page.locator('#checks li').nth(4).waitFor()
  await shoot(page, '7-job-verified')
  await submitFaces(page)
  await standing(page, /^Verified/)
  await page.getByAltText('The picture outputs/faces.png of the result').waitFor()
  await shoot(page, '7b-picture')
  await submitFractal(page)
  await shoot(page, '7c-live-output')
  await visit(page, '#/jobs')
  await settled(page)
  await shoot(page, '8-jobs')
  await visit(page, '#/node')
  await settled(page)
  await shoot(page, '9-node')
  const second = await context.newPage()
  await second.goto(stage.url)
  await second.getByText('Open in another tab').waitFor()
  await shoot(second, '10-failed')
}

/** One picture for each width, light; the wide one dark as well. */
async function shoot(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT_PX })
    await page.screenshot({ path: join(folder, `${name}-${width}.png`), fullPage: true })
  }
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: join(folder, `${name}-390-dark.png`), fullPage: true })
  await page.emulateMedia({ colorScheme: 'light' })
}

async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('main [aria-busy]') === null)
}
