/**
 * How a metered function is called. One that nothing but direct calls can reach is given the gas left, and the stack left
 * where its code calls, behind its own parameters, and gives the gas back behind its own result: engines keep them in
 * registers, and nothing is written or read around the call. All others find both in the globals. Nobody can see which.
 */
import { MAX_PARAMS } from './params.ts'
import { Reader } from './reader.ts'
import { type Module, SECTION } from './sections.ts'
import { type FunctionType, I32, I64 } from './types.ts'

/** How one function is called. */
export interface Calling {
  readonly passesGas: boolean
  readonly passesStack: boolean
  /** Whether it may call functions of the module: those that do not never look at the stack left. */
  readonly mayCall: boolean
}

/** How all functions are called. */
export interface Callings {
  /** By index among the module's own functions. */
  readonly own: readonly Calling[]
  /** Type indices of the module's own functions. */
  readonly typeIndices: readonly number[]
  /** Types to append to the module's. */
  readonly types: readonly FunctionType[]
}

/** Opcodes `call` and `call_indirect`. A body without these bytes has no calls; in another they may be anything else. */
const CALL_BYTES = [0x10, 0x11] as const

/** Parameters that the pass may add. */
const MOST_ADDED = 2

/** Decides how each of a module's own functions is called. @throws RUN_REJECTED */
export function planCallings(module: Module): Callings {
  const { types, functions, importCount, referenced } = module
  const reader = new Reader(module.sections.get(SECTION.code) ?? Uint8Array.of(0))
  const bodies = reader.list(() => reader.take(reader.u32()))
  const indexOf = new Map(types.map((type, index) => [type, index]))
  const added: FunctionType[] = []
  const addedIndices = new Map<string, number>()
  /** The type of a function that is passed what is left. */
  const passing = (type: FunctionType, passesStack: boolean): number => {
    const key = `${indexOf.get(type)} ${passesStack}`
    let index = addedIndices.get(key)
    if (index === undefined) {
      index = types.length + added.length
      addedIndices.set(key, index)
      const params = [...type.params, I64, ...(passesStack ? [I32] : [])]
      added.push({ params, results: [...type.results, I64] })
    }
    return index
  }
  const own: Calling[] = []
  const typeIndices = functions.slice(importCount).map((type, i) => {
    const mayCall = CALL_BYTES.some(byte => bodies[i]?.includes(byte))
    const passesGas =
      !referenced.has(importCount + i) && type.params.length + MOST_ADDED <= MAX_PARAMS && type.results.length < 2
    const passesStack = passesGas && mayCall
    own.push({ passesGas, passesStack, mayCall })
    return passesGas ? passing(type, passesStack) : (indexOf.get(type) ?? 0)
  })
  return { own, typeIndices, types: added }
}
