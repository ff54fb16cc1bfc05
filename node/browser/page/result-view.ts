/** A result's files: text, pictures, sound, and everything to download; read from the page's own verified blocks. */

import { concat } from '../../../protocols/core/bytes.ts'
import { type CID, parseCid } from '../../../protocols/core/cid.ts'
import type { JobReport } from '../../market/api.ts'
import type { ListedEntry } from '../../market/ports.ts'
import { h, notice } from './dom.ts'
import type { Open } from './session.ts'
import { explain, standing } from './words.ts'

/** Longer text is cut where it is shown; the download has all of it. */
const MAX_SHOWN_TEXT = 64 * 1024
const MAX_SHOWN_BYTES = 32 * 1024 * 1024

/** The result of a job; one that was refuted is not shown as one. */
export function resultPanel(open: Open, job: JobReport, signal: AbortSignal): Node[] {
  const { tone } = standing(job)
  if (tone === 'bad')
    return [h('h2', {}, 'Result'), notice('bad', 'Not shown.', 'What was handed in was found to be wrong.')]
  const files = h('div', { class: 'files', 'aria-busy': 'true' })
  fill(open, parseCid(job.resultCid ?? ''), files, signal).catch(error => {
    if (!signal.aborted) files.replaceChildren(notice('bad', 'Not read.', explain(error)))
  })
  return [h('h2', {}, 'Result'), files]
}

async function fill({ node }: Open, root: CID, place: HTMLElement, signal: AbortSignal): Promise<void> {
  const { content } = node.parts
  const shown: HTMLElement[] = []
  for await (const entry of content.list(root, { signal })) {
    if (entry.type === 'directory' || entry.path === 'exitCode') continue
    if (entry.path === 'stderr' && entry.sizeBytes === 0) continue
    const parts: Uint8Array[] = []
    for await (const part of content.cat(entry.cid, { signal, maxBytes: MAX_SHOWN_BYTES })) parts.push(part)
    shown.push(fileView(entry, concat(...parts), signal))
  }
  place.removeAttribute('aria-busy')
  place.replaceChildren(...shown)
}

function fileView({ path, sizeBytes }: ListedEntry, bytes: Uint8Array, signal: AbortSignal): HTMLElement {
  const type = typeOf(path, bytes)
  const url = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type }))
  signal.addEventListener('abort', () => URL.revokeObjectURL(url), { once: true })
  const name = path.split('/').at(-1) ?? path
  const download = h('a', { href: url, download: name, class: 'download' }, `Download ${name}`)
  const caption = h(
    'figcaption',
    {},
    h('span', {}, path),
    h('span', { class: 'muted small' }, sizeText(sizeBytes)),
    download
  )
  return h('figure', { class: 'file' }, bodyOf(type, url, path, bytes), caption)
}

function bodyOf(type: string, url: string, path: string, bytes: Uint8Array): HTMLElement {
  if (type.startsWith('image/')) return h('img', { src: url, alt: `The picture ${path} of the result` })
  if (type.startsWith('audio/')) return h('audio', { src: url, controls: true, 'aria-label': `The sound ${path}` })
  if (type.startsWith('text/')) {
    const text = new TextDecoder().decode(bytes.subarray(0, MAX_SHOWN_TEXT))
    return h('pre', { tabindex: '0', 'aria-label': path, 'data-path': path }, text === '' ? '(empty)' : text)
  }
  return h('p', { class: 'muted' }, 'Nothing to show; download it.')
}

/** By its first bytes where they tell, since names are the guest's; scripts and markup are never more than text here. */
function typeOf(path: string, bytes: Uint8Array): string {
  const head = [...bytes.subarray(0, 12)].map(byte => byte.toString(16).padStart(2, '0')).join('')
  if (head.startsWith('89504e470d0a1a0a')) return 'image/png'
  if (head.startsWith('ffd8ff')) return 'image/jpeg'
  if (head.startsWith('47494638')) return 'image/gif'
  if (head.startsWith('52494646') && head.endsWith('57454250')) return 'image/webp'
  if (head.startsWith('52494646') && head.endsWith('57415645')) return 'audio/wav'
  if (head.startsWith('494433') || head.startsWith('fffb')) return 'audio/mpeg'
  if (head.startsWith('4f676753')) return 'audio/ogg'
  if (path.endsWith('.svg')) return 'image/svg+xml'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return 'text/plain'
  } catch {
    return 'application/octet-stream'
  }
}

function sizeText(bytes: number): string {
  return bytes < 10_240 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} KiB`
}
