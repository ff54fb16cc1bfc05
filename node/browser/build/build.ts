/**
 * `npm run build:light`: the page by vite into dist/light, with the budget that CI holds. Prints each file, what a first visit
 * loads, and the CID under which any gateway can serve the page.
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { canonicalTree, NullStore } from '../../peer/content/canonical.ts'

/** What a first visit may load, in bytes of gzip: libp2p, Helia and the chain with the page over them. */
const BUDGET_BYTES = 420_000

const root = resolve(import.meta.dirname, '../page')
const outDir = resolve(process.argv[2] ?? resolve(import.meta.dirname, '../../../dist/light'))

await build({
  root,
  base: './',
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  worker: { format: 'es' },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false
  }
})

const files = await filesOf(outDir)
const initial = await initialFiles()
let initialBytes = 0
for (const { path, bytes } of files) {
  const gzipBytes = gzipSync(bytes, { level: 9 }).length
  if (initial.has(path)) initialBytes += gzipBytes
  console.log(`${initial.has(path) ? 'initial' : 'later  '}  ${String(gzipBytes).padStart(8)} B gzip  ${path}`)
}
const cid = await canonicalTree(
  files.map(({ path, bytes }) => ({ path, content: bytes })),
  new NullStore()
)
console.log(`initial bundle: ${initialBytes} B gzip of ${BUDGET_BYTES}`)
console.log(`page: ${cid}`)
if (initialBytes > BUDGET_BYTES) {
  console.error(`the initial bundle is ${initialBytes - BUDGET_BYTES} B over its budget`)
  process.exitCode = 1
}

async function filesOf(folder: string) {
  const found: { path: string; bytes: Uint8Array }[] = []
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const file = join(folder, name)
    if ((await stat(file)).isFile()) found.push({ path: name.split(sep).join('/'), bytes: await readFile(file) })
  }
  return found
}

/** The page and what it names, and what those import before anything is done. */
async function initialFiles(): Promise<ReadonlySet<string>> {
  const seen = new Set(['index.html'])
  for (const path of seen) {
    const text = await readFile(join(outDir, path), 'utf8')
    const named = path.endsWith('.html')
      ? [...text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(match => match[1] ?? '')
      : [...text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)].map(match => `assets/${match[1]}`)
    for (const name of named) seen.add(name)
  }
  return seen
}
