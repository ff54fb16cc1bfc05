/** The functions of WASI preview 1 and their exact wasm signatures. A program that imports another one is refused. */
import { type FunctionType, I32, I64 } from '../instrument/types.ts'
import type { Errno } from './errno.ts'

/** The module name that programs import from. */
export const WASI_MODULE = 'wasi_snapshot_preview1'

/** Parameters as letters: i = i32, I = i64. All but proc_exit return an error number. */
const PARAMS = {
  args_get: 'ii',
  args_sizes_get: 'ii',
  clock_res_get: 'ii',
  clock_time_get: 'iIi',
  environ_get: 'ii',
  environ_sizes_get: 'ii',
  fd_advise: 'iIIi',
  fd_allocate: 'iII',
  fd_close: 'i',
  fd_datasync: 'i',
  fd_fdstat_get: 'ii',
  fd_fdstat_set_flags: 'ii',
  fd_fdstat_set_rights: 'iII',
  fd_filestat_get: 'ii',
  fd_filestat_set_size: 'iI',
  fd_filestat_set_times: 'iIIi',
  fd_pread: 'iiiIi',
  fd_prestat_dir_name: 'iii',
  fd_prestat_get: 'ii',
  fd_pwrite: 'iiiIi',
  fd_read: 'iiii',
  fd_readdir: 'iiiIi',
  fd_renumber: 'ii',
  fd_seek: 'iIii',
  fd_sync: 'i',
  fd_tell: 'ii',
  fd_write: 'iiii',
  path_create_directory: 'iii',
  path_filestat_get: 'iiiii',
  path_filestat_set_times: 'iiiiIIi',
  path_link: 'iiiiiii',
  path_open: 'iiiiiIIii',
  path_readlink: 'iiiiii',
  path_remove_directory: 'iii',
  path_rename: 'iiiiii',
  path_symlink: 'iiiii',
  path_unlink_file: 'iii',
  poll_oneoff: 'iiii',
  proc_exit: 'i',
  proc_raise: 'i',
  random_get: 'ii',
  sched_yield: '',
  sock_accept: 'iii',
  sock_recv: 'iiiiii',
  sock_send: 'iiiii',
  sock_shutdown: 'ii'
} as const

/** The name of a function of WASI preview 1. */
export type WasiName = keyof typeof PARAMS

type Arguments<Letters extends string> = Letters extends `${infer Letter}${infer Rest}`
  ? [Letter extends 'I' ? bigint : number, ...Arguments<Rest>]
  : []

/** The functions as the host implements them: wasm values in, an error number out. */
export type WasiCalls = { readonly [Name in WasiName]: (...args: Arguments<(typeof PARAMS)[Name]>) => Errno }

/** Every function of WASI preview 1. */
export const WASI_NAMES: readonly WasiName[] = Object.keys(PARAMS).filter(isWasiName)

function isWasiName(name: string): name is WasiName {
  return Object.hasOwn(PARAMS, name)
}

/** The type that an import must have, or undefined for a name that WASI preview 1 does not know. */
export function wasiSignature(name: string): FunctionType | undefined {
  if (!isWasiName(name)) return undefined
  return {
    params: [...PARAMS[name]].map(letter => (letter === 'I' ? I64 : I32)),
    results: name === 'proc_exit' ? [] : [I32]
  }
}
