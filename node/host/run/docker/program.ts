/** Linux executables of a few bytes, made by hand: what an image needs that has nothing else in it. */

const LOAD_ADDRESS = 0x400000
const ELF_HEADER_BYTES = 64
const PROGRAM_HEADER_BYTES = 56

/** A static x86-64 executable of one segment: the headers and the code. */
export function staticProgram(code: Uint8Array): Uint8Array {
  const entry = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES
  const out = new Uint8Array(entry + code.length)
  const view = new DataView(out.buffer)
  out.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) // 64 bit, little-endian, version 1
  view.setUint16(16, 2, true) // executable
  view.setUint16(18, 62, true) // x86-64
  view.setUint32(20, 1, true)
  view.setBigUint64(24, BigInt(LOAD_ADDRESS + entry), true)
  view.setBigUint64(32, BigInt(ELF_HEADER_BYTES), true) // program headers follow
  view.setUint16(52, ELF_HEADER_BYTES, true)
  view.setUint16(54, PROGRAM_HEADER_BYTES, true)
  view.setUint16(56, 1, true)
  const segment = ELF_HEADER_BYTES
  view.setUint32(segment, 1, true) // loadable
  view.setUint32(segment + 4, 5, true) // read, execute
  view.setBigUint64(segment + 16, BigInt(LOAD_ADDRESS), true)
  view.setBigUint64(segment + 24, BigInt(LOAD_ADDRESS), true)
  view.setBigUint64(segment + 32, BigInt(out.length), true)
  view.setBigUint64(segment + 40, BigInt(out.length), true)
  view.setBigUint64(segment + 48, 0x1000n, true)
  out.set(code, entry)
  return out
}
