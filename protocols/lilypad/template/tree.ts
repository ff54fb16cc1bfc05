/** What a template is, read: the part of Go's text/template that modules use. */

/** Something with a value. */
export type Operand =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'nil' }
  /** `.`, or `$`'s and other variables' value. */
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }
  /** A field of what stands before it; of `.` when nothing does. */
  | { readonly kind: 'field'; readonly of: Operand; readonly name: string }

/** A function with its arguments, or one operand. */
export interface Command {
  readonly words: readonly Operand[]
  readonly at: number
}

/** Commands, each given the value of the one before it as its last argument. */
export interface Pipe {
  readonly commands: readonly Command[]
  /** Variables that take its value. */
  readonly names: readonly string[]
  /** `=` rather than `:=`. */
  readonly isAssignment: boolean
}

/** A piece of a template that does something. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'template'; readonly name: string; readonly pipe: Pipe | undefined }
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'action'; readonly pipe: Pipe }
  | {
      readonly kind: 'if' | 'with' | 'range'
      readonly pipe: Pipe
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
    }

/** A template with those that it defines. */
export interface Templates {
  readonly nodes: readonly Node[]
  readonly defined: ReadonlyMap<string, readonly Node[]>
}
