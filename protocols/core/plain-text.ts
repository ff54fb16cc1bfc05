/**
 * Text that a stranger's program has printed, made fit to be shown on a terminal or a page: nothing in it moves a cursor,
 * changes a colour or a title, asks the terminal for an answer, or turns the direction of what is read.
 *
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-48/ (escape sequences)
 */

/** ESC as a pattern: the character itself is one that no source should have. */
const ESC = String.raw`\u{1b}`

/** A whole escape sequence: with parameters (CSI), with a string up to its end (OSC, DCS, SOS, PM, APC), or of one letter. */
const SEQUENCE = new RegExp(
  `${ESC}\\[[0-?]*[ -/]*[@-~]|${ESC}[\\]PX^_][^\\u{7}${ESC}]*(?:\\u{7}|${ESC}\\\\)?|${ESC}[ -/]*[0-OQ-WYZ\\\\\`-~]`,
  'gu'
)

/** What is left of control: all of C0, C1 and DEL but tab and newline; marks of direction; separators of lines. */
const CONTROL = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/**
 * The text without escape sequences and without any control character but tab and newline. A sequence that was cut off
 * leaves its harmless rest.
 *
 * @example plainText('\u001b[31mred\u001b[0m\u0007') === 'red'
 */
export function plainText(text: string): string {
  return text.replaceAll(SEQUENCE, '').replaceAll(CONTROL, '')
}
