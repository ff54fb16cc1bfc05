/** The result directory in the shape that every runtime shares: stdout, stderr, exitCode, outputs/ (step: result). */
import { utf8 } from '../../../protocols/core/utf8.ts'
import { exitCodeText } from '../../../protocols/run/exit-code.ts'
import type { TreeEntry } from '../../market/ports.ts'

/** What a run left behind. */
export interface Leavings {
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly exitCode: number
  /** Below outputs/, paths without a leading slash; `content` undefined for a directory. */
  readonly outputs: Iterable<Output> | AsyncIterable<Output>
}

/** A file or directory below outputs/. */
export interface Output {
  readonly path: string
  readonly content: Uint8Array | AsyncIterable<Uint8Array> | undefined
}

/** The entries of the result directory. `outputs` is there even when it is empty. */
export async function* resultEntries(leavings: Leavings): AsyncGenerator<TreeEntry> {
  yield { path: 'exitCode', content: utf8(exitCodeText(leavings.exitCode)) }
  yield { path: 'outputs', isDirectory: true }
  for await (const { path, content } of leavings.outputs) {
    if (content === undefined) yield { path: `outputs/${path}`, isDirectory: true }
    else yield { path: `outputs/${path}`, content }
  }
  yield { path: 'stderr', content: leavings.stderr }
  yield { path: 'stdout', content: leavings.stdout }
}
