/**
 * The image of the holder: a container that does nothing. A tmpfs volume lives only while some running container has it,
 * so the holder keeps a job's volumes alive before the job starts and after it has ended.
 */
import { type ImageArchive, makeImage } from './image.ts'
import { staticProgram } from './program.ts'

/** mov eax, 34 (pause); syscall; jmp back to the start. */
const CODE = Uint8Array.from([0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7])

/** The holder's image. */
export function pauseImage(): Promise<ImageArchive> {
  return makeImage(
    [
      { type: 'directory', name: 'inputs' },
      { type: 'directory', name: 'outputs' },
      { type: 'file', name: 'pause', content: staticProgram(CODE), isExecutable: true }
    ],
    { entrypoint: ['/pause'] }
  )
}
