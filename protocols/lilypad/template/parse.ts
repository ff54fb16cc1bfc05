/** Reads a template. What it does not know it refuses by name; it never guesses. */
import { LilypadError } from '../errors.ts'
import { type Piece, piecesOf, syntaxError, type Token } from './lex.ts'
import { parseCharacter, parseNumber, unquote } from './literal.ts'
import type { Command, Node, Operand, Pipe, Templates } from './tree.ts'

const UNSUPPORTED = ['call']

/** Deepest nesting of blocks and parentheses: a template is not meant to fill a stack. */
const MAX_DEPTH = 256

/**
 * The nodes of a template and of those that it defines.
 *
 * @param functions names that may be called
 * @throws LILYPAD_TEMPLATE_SYNTAX, LILYPAD_TEMPLATE_UNSUPPORTED
 */
export function parseTemplate(source: string, functions: ReadonlySet<string>): Templates {
  return new Parser(source, functions).template()
}

type End = 'end' | 'else' | 'source'

class Parser {
  readonly #source: string
  readonly #functions: ReadonlySet<string>
  readonly #pieces: readonly Piece[]
  #next = 0
  #depth = 0
  /** The variables that are known, innermost last. */
  #variables: string[] = ['$']
  /** How many loops of the same template are open. */
  #loops = 0
  readonly #defined = new Map<string, readonly Node[]>()

  constructor(source: string, functions: ReadonlySet<string>) {
    this.#source = source
    this.#functions = functions
    this.#pieces = piecesOf(source)
  }

