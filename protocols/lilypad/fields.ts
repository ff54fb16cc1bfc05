/** Reads JSON as Go does: names without regard to case; and remembers what nobody has asked for. */
import { LilypadError } from './errors.ts'
import type { Json } from './template/json.ts'

/** A field that has a value which it cannot have. */
export function badField(path: string, expected: string, found: Json | undefined): LilypadError {
  const text = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 80)
  return new LilypadError('LILYPAD_BAD_FIELD', `"${path}": expected ${expected}, found ${text}`, { details: { path } })
}

/** A field that asks for what no provider here does. */
export function cannotHonour(path: string, why: string): LilypadError {
  return new LilypadError('LILYPAD_CANNOT_HONOUR', `"${path}" cannot be honoured: ${why}`, { details: { path } })
}

/** Whether a value says nothing: what templates are full of. */
export function isEmpty(json: Json | undefined): boolean {
  if (json === undefined || json === null || json === '' || json === 0 || json === false) return true
  return typeof json === 'object' && Object.values(json).every(isEmpty)
}

/** An object of the JSON, at a path. */
export class Fields {
  readonly path: string
  readonly #entries: ReadonlyMap<string, readonly [name: string, value: Json]>
  readonly #read = new Set<string>()
  readonly #children = new Map<string, readonly Fields[]>()

  constructor(path: string, json: Json | undefined) {
    this.path = path
    if (json !== undefined && json !== null && (typeof json !== 'object' || Array.isArray(json)))
      throw badField(path, 'an object', json)
    this.#entries = new Map(Object.entries(json ?? {}).map(entry => [entry[0].toLowerCase(), entry]))
  }

  /** A field's path in messages. */
  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }

  /** A field as it is; null is absent. */
  get(name: string): Json | undefined {
    this.#read.add(name.toLowerCase())
    return this.#entries.get(name.toLowerCase())?.[1] ?? undefined
  }

  /** Whether a field says something. */
  has(name: string): boolean {
    return !isEmpty(this.get(name))
  }

  object(name: string): Fields {
    const [child] = this.#child(name, () => [new Fields(this.at(name), this.get(name))])
    if (child === undefined) throw badField(this.at(name), 'an object', this.get(name))
    return child
  }

  text(name: string): string {
    const value = this.get(name) ?? ''
    if (typeof value !== 'string') throw badField(this.at(name), 'a text', value)
    return value
  }

  /** A number of 0 and more; as text too, which is what templates often print. */
  amount(name: string): number {
    const value = this.get(name) ?? 0
    const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value
    if (value === '') return 0
    if (typeof number !== 'number' || !Number.isFinite(number) || number < 0)
      throw badField(this.at(name), 'a number of 0 and more', value)
    return number
  }

  items(name: string): readonly Json[] {
    const value = this.get(name) ?? []
    if (!isList(value)) throw badField(this.at(name), 'a list', value)
    return value
  }

  objects(name: string): readonly Fields[] {
    return this.#child(name, () => this.items(name).map((item, i) => new Fields(`${this.at(name)}[${i}]`, item)))
  }

  texts(name: string): readonly string[] {
    return this.items(name).map((item, i) => {
      if (typeof item !== 'string') throw badField(`${this.at(name)}[${i}]`, 'a text', item)
      return item
    })
  }

  /** Texts by name. */
  record(name: string): Readonly<Record<string, string>> {
    const fields = this.object(name)
    return Object.fromEntries(
      [...fields.#entries.values()].map(([key, value]) => {
        if (typeof value !== 'string') throw badField(fields.at(key), 'a text', value)
        return [key, value]
      })
    )
  }

  /** Fields, here and below, that say something and that nobody has asked for. */
  unread(): readonly string[] {
    const left = [...this.#entries].filter(([key, [, value]]) => !this.#read.has(key) && !isEmpty(value))
    const below = [...this.#children.values()].flatMap(children => children.flatMap(child => child.unread()))
    return [...left.map(([, [name]]) => this.at(name)), ...below]
  }

  /** Asked for twice, a field is one object: what it was asked for is remembered in one place. */
  #child(name: string, make: () => readonly Fields[]): readonly Fields[] {
    const key = name.toLowerCase()
    const child = this.#children.get(key) ?? make()
    this.#children.set(key, child)
    return child
  }
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json)
}
