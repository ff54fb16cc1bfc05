/** Fills a template: runs its nodes over the inputs, and hands what is printed to an emitter, piece by piece. */

import { MAX_TEXT } from './format.ts'
import { FUNCTION_NAMES, FUNCTIONS } from './functions.ts'
import { parseTemplate } from './parse.ts'
import { type Text, textLength } from './text.ts'
import type { Command, Node, Operand, Pipe, Templates } from './tree.ts'
import { display, failed, isTrue, nameOf, stringValue, type Value } from './value.ts'

/** Most that a template may print, in characters. */
const MAX_OUTPUT = 1024 * 1024

/** Most that filling may take: operands looked at, and characters handed to functions and made by them. */
const MAX_WORK = 16 * 1024 * 1024

/** What a turn of a loop counts as: sorting, and variables. */
const LOOP_WORK = 16

/** Deepest that templates, blocks and parentheses may be inside one another while they are filled. */
const MAX_DEPTH = 1000

/** Takes what a template prints, in order. */
export interface Emitter {
  /** The template's own words between its actions. */
  literal(text: string): void
  /** What an action prints. */
  value(text: Text): void
}

/** A template that was read, to be filled. */
export class Template {
  readonly #templates: Templates

  /** @throws LILYPAD_TEMPLATE_SYNTAX, LILYPAD_TEMPLATE_UNSUPPORTED */
  constructor(source: string) {
    this.#templates = parseTemplate(source, FUNCTION_NAMES)
  }

  /**
   * Prints to `out`.
   *
   * @param inputs what `.Name` is, as text with its origin
   * @returns inputs that were printed though they are missing
   * @throws LILYPAD_TEMPLATE_FAILED, LILYPAD_TEMPLATE_UNSUPPORTED
   */
  fill(inputs: ReadonlyMap<string, Text>, out: Emitter): ReadonlySet<string> {
    const filling = new Filling(this.#templates, inputs, out)
    filling.run(this.#templates.nodes)
    return filling.missing
  }
}

/** How a loop's body ended before its end. */
type Jump = 'break' | 'continue' | undefined

class Filling {
  readonly missing = new Set<string>()
  readonly #templates: Templates
  readonly #out: Emitter
  #variables: { readonly name: string; value: Value }[]
  #dot: Value
  #printed = 0
  #work = 0
  #depth = 0

  constructor(templates: Templates, inputs: ReadonlyMap<string, Text>, out: Emitter) {
    this.#templates = templates
    this.#out = out
    this.#dot = { kind: 'map', entries: inputs }
    this.#variables = [{ name: '$', value: this.#dot }]
  }

  run(nodes: readonly Node[]): Jump {
    for (const node of nodes) {
      this.#spend(1)
      const jump = this.#node(node)
      if (jump !== undefined) return jump
    }
    return undefined
  }

  #node(node: Node): Jump {
    switch (node.kind) {
      case 'text':
        this.#count(node.text.length)
        this.#out.literal(node.text)
        return undefined
      case 'action':
        this.#action(node.pipe)
        return undefined
      case 'template':
        this.#use(node.name, node.pipe)
        return undefined
      case 'break':
      case 'continue':
        return node.kind
      default:
        return this.#deeper(() => this.#block(node))
    }
  }

  #use(name: string, pipe: Pipe | undefined): void {
    const body = this.#templates.defined.get(name)
    if (body === undefined) throw failed(`there is no template "${name}"`)
    const dot: Value = pipe === undefined ? { kind: 'missing' } : this.#pipe(pipe)
    const variables = this.#variables
    this.#variables = [{ name: '$', value: dot }]
    this.#deeper(() => this.#with(dot, body))
    this.#variables = variables
  }

