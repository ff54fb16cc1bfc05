/** Numbers of the WASI preview 1 ABI: file types, flags, rights, sizes of structures. */

/** What a descriptor or a directory entry is. */
export const FILE_TYPE = { unknown: 0, characterDevice: 2, directory: 3, regularFile: 4 } as const
/** One of {@link FILE_TYPE}. */
export type FileType = (typeof FILE_TYPE)[keyof typeof FILE_TYPE]

/** Flags of path_open, of descriptors, and the bases of fd_seek. */
export const OPEN = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const
export const FD_FLAG = { append: 1 } as const
/** Every flag that fd_fdstat_set_flags knows. */
export const FD_FLAGS = 31
export const WHENCE = { set: 0, current: 1, end: 2 } as const
export const RIGHT = { read: 2n, write: 64n } as const
/** Every right there is: what a directory passes on; nothing but read and write is looked at. */
export const ALL_RIGHTS = 0x3fffffffn
/** Rights of stdin, stdout and stderr: no seek and no tell, by which libc knows a terminal. */
export const STREAM_RIGHTS = RIGHT.read | RIGHT.write

/** Ids of clocks, and kinds of events that poll_oneoff waits for. */
export const CLOCK = { realtime: 0, monotonic: 1, processTime: 2, threadTime: 3 } as const
export const EVENT = { clock: 0, read: 1, write: 2 } as const
/** Flag of a clock subscription: the time is absolute. */
export const ABSOLUTE_TIME = 1

/** Sizes of the structures that are read from and written to a guest's memory. */
export const FDSTAT_BYTES = 24
export const FILESTAT_BYTES = 64
export const PRESTAT_BYTES = 8
export const DIRENT_BYTES = 24
export const SUBSCRIPTION_BYTES = 48
export const EVENT_BYTES = 32
export const IOVEC_BYTES = 8

/** Most parts of one read or write (IOV_MAX). */
export const MAX_IOVECS = 1024
/** Most descriptors open at once. */
export const MAX_DESCRIPTORS = 1024
/** Most subscriptions of one poll. */
export const MAX_SUBSCRIPTIONS = 4096
/** Bytes of one name and of a whole path (NAME_MAX, PATH_MAX). */
export const MAX_NAME_BYTES = 255
export const MAX_PATH_BYTES = 4096
/** Deepest directory: below what a result directory may hold. */
export const MAX_DEPTH = 60
/** Offsets and sizes beyond are refused before they meet a JavaScript number. */
export const MAX_OFFSET = 1n << 40n