  template(): Templates {
    const { nodes, end, at } = this.#nodes(true)
    if (end !== 'source') throw syntaxError(this.#source, at, `{{${end}}} without a beginning`)
    return { nodes, defined: this.#defined }
  }

  /** Nodes until an `{{end}}` or an `{{else}}`, whose words after `else` are left in `rest`. */
  #nodes(isTop = false): { nodes: Node[]; end: End; rest: Words; at: number } {
    const nodes: Node[] = []
    for (;;) {
      const piece = this.#pieces[this.#next++]
      if (piece === undefined) return { nodes, end: 'source', rest: new Words([], 0), at: this.#source.length }
      if (piece.kind === 'text') {
        nodes.push(piece)
        continue
      }
      const words = new Words(piece.tokens, piece.at)
      const keyword = words.keyword()
      if (keyword === 'end' || keyword === 'else') {
        words.take()
        if (keyword === 'end') this.#expectEnd(words)
        return { nodes, end: keyword, rest: words, at: piece.at }
      }
      if (keyword !== undefined && UNSUPPORTED.includes(keyword)) throw unsupported(`{{${keyword}}}`)
      if (keyword === 'define' && !isTop) throw syntaxError(this.#source, piece.at, '{{define}} within another block')
      if (keyword === 'define') this.#define(words)
      else if (keyword === 'template' || keyword === 'block') nodes.push(this.#use(keyword, words))
      else if (keyword === 'break' || keyword === 'continue') nodes.push(this.#jump(keyword, words))
      else if (keyword === 'if' || keyword === 'with' || keyword === 'range') nodes.push(this.#block(keyword, words))
      else nodes.push({ kind: 'action', pipe: this.#pipe(words, 'end') })
    }
  }

  #block(kind: 'if' | 'with' | 'range', words: Words): Node {
    words.take()
    const known = this.#variables.length
    const pipe = this.#deeper(() => this.#pipe(words, 'end', kind === 'range' ? 2 : 1))
    const { body, otherwise } = this.#deeper(() => this.#bodies(kind, words.at))
    this.#variables.length = known
    return { kind, pipe, body, otherwise }
  }

  #define(words: Words): void {
    words.take()
    const name = this.#name(words)
    this.#expectEnd(words)
    this.#body(name, words.at)
  }

  #use(kind: 'template' | 'block', words: Words): Node {
    words.take()
    const name = this.#name(words)
    words.skip()
    const isBare = kind === 'template' && words.peek().kind === 'end'
    const pipe = isBare ? undefined : this.#deeper(() => this.#pipe(words, 'end'))
    if (kind === 'block') this.#deeper(() => this.#body(name, words.at))
    return { kind: 'template', name, pipe }
  }

  #name(words: Words): string {
    words.skip()
    const token = words.take()
    if (token.kind !== 'string') throw this.#unexpected(token)
    return unquote(token.text) ?? this.#bad(token)
  }

  /** What stands between a template's name and its `{{end}}`: it sees no variable and no loop from outside. */
  #body(name: string, at: number): void {
    const [variables, loops] = [this.#variables, this.#loops]
    this.#variables = ['$']
    this.#loops = 0
    const { nodes, end } = this.#nodes()
    this.#variables = variables
    this.#loops = loops
    if (end !== 'end') throw syntaxError(this.#source, at, `the template "${name}" without its {{end}}`)
    const known = this.#defined.get(name)
    if (known === undefined || isBlank(known)) this.#defined.set(name, nodes)
    else if (!isBlank(nodes)) throw syntaxError(this.#source, at, `the template "${name}" is defined twice`)
  }

  #jump(kind: 'break' | 'continue', words: Words): Node {
    words.take()
    this.#expectEnd(words)
    if (this.#loops === 0) throw syntaxError(this.#source, words.at, `{{${kind}}} outside of {{range}}`)
    return { kind }
  }

  #bodies(kind: string, at: number) {
    const known = this.#variables.length
    this.#loops += kind === 'range' ? 1 : 0
    const first = this.#nodes()
    this.#loops -= kind === 'range' ? 1 : 0
    this.#variables.length = known
    if (first.end === 'source') throw syntaxError(this.#source, at, `{{${kind}}} without its {{end}}`)
    if (first.end === 'end') return { body: first.nodes, otherwise: [] }
    if (kind === 'if' && first.rest.keyword() === 'if')
      return { body: first.nodes, otherwise: [this.#block('if', first.rest)] }
    this.#expectEnd(first.rest)
    const second = this.#nodes()
    if (second.end !== 'end') throw syntaxError(this.#source, at, `{{${kind}}} without its {{end}}`)
    return { body: first.nodes, otherwise: second.nodes }
  }

  #expectEnd(words: Words): void {
    words.skip()
    if (words.peek().kind !== 'end') throw this.#unexpected(words.peek())
  }

  /** @param maxNames variables that may be declared in it */
  #pipe(words: Words, until: 'end' | ')', maxNames = 1): Pipe {
    words.skip()
    const declared = this.#declaration(words, maxNames)
    const commands: Command[] = []
    for (;;) {
      const command = this.#command(words)
      if (commands.length > 0 && !isCallable(command))
        throw syntaxError(this.#source, command.at, 'only a function can take the value of what stands before the |')
      commands.push(command)
      if (words.peek().text === '|') {
        words.take()
        words.skip()
        // Go forgives a | with nothing behind it.
        if (words.peek().kind !== 'end' && words.peek().text !== ')') continue
      }
      const token = words.take()
      const isEnd = until === 'end' ? token.kind === 'end' : token.text === until
      if (!isEnd) throw this.#unexpected(token)
      if (!declared.isAssignment) this.#variables.push(...declared.names)
      return { commands, ...declared }
    }
  }

  #declaration(words: Words, maxNames: number): Pick<Pipe, 'names' | 'isAssignment'> {
    const mark = words.mark()
    const names: string[] = []
    while (words.peek().kind === 'variable') {
      names.push(words.take().text)
      words.skip()
      const sign = words.peek().text
      if (sign === ':=' || sign === '=') {
        words.take()
        const isAssignment = sign === '='
        if (isAssignment) for (const name of names) this.#expectKnown(name, words.at)
        return { names, isAssignment }
      }
      if (sign !== ',' || names.length === maxNames) break
      words.take()
      words.skip()
    }
    words.reset(mark)
    return { names: [], isAssignment: false }
  }

  #command(words: Words): Command {
    words.skip()
    const { at } = words.peek()
    const operands: Operand[] = []
    for (;;) {
      operands.push(this.#operand(words))
      const token = words.peek()
      if (token.kind === 'space') words.skip()
      else if (token.kind !== 'end' && token.text !== '|' && token.text !== ')') throw this.#unexpected(token)
      const next = words.peek()
      if (next.kind === 'end' || next.text === '|' || next.text === ')') break
    }
    const [first] = operands
    if (first?.kind === 'nil' && operands.length === 1) throw syntaxError(this.#source, at, 'nil is no command')
    if (operands.length > 1 && first?.kind !== 'function')
      throw syntaxError(this.#source, at, 'what is given arguments here is no function')
    return { words: operands, at }
  }

  #operand(words: Words): Operand {
    const token = words.peek()
    let operand = this.#term(words)
    if (operand.kind === 'function' && words.peek().kind === 'field') throw this.#unexpected(words.peek())
    for (let fields = 0; words.peek().kind === 'field'; fields++) {
      if (fields > MAX_DEPTH) throw unsupported(`more than ${MAX_DEPTH} fields of fields`)
      const isLiteral = ['string', 'int', 'float', 'bool', 'nil'].includes(operand.kind)
      if (isLiteral || operand.kind === 'dot') throw this.#unexpected(token)
      operand = { kind: 'field', of: operand, name: words.take().text.slice(1) }
    }
    return operand
  }

  #term(words: Words): Operand {
    const token = words.take()
    const { text } = token
    switch (token.kind) {
      case 'string':
        return { kind: 'string', value: unquote(text) ?? this.#bad(token) }
      case 'char':
        return { kind: 'int', value: parseCharacter(text) ?? this.#bad(token) }
      case 'number':
        return parseNumber(text) ?? this.#bad(token)
      case 'field':
        return { kind: 'field', of: { kind: 'dot' }, name: text.slice(1) }
      case 'dot':
        return { kind: 'dot' }
      case 'variable':
        this.#expectKnown(text, token.at)
        return { kind: 'variable', name: text }
      case 'word':
        if (text === 'true' || text === 'false') return { kind: 'bool', value: text === 'true' }
        if (text === 'nil') return { kind: 'nil' }
        if (this.#functions.has(text)) return { kind: 'function', name: text }
        if (UNSUPPORTED.includes(text)) throw unsupported(text)
        throw syntaxError(this.#source, token.at, `there is no function "${text}"`)
      default:
        if (text === '(') return { kind: 'pipe', pipe: this.#deeper(() => this.#pipe(words, ')')) }
        throw this.#unexpected(token)
    }
  }

  #deeper<T>(work: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw unsupported(`nesting deeper than ${MAX_DEPTH}`)
    const done = work()
    this.#depth--
    return done
  }

  #expectKnown(name: string, at: number): void {
    if (!this.#variables.includes(name)) throw syntaxError(this.#source, at, `there is no variable ${name}`)
  }

  #bad(token: Token): never {
    throw syntaxError(this.#source, token.at, `${token.text} is not well formed`)
  }

  #unexpected(token: Token): LilypadError {
    return syntaxError(this.#source, token.at, `unexpected ${token.kind === 'end' ? 'end of the action' : token.text}`)
  }
}

/** The tokens of one action, read one after the other. */
class Words {
  readonly #tokens: readonly Token[]
  readonly at: number
  #next = 0

  constructor(tokens: readonly Token[], at: number) {
    this.#tokens = tokens
    this.at = at
  }

  peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '}}', at: this.at }
  }

  take(): Token {
    const token = this.peek()
    this.#next++
    return token
  }

  skip(): void {
    while (this.peek().kind === 'space') this.#next++
  }

  /** The word that the rest begins with. */
  keyword(): string | undefined {
    this.skip()
    const token = this.peek()
    return token.kind === 'word' ? token.text : undefined
  }

  mark(): number {
    return this.#next
  }

  reset(mark: number): void {
    this.#next = mark
  }
}

/** Whether a definition gives way to another one of its name. */
function isBlank(nodes: readonly Node[]): boolean {
  return nodes.every(node => node.kind === 'text' && node.text.trim() === '')
}

function isCallable({ words }: Command): boolean {
  const [first] = words
  // A field could be a method in Go; data of strings has none, which shows when it is run.
  return first !== undefined && !['string', 'int', 'float', 'bool', 'nil', 'dot'].includes(first.kind)
}

function unsupported(what: string): LilypadError {
  return new LilypadError('LILYPAD_TEMPLATE_UNSUPPORTED', `the template uses ${what}, which is not supported`)
}
