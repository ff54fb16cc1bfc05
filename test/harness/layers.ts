// The walls that project references cannot express: the order of the folders inside protocols, and which packages the
// isomorphic layers may use. A step of `npm run check`; run directly it prints what is wrong.
import { readFile } from 'node:fs/promises'
import { join, posix, resolve } from 'node:path'
import { sourceFiles } from './tree.ts'

/** Each folder or file of protocols imports only what stands before it. */
const ORDER = [
  'core',
  'params.ts',
  'offer',
  'sync',
  'job',
  'module',
  'match',
  'deal',
  'result',
  'run',
  'lilypad',
  'committee',
  'settlement',
  'request',
  'status.ts',
  'where.ts',
  'wire.ts',
  'events.ts'
]

/** The packages of the layers that also run in a browser; the first prefix that fits a file counts. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'protocols/': ['@ipld/dag-cbor', '@noble/curves', '@noble/hashes', 'multiformats', 'valibot'],
  'contracts/generated/': [],
  'node/market/': ['@libp2p/interface', 'multiformats'],
  'node/chain/': ['@noble/curves', 'abitype', 'ethers', 'valibot'],
  'node/peer/': [
    '@chainsafe/libp2p-gossipsub',
    '@chainsafe/libp2p-noise',
    '@chainsafe/libp2p-yamux',
    '@helia/libp2p',
    '@ipld/dag-pb',
    '@libp2p/circuit-relay-v2',
    '@libp2p/identify',
    '@libp2p/interface',
    '@libp2p/kad-dht',
    '@libp2p/peer-id',
    '@libp2p/ping',
    '@libp2p/utils',
    '@libp2p/websockets',
    '@multiformats/multiaddr',
    'helia',
    'ipfs-unixfs',
    'ipfs-unixfs-importer',
    'multiformats',
    'valibot'
  ],
  // The tool that builds the page runs in Node.js.
  'node/browser/build/': ['node:fs', 'node:path', 'node:zlib', 'vite'],
  'node/browser/': [
    '@helia/bitswap',
    '@helia/libp2p',
    '@libp2p/crypto',
    '@libp2p/interface',
    '@libp2p/logger',
    '@libp2p/webrtc',
    '@noble/curves',
    'blockstore-idb',
    'datastore-idb',
    'helia'
  ]
}

const IMPORT = /^(?:import|export)\b[^'"`;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm

/** One line for each import that breaks a wall. */
export async function layerFaults(root: string): Promise<string[]> {
  const files = (await sourceFiles(root)).filter(path => path.endsWith('.ts'))
  const faults = await Promise.all(files.map(path => fileFaults(root, path)))
  return faults.flat()
}

async function fileFaults(root: string, path: string): Promise<string[]> {
  const packages = Object.entries(PACKAGES).find(([prefix]) => path.startsWith(prefix))?.[1]
  if (packages === undefined) return []
  const text = await readFile(join(root, path), 'utf8')
  const targets = [...text.matchAll(IMPORT)].map(match => match[1] ?? match[2] ?? match[3] ?? '')
  return targets.flatMap(target => {
    const reason = target.startsWith('.') ? orderFault(path, target) : packageFault(packages, target)
    return reason === undefined ? [] : [`${path}: imports ${target}: ${reason}`]
  })
}

function orderFault(path: string, target: string): string | undefined {
  const from = placeOf(path)
  const to = placeOf(posix.join(posix.dirname(path), target))
  // Imports that leave the layer are judged by the compiler.
  if (from === undefined || to === undefined || from === to) return undefined
  const [fromIndex, toIndex] = [ORDER.indexOf(from), ORDER.indexOf(to)]
  if (fromIndex < 0) return `protocols/${from} has no place in the order of protocols`
  return toIndex >= 0 && toIndex < fromIndex ? undefined : `protocols/${from} comes before protocols/${to}`
}

/** The folder or file directly under protocols. */
function placeOf(path: string): string | undefined {
  const [layer, place] = path.split('/')
  return layer === 'protocols' ? place : undefined
}

function packageFault(packages: readonly string[], target: string): string | undefined {
  const isListed = packages.some(name => target === name || target.startsWith(`${name}/`))
  return isListed ? undefined : 'not among the packages of this layer'
}

if (import.meta.main) {
  const faults = await layerFaults(resolve(import.meta.dirname, '../..'))
  for (const fault of faults) console.log(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
