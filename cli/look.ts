/** How to look at a job's result: the command that opens its pictures and sounds, which a terminal cannot show. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What is drawn or played and nothing else: no page and no vector picture, whose scripts a browser would run. */
const MEDIA = /\.(png|jpe?g|gif|webp|bmp|wav|mp3|ogg|flac)$/i

/** More are not listed: whoever has so many opens the folder. */
const MAX_FILES = 8

const OPENERS: Readonly<Record<string, string>> = { darwin: 'open', win32: 'start' }

/** A line for each picture and sound below `outputs/`, as it is typed in a shell; undefined when there is none. */
export async function howToOpen(dir: string): Promise<string | undefined> {
  const outputs = join(dir, 'outputs')
  const names = await readdir(outputs, { recursive: true }).catch(() => [])
  const media = names.filter(name => MEDIA.test(name) && !/\p{Cc}/u.test(name)).sort()
  if (media.length === 0) return undefined
  const opener = OPENERS[process.platform] ?? 'xdg-open'
  const lines = media.slice(0, MAX_FILES).map(name => `${opener} ${quoted(join(outputs, name))}`)
  if (media.length > MAX_FILES) lines.push(`and ${media.length - MAX_FILES} more in ${quoted(outputs)}`)
  return lines.join('\n')
}

/** The job's author chose the name: a shell must see one word and nothing else in it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
