/**
 * Calls, answers, events and errors of a contract, typed by its ABI. ethers does the bytes; what it gives is put into
 * the form that the types promise: integers of at most 48 bits as numbers, addresses in lower case, structs as objects.
 */
import type {
  Abi,
  AbiParameter,
  AbiParametersToPrimitiveTypes,
  AbiParameterToPrimitiveType,
  ExtractAbiEvent,
  ExtractAbiEventNames,
  ExtractAbiFunction,
  ExtractAbiFunctionNames
} from 'abitype'
import { Interface, type ParamType } from 'ethers/abi'
import type { Address } from '../../protocols/core/account.ts'
import { type Bytes32, type Hex, isHex } from '../../protocols/core/bytes.ts'
import type { Log } from './wire.ts'

/** Names of an ABI's functions. */
export type FunctionName<A extends Abi> = ExtractAbiFunctionNames<A>

/** Arguments of a function. */
export type Args<A extends Abi, N extends FunctionName<A>> = AbiParametersToPrimitiveTypes<
  ExtractAbiFunction<A, N>['inputs'],
  'inputs'
>

/** What a function returns: nothing, a value, or a tuple. */
export type Returned<A extends Abi, N extends FunctionName<A>> =
  AbiParametersToPrimitiveTypes<ExtractAbiFunction<A, N>['outputs'], 'outputs'> extends infer O
    ? O extends readonly [infer Only]
      ? Only
      : O
    : never

type Fields<P extends readonly AbiParameter[]> = {
  readonly [K in P[number] as K['name'] & string]: AbiParameterToPrimitiveType<K, 'outputs'>
}

/** An event with its arguments by name: one member per event of the ABI. */
export type EventOf<A extends Abi> = {
  [N in ExtractAbiEventNames<A>]: { readonly name: N; readonly args: Fields<ExtractAbiEvent<A, N>['inputs']> }
}[ExtractAbiEventNames<A>]

/** What a revert says: the name of a custom error and its arguments by name. */
export interface RevertReason {
  readonly error: string
  readonly args: Readonly<Record<string, unknown>>
}

/** Characters of `0x` and a selector's four bytes. */
const SELECTOR_CHARS = 10

/** One contract of a deployment. */
export class Contract<const A extends Abi> {
  readonly address: Address
  readonly #interface: Interface

  constructor(abi: A, address: Address) {
    this.#interface = new Interface(JSON.stringify(abi))
    this.address = address
  }

  /** The data of a call. */
  encode<N extends FunctionName<A>>(
    name: N,
    ...args: Args<A, N> extends infer T extends readonly unknown[] ? T : never
  ) {
    return toHexText(this.#interface.encodeFunctionData(name, args))
  }

  /** The name of the function that a call's data begin with; undefined where the ABI has none like it. */
  functionOf(data: Hex): string | undefined {
    return data.length < SELECTOR_CHARS ? undefined : this.#interface.getFunction(data.slice(0, SELECTOR_CHARS))?.name
  }

  /** What a call returned. */
  decode<N extends FunctionName<A>>(name: N, data: Hex): Returned<A, N> {
    const outputs = this.#interface.getFunction(name)?.outputs ?? []
    const values = this.#interface.decodeFunctionResult(name, data)
    const plain = outputs.map((output, i) => toPlain(output, values[i]))
    // The ABI is the type's only witness: the values were decoded by it.
    return (plain.length === 1 ? plain[0] : plain) as Returned<A, N>
  }

  /** The topic that marks an event's logs. */
  topicOf(name: ExtractAbiEventNames<A>): Bytes32 {
    const event = this.#interface.getEvent(name)
    if (event === null) throw new TypeError(`no event ${name}`)
    return toHexText(event.topicHash)
  }

  /** The event in a log; undefined when the log is another contract's, or of no event of the ABI. */
  eventOf(log: Log): EventOf<A> | undefined {
    if (log.address !== this.address) return undefined
    const parsed = this.#interface.parseLog(log)
    if (parsed === null) return undefined
    // As above.
    return { name: parsed.name, args: fieldsOf(parsed.fragment.inputs, parsed.args) } as EventOf<A>
  }

  /** The custom error in revert data; undefined when the ABI has none like it. */
  errorOf(data: Hex): RevertReason | undefined {
    const fragment = data.length < SELECTOR_CHARS ? null : this.#interface.getError(data.slice(0, SELECTOR_CHARS))
    if (fragment === null) return undefined
    try {
      const values = this.#interface.decodeErrorResult(fragment, data)
      return { error: fragment.name, args: fieldsOf(fragment.inputs, values) }
    } catch {
      // A contract may revert with any bytes, also with some that only begin like an error.
      return undefined
    }
  }
}

function toHexText(text: string): Hex {
  if (!isHex(text)) throw new TypeError('expected hex')
  return text
}

function fieldsOf(params: readonly ParamType[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(params.map((param, i) => [param.name, toPlain(param, values[i])]))
}

function toPlain(param: ParamType, value: unknown): unknown {
  if (Array.isArray(value)) {
    const child = param.arrayChildren
    if (child !== null) return value.map(item => toPlain(child, item))
    return fieldsOf(param.components ?? [], value)
  }
  if (param.type === 'address') return String(value).toLowerCase()
  const bits = /^u?int(\d+)$/.exec(param.type)?.[1]
  return bits !== undefined && Number(bits) <= 48 ? Number(value) : value
}
