/** Escapes of Go's text/template and fmt: how `js`, `html`, `urlquery` and `%q` print, and how an escape is read back. */

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0')

const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D'
}

/** As Go's `js` prints. */
export function jsEscape(text: string): string {
  return text.replace(/[\\'"<>&=]|\p{Cc}|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, char => {
    const known = JS[char]
    if (known !== undefined) return known
    const code = char.codePointAt(0) ?? 0
    return `\\u${hex(code, 4).toUpperCase()}`
  })
}

const HTML: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;'
}

/** As Go's `html` prints. */
export function htmlEscape(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replace(/["'&<>]/g, char => HTML[char] ?? char)
}

/** As Go's `urlquery` prints: form encoding, byte by byte. */
export function queryEscape(text: string, bytesOf: (text: string) => Uint8Array): string {
  let out = ''
  for (const byte of bytesOf(text)) {
    const char = String.fromCharCode(byte)
    if (/[A-Za-z0-9_.~-]/.test(char)) out += char
    else out += char === ' ' ? '+' : `%${hex(byte, 2).toUpperCase()}`
  }
  return out
}

const GO: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"'
}

/** The inside of what Go's `%q` prints of a string; `+` leaves ASCII only. */
export function goEscape(text: string, isAscii = false): string {
  const special = isAscii ? /[\\"]|[^ -~]/gu : /[\\"]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu
  return text.replace(special, char => {
    const known = GO[char]
    if (known !== undefined) return known
    const code = char.codePointAt(0) ?? 0
    if (code < 0x80) return `\\x${hex(code, 2)}`
    return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
  })
}

const SIMPLE: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** Reads one layer of escapes back: those of JSON, of `js` and of `%q` alike. Never fails: an unknown one is its letter. */
export function readEscapes(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([\s\S]))/g,
    (_, short: string | undefined, long: string | undefined, byte: string | undefined, char: string | undefined) => {
      if (char !== undefined) return SIMPLE[char] ?? char
      const code = Number.parseInt(short ?? long ?? byte ?? '', 16)
      return code > 0x10ffff ? '\uFFFD' : long === undefined ? String.fromCharCode(code) : String.fromCodePoint(code)
    }
  )
}