  #action(pipe: Pipe): void {
    const value = this.#pipe(pipe)
    if (pipe.names.length > 0) return
    if (value.kind === 'missing') this.missing.add(value.name ?? 'nil')
    const text = display(value)
    this.#count(text.reduce((sum, span) => sum + span.text.length, 0))
    this.#out.value(text)
  }

  #block(node: Block): Jump {
    const known = this.#variables.length
    const value = this.#pipe(node.pipe, node.kind === 'range')
    const jump = this.#branch(node, value)
    this.#variables.length = known
    return jump
  }

  #branch(node: Block, value: Value): Jump {
    if (node.kind === 'range') return this.#range(node, value)
    if (!isTrue(value)) return this.run(node.otherwise)
    return node.kind === 'if' ? this.run(node.body) : this.#with(value, node.body)
  }

  #range({ pipe, body, otherwise }: Block, value: Value): Jump {
    if (value.kind !== 'map' && value.kind !== 'missing') throw failed(`range over ${nameOf(value)}`)
    const entries = value.kind === 'map' ? [...value.entries].sort(([a], [b]) => (a < b ? -1 : 1)) : []
    this.#spend(entries.length * LOOP_WORK)
    const [first, second] = pipe.names
    for (const [key, text] of entries) {
      const known = this.#variables.length
      const element = stringValue(text)
      if (first !== undefined && second !== undefined) this.#set(first, stringValue(key), pipe.isAssignment)
      const name = second ?? first
      if (name !== undefined) this.#set(name, element, pipe.isAssignment)
      const jump = this.#with(element, body)
      this.#variables.length = known
      if (jump === 'break') break
    }
    return entries.length === 0 ? this.run(otherwise) : undefined
  }

  #with(dot: Value, body: readonly Node[]): Jump {
    const outer = this.#dot
    this.#dot = dot
    const jump = this.run(body)
    this.#dot = outer
    return jump
  }

  /** @param isLoop whether the loop itself sets the variables */
  #pipe(pipe: Pipe, isLoop = false): Value {
    let value: Value | undefined
    for (const command of pipe.commands) value = this.#command(command, value)
    if (value === undefined) throw failed('an empty action')
    if (!isLoop) for (const name of pipe.names) this.#set(name, value, pipe.isAssignment)
    return value
  }

  #command({ words }: Command, last: Value | undefined): Value {
    const [first, ...rest] = words
    if (first?.kind !== 'function') {
      if (first === undefined || last !== undefined) throw failed('a value that is no function is given an argument')
      return this.#operand(first)
    }
    return this.#call(first.name, rest, last)
  }

  #call(name: string, operands: readonly Operand[], last: Value | undefined): Value {
    if (name === 'and' || name === 'or') return this.#lazy(name, operands, last)
    const args = operands.map(operand => this.#operand(operand))
    if (last !== undefined) args.push(last)
    // What only decides may be missing; what is printed may not.
    const isPrinting = ['print', 'println', 'printf', 'html', 'js', 'urlquery', 'subst'].includes(name)
    if (isPrinting) for (const arg of args) if (arg.kind === 'missing' && arg.name) this.missing.add(arg.name)
    const made = FUNCTIONS[name]
    if (made === undefined) throw failed(`there is no function "${name}"`)
    for (const arg of args) this.#spend(sizeOf(arg))
    const result = made(args)
    const size = sizeOf(result)
    if (size > MAX_TEXT) throw failed(`${name} makes more than ${MAX_TEXT} characters`)
    this.#spend(size)
    return result
  }

  #lazy(name: 'and' | 'or', operands: readonly Operand[], last: Value | undefined): Value {
    let value: Value | undefined
    for (const operand of operands) {
      value = this.#operand(operand)
      if (isTrue(value) === (name === 'or')) return value
    }
    const ended = last ?? value
    if (ended === undefined) throw failed(`${name} without arguments`)
    return ended
  }

  #operand(operand: Operand): Value {
    this.#spend(1)
    switch (operand.kind) {
      case 'string':
        return stringValue(operand.value)
      case 'int':
      case 'float':
      case 'bool':
        return operand
      case 'nil':
        return { kind: 'missing' }
      case 'dot':
        return this.#dot
      case 'variable':
        return this.#variable(operand.name).value
      case 'function':
        return this.#call(operand.name, [], undefined)
      case 'pipe':
        return this.#deeper(() => this.#pipe(operand.pipe))
      case 'field':
        return this.#field(this.#operand(operand.of), operand.name)
    }
  }

  #field(of: Value, name: string): Value {
    if (of.kind === 'missing') return { kind: 'missing', name: of.name ?? name }
    if (of.kind !== 'map') throw failed(`${nameOf(of)} has no field ${name}`)
    const text = of.entries.get(name)
    return text === undefined ? { kind: 'missing', name } : { kind: 'string', text }
  }

  #variable(name: string): { value: Value } {
    const found = this.#variables.findLast(variable => variable.name === name)
    if (found === undefined) throw failed(`there is no variable ${name}`)
    return found
  }

  #set(name: string, value: Value, isAssignment: boolean): void {
    if (isAssignment) this.#variable(name).value = value
    else this.#variables.push({ name, value })
  }

  #spend(work: number): void {
    this.#work += work
    if (this.#work > MAX_WORK) throw failed('it does more than a template may')
  }

  #deeper<T>(work: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw failed(`templates in templates, deeper than ${MAX_DEPTH}`)
    const done = work()
    this.#depth--
    return done
  }

  #count(length: number): void {
    this.#printed += length
    if (this.#printed > MAX_OUTPUT) throw failed(`it prints more than ${MAX_OUTPUT} characters`)
  }
}

type Block = Node & { readonly kind: 'if' | 'with' | 'range' }

function sizeOf(value: Value): number {
  return value.kind === 'string' ? textLength(value.text) : 1
}

/** What Go's text/template prints. @throws as {@link Template} */
export function fillText(source: string, inputs: ReadonlyMap<string, Text>): string {
  let printed = ''
  new Template(source).fill(inputs, {
    literal: text => {
      printed += text
    },
    value: text => {
      for (const span of text) printed += span.text
    }
  })
  return printed
}
