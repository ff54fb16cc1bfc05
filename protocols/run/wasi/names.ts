/**
 * Names and paths of the guest. Inside the tree a name is text with one character per byte: comparing such text orders it
 * by bytes, and no name changes its bytes on the way through.
 */
import { MAX_NAME_BYTES, MAX_PATH_BYTES } from './abi.ts'
import { ERRNO, fail } from './errno.ts'

/** Bytes as one character each. */
export function byteText(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += String.fromCharCode(byte)
  return out
}

/** The bytes of such text. */
export function textBytes(text: string): Uint8Array {
  return Uint8Array.from(text, char => char.charCodeAt(0))
}

function continuations(lead: number): number {
  if (lead < 0x80) return 0
  if (lead >= 0xc2 && lead < 0xe0) return 1
  if (lead >= 0xe0 && lead < 0xf0) return 2
  return lead >= 0xf0 && lead < 0xf5 ? 3 : -1
}

/** Least second byte of the leads that could encode a number in more bytes than it needs. */
const LEAST_SECOND: Readonly<Record<number, number>> = { 224: 0xa0, 240: 0x90 }
/** Greatest second byte of the leads that could reach surrogates, or beyond U+10FFFF. */
const GREATEST_SECOND: Readonly<Record<number, number>> = { 237: 0x9f, 244: 0x8f }

/** Whether bytes are well-formed UTF-8 (RFC 3629). */
export function isUtf8(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i] ?? 0
    const more = continuations(lead)
    if (more === -1) return false
    for (let k = 1; k <= more; k++) {
      const byte = bytes[i + k] ?? 0
      const least = (k === 1 ? LEAST_SECOND[lead] : undefined) ?? 0x80
      const greatest = (k === 1 ? GREATEST_SECOND[lead] : undefined) ?? 0xbf
      if (byte < least || byte > greatest) return false
    }
    i += 1 + more
  }
  return true
}

/** Names that no result directory holds: with control characters, a backslash, or U+FFFD. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const INADMISSIBLE = /[\u0000-\u001f\u007f\\]|\xef\xbf\xbd/

/** A path split at its slashes. */
export interface GuestPath {
  /** Without `.`; `..` is kept for the walk. */
  readonly parts: readonly string[]
  /** It ends in a slash or a dot: it can only mean a directory. */
  readonly isDirectory: boolean
}

/**
 * A path that the guest gave, relative to a directory.
 *
 * @throws CallError nameTooLong, illegalName, noEntry when empty, notCapable when absolute
 */
export function parsePath(bytes: Uint8Array): GuestPath {
  if (bytes.length === 0) fail(ERRNO.noEntry)
  if (bytes.length > MAX_PATH_BYTES) fail(ERRNO.nameTooLong)
  if (!isUtf8(bytes)) fail(ERRNO.illegalName)
  const text = byteText(bytes)
  if (INADMISSIBLE.test(text)) fail(ERRNO.illegalName)
  if (text.startsWith('/')) fail(ERRNO.notCapable)
  const parts = text.split('/').filter(part => part !== '' && part !== '.')
  if (parts.some(part => part.length > MAX_NAME_BYTES)) fail(ERRNO.nameTooLong)
  return { parts, isDirectory: /(^|\/)\.{0,2}$/.test(text) }
}
