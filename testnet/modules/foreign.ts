/** How the programs are built that are mostly others' work: which of their files, and with which settings. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BZIP2, FLITE, SQLITE, unpack } from './sources.ts'

/** What the compiler is given beside the program's own file. */
export interface Foreign {
  readonly flags: readonly string[]
  /** Absolute paths of .c files. */
  readonly sources: readonly string[]
}

/** Others' code is as it is. */
const AS_IT_IS = '-w'

/** bzip2's library. */
export async function bzip2(folder: string): Promise<Foreign> {
  const root = await unpack(BZIP2, folder)
  const names = ['blocksort', 'bzlib', 'compress', 'crctable', 'decompress', 'huffman', 'randtable']
  return { flags: [AS_IT_IS, '-DBZ_NO_STDIO', `-I${root}`], sources: names.map(name => join(root, `${name}.c`)) }
}

/** SQLite, without files, threads and extensions. */
export async function sqlite(folder: string): Promise<Foreign> {
  const root = join(await unpack(SQLITE, folder), 'deps/sqlite3')
  const settings = [
    'OS_OTHER=1',
    'THREADSAFE=0',
    'TEMP_STORE=3',
    'DEFAULT_MEMSTATUS=0',
    'DQS=0',
    'ENABLE_MATH_FUNCTIONS',
    'OMIT_LOAD_EXTENSION',
    'OMIT_DEPRECATED',
    'OMIT_WAL'
  ]
  const flags = [AS_IT_IS, `-I${root}`, '-Wl,-z,stack-size=1048576', ...settings.map(name => `-DSQLITE_${name}`)]
  return { flags, sources: [join(root, 'sqlite3.c')] }
}

/** flite's library with English, its dictionary and the voice "kal". */
export async function flite(folder: string): Promise<Foreign> {
  const root = await unpack(FLITE, folder)
  const headers = ['include', 'lang/usenglish', 'lang/cmulex', 'src/cg', 'src/speech', 'src/audio']
  const folders = ['audio', 'cg', 'hrg', 'lexicon', 'regex', 'speech', 'stats', 'synth', 'utils', 'wavesynth']
  const languages = ['lang/usenglish', 'lang/cmulex', 'lang/cmu_us_kal']
  // Other systems' files, sound cards and sockets; parts of tables that other files include; a tool.
  const isOther =
    /^(au_(?!none|streaming)|auclient|auserver|cst_(socket|cg_dump)|.*_(palmos|wince|win32|posix)\.|.*_(raw|table|bytes)\.)/
  const sources: string[] = []
  for (const path of [...folders.map(name => `src/${name}`), ...languages]) {
    const names = (await readdir(join(root, path))).filter(name => name.endsWith('.c') && !isOther.test(name))
    sources.push(...names.sort().map(name => join(root, path, name)))
  }
  const shims = ['-Ishim', '-DCST_NO_SOCKETS', '-DCST_AUDIO_NONE', '-Wl,-z,stack-size=262144']
  return { flags: [AS_IT_IS, ...shims, ...headers.map(path => `-I${join(root, path)}`)], sources }
}
