// The job set in Chromium: a page ends every program as every other engine does.
// timeout: 600
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle } from '../fixtures/jobs/bundle.ts'
import { endsOf, SHALLOW_JOBS } from '../fixtures/jobs/engines.ts'
import { fileJobs } from '../fixtures/jobs/load.ts'
import { readVectors } from '../fixtures/jobs/vectors.ts'
import { onlyIf, tmp } from '../support.ts'
import { hasChromium, launch } from './chromium.ts'

const test = suite('the job set in Chromium')
const inBrowser = onlyIf(test, hasChromium())

const TYPES: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', json: 'application/json' }

inBrowser('ends alike', async () => {
  const folder = await tmp('lily-page-')
  await bundle('page-engine', folder)
  await fileJobs(SHALLOW_JOBS, join(folder, 'jobs'))
  await writeFile(join(folder, 'index.html'), '<script type="module" src="./page-engine.js"></script>')
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '')
    readFile(join(folder, path)).then(
      bytes => response.setHeader('content-type', TYPES[path.split('.').at(-1) ?? ''] ?? 'application/wasm').end(bytes),
      () => response.writeHead(404).end()
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const browser = await launch()
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${address.port}/`)
    await page.waitForFunction('typeof runAll === "function"')
    const ends = await endsOf(await page.evaluate<string[]>('runAll()'))
    assert.is(ends.size, SHALLOW_JOBS.length)
    for (const { name, expect } of await readVectors()) if (ends.has(name)) assert.equal(ends.get(name), expect, name)
  } finally {
    await browser.close()
    await new Promise(resolve => server.close(resolve))
  }
})

test.run()
