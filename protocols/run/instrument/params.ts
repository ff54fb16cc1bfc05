/**
 * The constants of lily-wasi/1: prices and sizes. They are consensus: to change one is to make lily-wasi/2, because two
 * nodes with different numbers would disagree about `used` and could slash each other.
 */

/** The runtime's name as offers, jobs and deals carry it. */
export const LILY_WASI = 'lily-wasi/1'

/** Gas of one instruction that is not listed here; one gas is also one virtual nanosecond. */
export const GAS_INSTRUCTION = 1
/** Gas of a call, direct or indirect: about what the frame's bookkeeping costs. */
export const GAS_CALL = 3
/** Gas of memory.grow, whatever it asks for. */
export const GAS_MEMORY_GROW = 1000
/** Gas of a host call, before its bytes. */
export const GAS_HOST_CALL = 500n
/** Bytes or elements moved in bulk for one gas, as a power of two: 8. */
export const BULK_SHIFT = 3

/** Slots (8 bytes each) of any frame, before locals and operands: return address, saved registers. */
export const FRAME_SLOTS = 8
/** Slots per operand: a vector takes two, and no account is kept of which operands are vectors. */
export const OPERAND_SLOTS = 2

/** Bytes of a page of linear memory. */
export const PAGE_BYTES = 65_536
/** Pages that 32-bit addresses reach. */
export const MAX_PAGES = 65_536

/** Below what every JavaScript engine takes (WebAssembly JS API, "implementation-defined limits"), so all of them agree. */
export const MAX_FUNCTIONS = 100_000
export const MAX_TYPES = 100_000
export const MAX_PARAMS = 1_000
export const MAX_RESULTS = 1_000
export const MAX_LOCALS = 5_000
export const MAX_BODY_BYTES = 2_097_152
export const MAX_TABLES = 100
/** Of all tables together. */
export const MAX_TABLE_ELEMENTS = 1_000_000
export const MAX_GLOBALS = 100_000
export const MAX_EXPORTS = 100_000
export const MAX_SEGMENTS = 99_000
export const MAX_SEGMENT_ELEMENTS = 1_000_000
export const MAX_BRANCH_TARGETS = 65_000
export const MAX_MODULE_BYTES = 134_217_728

/** Weight of any function, before its bytes: what its first and last lines become. */
export const WEIGHT_FUNCTION = 256
/** More for an instruction that branches, calls or ends a block, beside one for each local; or that moves things in bulk. */
export const WEIGHT_CONTROL = 64
/** More for one whose result may be a NaN, if it is a number. */
export const WEIGHT_NAN = 32
/** More for one whose result may be a NaN, if it is a vector. */
export const WEIGHT_NAN_VECTOR = 64
/** Engines take bodies of 7,654,321 bytes. */
export const MAX_BODY_WEIGHT = 7_500_000
/** Of all functions together; engines take modules of 2^30 bytes. */
export const MAX_WEIGHT = 900_000_000
