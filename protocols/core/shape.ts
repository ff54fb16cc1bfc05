/**
 * What a field may hold, as data: errors, the tables of protocols/README.md and the tests of every limit are made of the
 * same value that the codec checks against.
 */

/** The values of one field. Limits are inclusive. */
export type Shape =
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'uint'; readonly bits: number }
  | { readonly kind: 'text'; readonly maxBytes: number }
  | { readonly kind: 'flag' }
  | { readonly kind: 'one-of'; readonly words: readonly string[] }
  | { readonly kind: 'bytes'; readonly min: number; readonly max: number }
  /** Bytes of one length that are hex in memory. */
  | { readonly kind: 'hex'; readonly length: number }
  | { readonly kind: 'address' }
  | { readonly kind: 'cid' }
  | { readonly kind: 'nullable'; readonly of: Shape }
  | { readonly kind: 'list'; readonly of: Shape; readonly max: number }
  | { readonly kind: 'record'; readonly of: Shape; readonly max: number }
  | { readonly kind: 'struct'; readonly fields: Readonly<Record<string, Shape>> }

/** The shape in words, as an error says it and as the wire tables print it. */
export function describeShape(shape: Shape): string {
  switch (shape.kind) {
    case 'integer':
      if (shape.min === shape.max) return `the integer ${shape.min}`
      return `integer ${shape.min}..${shape.max === Number.MAX_SAFE_INTEGER ? '2^53-1' : shape.max}`
    case 'uint':
      return `unsigned integer of ${shape.bits} bits`
    case 'text':
      return `text of at most ${shape.maxBytes} bytes`
    case 'flag':
      return 'true or false'
    case 'one-of':
      return `one of ${shape.words.join(', ')}`
    case 'bytes':
      return shape.min === shape.max ? `${shape.min} bytes` : `${shape.min}..${shape.max} bytes`
    case 'hex':
      return `${shape.length} bytes`
    case 'address':
      return 'account, 20 bytes'
    case 'cid':
      return 'CIDv1 with SHA-256'
    case 'nullable':
      return `null or ${describeShape(shape.of)}`
    case 'list':
      return `list of at most ${shape.max}: ${describeShape(shape.of)}`
    case 'record':
      return `map of at most ${shape.max} names: ${describeShape(shape.of)}`
    case 'struct':
      return `map of ${Object.keys(shape.fields).join(', ')}`
  }
}
