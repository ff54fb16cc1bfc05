// What serves the page: its files and nothing beside them, its policy, and a faucet for its own page only.

import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LightServer, type LightServerInit } from '../../../../node/host/light/server.ts'
import type { LightProfile } from '../../../../node/peer/light-profile.ts'
import { rejects, tmp } from '../../../support.ts'

const light = suite('light server')

const ACCOUNT = `0x${'ab'.repeat(20)}`
const log = Object.assign(() => {}, { error() {} })

let server: LightServer
const given: string[] = []

async function init(): Promise<LightServerInit> {
  const pageDir = join(await tmp(), 'page')
  await mkdir(join(pageDir, 'assets'), { recursive: true })
  await writeFile(join(pageDir, 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(pageDir, 'assets/a.js'), 'export {}')
  await writeFile(join(pageDir, 'secret.key'), 'not for anybody')
  const profile = { version: 1, agent: 'test' } as LightProfile
  const giveCoins = async (account: string) => void given.push(account)
  return { port: 0, pageDir, profile: async () => profile, giveCoins, log }
}

light.before(async () => {
  server = new LightServer(await init())
  await server.start()
})
light.after(() => server.stop())

light('serves the page with its policy', async () => {
  const { status, headers, body } = await ask('/')
  assert.is(status, 200)
  assert.match(body, '<title>page')
  assert.match(String(headers['content-security-policy']), "default-src 'none'")
  assert.not.match(String(headers['content-security-policy']), 'unsafe-inline')
})

light('says that hashed files never change, and the page may', async () => {
  assert.match(String((await ask('/assets/a.js')).headers['cache-control']), 'immutable')
  assert.is((await ask('/')).headers['cache-control'], 'no-cache')
})

for (const path of ['/secret.key', '/../package.json', '/%2e%2e/package.json', '/assets', '/nothing'])
  light(`has nothing at ${path}`, async () => {
    assert.is((await ask(path)).status, 404)
  })

light('serves nobody who calls it by another name', async () => {
  assert.is((await ask('/', { headers: { host: 'evil.example' } })).status, 403)
})

light('gives coins to its own page', async () => {
  const origin = server.url.slice(0, -1)
  assert.is((await ask('/faucet', { method: 'POST', headers: { origin }, body: ACCOUNT })).status, 200)
  assert.equal(given.splice(0), [ACCOUNT])
})

light('gives none to other pages, to no page, and to what is no account', async () => {
  const origin = server.url.slice(0, -1)
  assert.is(
    (await ask('/faucet', { method: 'POST', headers: { origin: 'https://evil.example' }, body: ACCOUNT })).status,
    403
  )
  assert.is((await ask('/faucet', { method: 'POST', body: ACCOUNT })).status, 403)
  assert.is((await ask('/faucet', { method: 'POST', headers: { origin }, body: 'me' })).status, 400)
  assert.is((await ask('/faucet', { method: 'POST', headers: { origin }, body: ACCOUNT.repeat(100) })).status, 400)
  assert.equal(given, [])
})

light('says that the page was not built', async () => {
  await rejects(new LightServer({ ...(await init()), pageDir: await tmp() }).start(), 'LIGHT_NOT_BUILT')
})

light('says that its port is taken', async () => {
  const port = Number(new URL(server.url).port)
  await rejects(new LightServer({ ...(await init()), port }).start(), 'PORT_IN_USE')
})

light.run()

interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A bare request: fetch would tidy the path and the headers that matter here. */
function ask(path: string, { method = 'GET', headers = {}, body = '' }: Ask = {}) {
  const { hostname, port } = new URL(server.url)
  return new Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const call = request({ hostname, port, path, method, headers, agent: false }, response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', part => {
          text += part
        })
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: text }))
      })
      call.on('error', reject)
      call.end(body)
    }
  )
}
