/**
 * What a job prints while its provider runs it, as its owner sees it: unchecked, so it is dimmed, freed of everything that
 * would move a terminal, and never mixed with the job's answer. All of it with --logs, else the last line for a moment.
 */
import type { JobLog } from '../node/market/job-logs.ts'
import type { AbortOptions } from '../node/market/ports.ts'
import type { Bytes32 } from '../protocols/core/bytes.ts'
import { plainText } from '../protocols/core/plain-text.ts'
import type { LogStream } from '../protocols/run/logs.ts'
import type { Io } from './io.ts'

/** A line that has no end after so many characters is shown as far as it is. */
const MAX_LINE_CHARS = 1_000

/** Characters of a line that fit beside the spinner. */
const MAX_GLIMPSE_CHARS = 60

/** Said once, before the first line. */
export const UNCHECKED = 'what the provider says that the job prints; nobody has checked it:'

/** Where logs come from, and how much of them is wanted. */
export interface LogSource {
  readonly of: (job: Bytes32, options: AbortOptions) => AsyncIterable<JobLog>
  /** All of it, or where it is a terminal the last line. */
  readonly isAll: boolean
}

/** Shows logs until they end; to people by `tell`, line by line. @throws whatever the source throws */
export async function showLogs(logs: AsyncIterable<JobLog>, io: Io, tell: (line: string) => void): Promise<void> {
  const lines = new Lines(tell)
  for await (const { stream, text, droppedBytes } of logs) {
    io.emit({ type: 'log', stream, text, ...(droppedBytes === 0 ? {} : { droppedBytes }) })
    if (droppedBytes > 0) lines.skip(droppedBytes)
    lines.add(stream, text)
  }
  lines.end()
}

/** Tells all of them beside the job's own progress, after a word of what they are. */
export function tellAll(io: Io): (line: string) => void {
  let isFirst = true
  return line => {
    if (isFirst) io.note(UNCHECKED)
    isFirst = false
    io.log(line)
  }
}

/** Tells the last of them, beside the spinner. */
export function tellLast(io: Io): (line: string) => void {
  return line => {
    if (line.trim() !== '') io.glimpse(line.slice(0, MAX_GLIMPSE_CHARS))
  }
}

/** Whole lines of the two streams. */
class Lines {
  readonly #tell: (line: string) => void
  readonly #rests = new Map<LogStream, string>()

  constructor(tell: (line: string) => void) {
    this.#tell = tell
  }

  add(stream: LogStream, text: string): void {
    // A program that draws over its own line, as progress bars do, has said a line each time.
    const lines = `${this.#rests.get(stream) ?? ''}${text}`.split(/\r?\n|\r(?!$)/)
    const rest = lines.pop() ?? ''
    for (const line of lines) this.#tell(plainText(line))
    this.#rests.set(stream, rest.length > MAX_LINE_CHARS ? '' : rest)
    if (rest.length > MAX_LINE_CHARS) this.#tell(plainText(rest))
  }

  skip(bytes: number): void {
    this.end()
    this.#tell(`(${bytes} bytes are left out)`)
  }

  end(): void {
    for (const rest of this.#rests.values()) if (rest !== '') this.#tell(plainText(rest))
    this.#rests.clear()
  }
}
