/** Which files may go into a job of Lilypad's: exactly those that the module names, no programs, at most 10 MiB together. */
import { utf8 } from '../core/utf8.ts'
import { LilypadError } from './errors.ts'
import type { Fields } from './fields.ts'
import { badField } from './fields.ts'

/** All input files of one job. */
export const MAX_INPUT_FILES_BYTES = 10 * 1024 * 1024

/** The names that a module declares. */
export interface InputFiles {
  readonly required: readonly string[]
  readonly optional: readonly string[]
}

/** A file that a user gives. */
export interface GivenFile {
  readonly name: string
  readonly bytes: Uint8Array
}

const NAME = /^(?!\.{1,2}$)[^/\\\p{Cc}]{1,255}$/u

/** The module's declaration. @throws LILYPAD_BAD_FIELD */
export function inputFilesOf(fields: Fields): InputFiles {
  const names = (list: 'required' | 'optional') => {
    const found = [...new Set(fields.texts(list))]
    for (const name of found)
      if (!NAME.test(name)) throw badField(fields.at(list), 'names of files without a path', name)
    return found
  }
  return { required: names('required'), optional: names('optional') }
}

/** Checks what a user gives against the declaration. @throws LILYPAD_INPUT_FILE */
export function checkInputFiles(declared: InputFiles, given: readonly GivenFile[]): void {
  const names = given.map(({ name }) => name)
  const known = [...new Set([...declared.required, ...declared.optional])]
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined)
    throw refused(unknown, `the module takes no such file; it takes ${known.join(', ') || 'none'}`)
  const missing = declared.required.find(name => !names.includes(name))
  if (missing !== undefined) throw refused(missing, `the module needs it: give --input-file ${missing}=<path>`)
  let total = 0
  for (const { name, bytes } of given) {
    total += bytes.length
    if (total > MAX_INPUT_FILES_BYTES) throw refused(name, 'all input files together may have 10 MiB')
    const kind = programKind(bytes)
    if (kind !== undefined) throw refused(name, `it is ${kind}, and programs may not go in`)
  }
}

function refused(name: string, why: string): LilypadError {
  return new LilypadError('LILYPAD_INPUT_FILE', `input file "${name}": ${why}`, { details: { name } })
}

const MAGIC: readonly (readonly [kind: string, ...bytes: number[]])[] = [
  ['a Linux program', 0x7f, 0x45, 0x4c, 0x46],
  ['a Windows program', 0x4d, 0x5a],
  ['a macOS program', 0xfe, 0xed, 0xfa, 0xce],
  ['a macOS program', 0xfe, 0xed, 0xfa, 0xcf],
  ['a macOS program', 0xce, 0xfa, 0xed, 0xfe],
  ['a macOS program', 0xcf, 0xfa, 0xed, 0xfe],
  ['a Java class or macOS program', 0xca, 0xfe, 0xba, 0xbe],
  ['a WebAssembly program', 0x00, 0x61, 0x73, 0x6d],
  ['a Flash program', 0x46, 0x57, 0x53],
  ['a Flash program', 0x43, 0x57, 0x53],
  ['a Flash program', 0x5a, 0x57, 0x53],
  ['a script', 0x23, 0x21]
]
const ZIP = [0x50, 0x4b, 0x03, 0x04]
const JAR_ENTRY = 'META-INF/'
const SCRIPTS = ['<script', '<?php']

/** What kind of program the bytes are; undefined when none that is known. */
function programKind(bytes: Uint8Array): string | undefined {
  const begins = (magic: readonly number[]) => magic.every((byte, i) => bytes[i] === byte)
  const found = MAGIC.find(([, ...magic]) => begins(magic))
  if (found !== undefined) return found[0]
  if (begins(ZIP) && includes(bytes, JAR_ENTRY)) return 'a Java archive'
  return SCRIPTS.some(mark => includes(bytes, mark)) ? 'a page with a script' : undefined
}

/** Whether ASCII text occurs, without regard to case. */
function includes(bytes: Uint8Array, text: string): boolean {
  const lower = utf8(text.toLowerCase())
  const [first] = lower
  const low = (byte: number | undefined) => (byte !== undefined && byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte)
  for (let at = 0; at + lower.length <= bytes.length; at++)
    if (low(bytes[at]) === first && lower.every((byte, i) => low(bytes[at + i]) === byte)) return true
  return false
}
