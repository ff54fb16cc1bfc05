/**
 * What a command says, for people or for programs. Answers go to stdout; progress and remarks to stderr, so that a
 * redirected answer is only that. With --json everything is on stdout, one object per line, and nothing else is.
 */
import { pipeline } from 'node:stream/promises'
import { inspect, styleText } from 'node:util'
import ora, { type Ora } from 'ora'
import type { Failure } from './failure.ts'

/** A line of --json: `type` says which. Bigints come out as decimal strings. */
export type JsonLine = { readonly type: string } & Readonly<Record<string, unknown>>

/** A stream to write on; one that is a terminal says so, and how wide it is. */
export type OutStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }

/** The two streams of a program. */
export interface Streams {
  readonly stdout: OutStream
  readonly stderr: OutStream
}

/** The mouth of a command. */
export interface Io {
  readonly isJson: boolean
  /** The answer: `text` for people, `line` for programs. */
  answer(text: string, line: JsonLine): void
  /** For programs alone. */
  emit(line: JsonLine): void
  /** A remark for people. */
  note(text: string): void
  /** Progress for people: the step before it is done. */
  step(text: string): void
  /** More about the step that goes on. */
  detail(text: string): void
  /** Whether a glimpse would be seen. */
  readonly isLive: boolean
  /** The latest of what the step says while it goes on: seen beside it in a terminal, and then gone. */
  glimpse(text: string): void
  /** A line that a job prints while it runs: dimmed, since nobody has checked it. */
  log(line: string): void
  /** The last step is done, or failed. */
  endSteps(outcome: 'done' | 'failed'): void
  /** What somebody else has written, as it is; nothing for programs. */
  copy(to: keyof Streams, source: NodeJS.ReadableStream): Promise<void>
  fail(failure: Failure): void
  /** Where an error comes from, on stderr. */
  trace(error: unknown): void
}

/** The output for programs, or for people. */
export function createIo(isJson: boolean, streams: Streams): Io {
  return isJson ? new JsonIo(streams) : new HumanIo(streams)
}

/** The line of a value for programs. */
export function toJsonLine(line: JsonLine): string {
  const text = JSON.stringify(line, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  // JSON leaves these as they are, and a terminal may take them for commands.
  return `${text.replaceAll(/[\u007f-\u009f]/g, control => `\\u00${control.charCodeAt(0).toString(16)}`)}\n`
}

/** For programs. */
export class JsonIo implements Io {
  readonly isJson = true
  readonly isLive = false
  readonly #stdout: OutStream
  readonly #stderr: OutStream

  constructor({ stdout, stderr }: Streams) {
    this.#stdout = stdout
    this.#stderr = stderr
  }

  answer(_text: string, line: JsonLine): void {
    this.emit(line)
  }

  emit(line: JsonLine): void {
    this.#stdout.write(toJsonLine(line))
  }

  note(): void {}
  step(): void {}
  detail(): void {}
  glimpse(): void {}
  log(): void {}
  endSteps(): void {}
  async copy(): Promise<void> {}

  fail(failure: Failure): void {
    this.emit({ type: 'error', ...failure })
  }

  trace(error: unknown): void {
    this.#stderr.write(`${inspect(error)}\n`)
  }
}

/** For people: a spinner in a terminal, plain lines elsewhere. */
export class HumanIo implements Io {
  readonly isJson = false
  readonly isLive: boolean
  readonly #stdout: OutStream
  readonly #stderr: OutStream
  #spinner: Ora | undefined
  #said = ''

  constructor({ stdout, stderr }: Streams) {
    this.#stdout = stdout
    this.#stderr = stderr
    // A terminal that does not tell its width cannot be drawn on.
    this.isLive = stderr.isTTY === true && Boolean(stderr.columns)
  }

  answer(text: string): void {
    this.endSteps('done')
    this.#stdout.write(`${text}\n`)
  }

  emit(): void {}

  note(text: string): void {
    const spinner = this.#spinner
    spinner?.clear()
    this.#stderr.write(`${text}\n`)
    spinner?.render()
  }

  step(text: string): void {
    if (!this.isLive) {
      this.#plain(text)
      return
    }
    this.endSteps('done')
    this.#spinner = ora({ stream: this.#stderr, discardStdin: false, text }).start()
  }

  detail(text: string): void {
    if (this.#spinner === undefined) this.#plain(text)
    else this.#spinner.text = text
  }

  glimpse(text: string): void {
    if (this.#spinner !== undefined) this.#spinner.suffixText = this.#dim(text)
  }

  log(line: string): void {
    this.note(this.#dim(`| ${line}`))
  }

  endSteps(outcome: 'done' | 'failed'): void {
    if (this.#spinner !== undefined) this.#spinner.suffixText = ''
    if (outcome === 'done') this.#spinner?.succeed()
    else this.#spinner?.fail()
    this.#spinner = undefined
  }

  async copy(to: keyof Streams, source: NodeJS.ReadableStream): Promise<void> {
    await pipeline(source, to === 'stdout' ? this.#stdout : this.#stderr, { end: false })
  }

  fail({ code, message, hint }: Failure): void {
    this.endSteps('failed')
    const label = styleText('red', 'error', { stream: this.#stderr })
    this.#stderr.write(`${label} ${code}: ${message}\n`)
    if (hint !== undefined) this.#stderr.write(`  hint: ${hint}\n`)
  }

  trace(error: unknown): void {
    this.#stderr.write(`${inspect(error)}\n`)
  }

  #dim(text: string): string {
    return styleText('dim', text, { stream: this.#stderr })
  }

  #plain(text: string): void {
    if (text === this.#said) return
    this.#said = text
    this.#stderr.write(`${text}\n`)
  }
}
