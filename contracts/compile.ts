// Compiles the Solidity sources with solc-js: no native compiler, no network. Used by the build only; what runs a node
// imports contracts/generated instead.
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import solc from 'solc'

/** Compiler settings of every build, forge's included. viaIR stays off: coverage needs the legacy code generator. */
export const SOLC_SETTINGS = {
  evmVersion: 'prague',
  optimizer: { enabled: true, runs: 1_000 },
  viaIR: false,
  metadata: { bytecodeHash: 'none', appendCBOR: false }
} as const

/** Solidity sources by their path relative to the contracts folder. */
export type Sources = Readonly<Record<string, string>>

/** One entry of an ABI, as the compiler gives it. */
export type AbiEntry = Readonly<Record<string, unknown>>

/** What is kept of a compiled contract. `bytecode` is `0x` for interfaces and abstract contracts. */
export interface Contract {
  readonly name: string
  readonly path: string
  readonly abi: readonly AbiEntry[]
  readonly bytecode: `0x${string}`
  readonly runtimeBytes: number
}

/** An enum declared at file level, with its members in order. */
export interface SolidityEnum {
  readonly name: string
  readonly members: readonly string[]
}

/** Everything the build needs of one compilation. */
export interface Compilation {
  readonly contracts: readonly Contract[]
  readonly enums: readonly SolidityEnum[]
  readonly warnings: readonly string[]
}

/** `leave` may become a keyword of a later compiler; the exact pragma keeps it a name here. */
const isExpected = (message: string): boolean => message.includes('"leave" will be promoted to keyword')

interface SolcOutput {
  readonly errors?: readonly { severity: string; formattedMessage: string }[]
  readonly contracts: Readonly<Record<string, Readonly<Record<string, SolcContract>>>>
  readonly sources: Readonly<Record<string, { ast: { nodes: readonly AstNode[] } }>>
}

interface SolcContract {
  readonly abi: readonly AbiEntry[]
  readonly evm: { bytecode: { object: string }; deployedBytecode: { object: string } }
}

interface AstNode {
  readonly nodeType: string
  readonly name?: string
  readonly members?: readonly { name: string }[]
}

/** The exact version of the compiler, e.g. `0.8.37+commit.6f4ee2d8.Emscripten.clang`. */
export const solcVersion = (): string => String(solc.version())

/** Reads every `.sol` file below `root`/src. */
export async function readSources(root: string): Promise<Sources> {
  const entries = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true })
  const paths = entries
    .filter(entry => entry.isFile() && entry.name.endsWith('.sol'))
    .map(entry => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
  const contents = await Promise.all(paths.map(path => readFile(join(root, path), 'utf8')))
  return Object.fromEntries(paths.map((path, i) => [path, contents[i] ?? '']))
}

/**
 * Compiles `sources`.
 * @throws Error with the compiler's own messages when they do not compile
 */
export function compile(sources: Sources): Compilation {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: {
      ...SOLC_SETTINGS,
      outputSelection: { '*': { '': ['ast'], '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } }
    }
  }
  const output: SolcOutput = JSON.parse(solc.compile(JSON.stringify(input)))
  const messages = output.errors ?? []
  const errors = messages.filter(message => message.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map(error => error.formattedMessage).join('\n'))
  return {
    contracts: Object.entries(output.contracts).flatMap(([path, inFile]) =>
      Object.entries(inFile).map(([name, contract]): Contract => toContract(name, path, contract))
    ),
    enums: Object.values(output.sources).flatMap(({ ast }) => ast.nodes.flatMap(toEnum)),
    warnings: messages
      .filter(({ severity, formattedMessage }) => severity === 'warning' && !isExpected(formattedMessage))
      .map(message => message.formattedMessage)
  }
}

function toContract(name: string, path: string, { abi, evm }: SolcContract): Contract {
  const runtimeBytes = evm.deployedBytecode.object.length / 2
  return { name, path, abi, bytecode: `0x${evm.bytecode.object}`, runtimeBytes }
}

function toEnum({ nodeType, name, members }: AstNode): SolidityEnum[] {
  if (nodeType !== 'EnumDefinition' || name === undefined || members === undefined) return []
  return [{ name, members: members.map(member => member.name) }]
}
