/** The error numbers of WASI preview 1 that this implementation gives. */
export const ERRNO = {
  success: 0,
  tooBig: 1,
  badDescriptor: 8,
  exists: 20,
  fault: 21,
  illegalName: 25,
  invalid: 28,
  isDirectory: 31,
  tooManyDescriptors: 33,
  nameTooLong: 37,
  noEntry: 44,
  noSpace: 51,
  notDirectory: 54,
  notEmpty: 55,
  notSupported: 58,
  readOnly: 69,
  notSeekable: 70,
  crossDevice: 75,
  notCapable: 76
} as const

/** One of {@link ERRNO}. */
export type Errno = (typeof ERRNO)[keyof typeof ERRNO]

/** Ends the current call with an error number; the guest sees it as the call's result. */
export class CallError extends Error {
  readonly errno: Errno

  constructor(errno: Errno) {
    super(`errno ${errno}`)
    this.errno = errno
  }
}

/** @throws CallError */
export function fail(errno: Errno): never {
  throw new CallError(errno)
}
