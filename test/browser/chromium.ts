// Debian's Chromium under playwright-core: one browser for a test file, and a log of every request that its pages make.
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const PROGRAM = process.env.LILYNODE_CHROMIUM ?? '/usr/bin/chromium'

/** Quiet and offline but for the pages themselves. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-features=WebRtcHideLocalIpsWithMdns'
]

/** Whether there is a browser to test with; where CI is set there must be. */
export function hasChromium(): boolean {
  const isThere = existsSync(PROGRAM)
  if (!isThere && process.env.CI) throw new Error(`CI is set and this machine lacks ${PROGRAM}`)
  return isThere
}

/** Starts the browser. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: PROGRAM, headless: true, args: FLAGS })
}

/** A page with what it asked the network for and what its console said. */
export interface Watched {
  readonly page: Page
  /** Origins of everything that it has requested, WebSockets too. */
  readonly origins: ReadonlySet<string>
  readonly errors: readonly string[]
}

/** Opens a page that is watched from its first request on. */
export async function openPage(context: BrowserContext, url: string): Promise<Watched> {
  const page = await context.newPage()
  const origins = new Set<string>()
  const errors: string[] = []
  page.on('request', request => origins.add(new URL(request.url()).origin))
  page.on('websocket', socket => origins.add(new URL(socket.url()).origin))
  page.on('pageerror', error => errors.push(error.message))
  await page.goto(url)
  return { page, origins, errors }
}
