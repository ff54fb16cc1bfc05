/**
 * The image of the holder: a container that does nothing. A tmpfs volume lives only while some running container has it,
 * so the holder keeps a job's volumes alive before the job starts and after it has ended.
 */
import { type ImageArchive, makeImage } from './image.ts'

const LOAD_ADDRESS = 0x400000
const ELF_HEADER_BYTES = 64
const PROGRAM_HEADER_BYTES = 56

/** mov eax, 34 (pause); syscall; jmp back to the start. */
const CODE = Uint8Array.from([0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7])

/** A static x86-64 executable of one segment: the headers and nine bytes of code. */
function pauseProgram(): Uint8Array {
  const entry = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES
  const out = new Uint8Array(entry + CODE.length)
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
  out.set(CODE, entry)
  return out
}

/** The holder's image. */
export function pauseImage(): Promise<ImageArchive> {
  return makeImage(
    [
      { type: 'directory', name: 'inputs' },
      { type: 'directory', name: 'outputs' },
      { type: 'file', name: 'pause', content: pauseProgram(), isExecutable: true }
    ],
    { entrypoint: ['/pause'] }
  )
}
