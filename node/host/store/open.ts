/**
 * Opens the LevelDB databases of a data folder, and turns what LevelDB says into words that help.
 * The journal is opened first: its LOCK file is what keeps a second process out of the folder.
 */
import { mkdir } from 'node:fs/promises'
import { Level } from 'level'
import { LilyError } from '../../../protocols/core/errors.ts'

/** What can be wrong with a data folder. */
export type DataFolderErrorCode = 'DATA_FOLDER_IN_USE' | 'DATA_FOLDER_CORRUPT' | 'DATA_FOLDER_UNUSABLE'

/** A LevelDB database of text keys and byte values. */
export type ByteLevel = Level<string, Uint8Array>

/**
 * Opens a database, creating its folder (mode 0700) where there is none.
 *
 * @throws LilyError DATA_FOLDER_IN_USE when another process has it open, DATA_FOLDER_CORRUPT when LevelDB cannot read it,
 *   DATA_FOLDER_UNUSABLE when the folder cannot be made or written
 */
export async function openLevel(folder: string): Promise<ByteLevel> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const level: ByteLevel = new Level(folder, { keyEncoding: 'utf8', valueEncoding: 'view' })
    // Blocks are mostly incompressible or already hashed: compressing them costs more than it saves.
    await level.open({ createIfMissing: true, compression: false })
    return level
  } catch (error) {
    throw dataFolderError(folder, error)
  }
}

function dataFolderError(folder: string, error: unknown): LilyError<DataFolderErrorCode> {
  const causes = [...causeChain(error)]
  const details = { folder }
  if (causes.some(cause => cause.code === 'LEVEL_LOCKED')) {
    const message = `data folder ${folder} is open in another process: stop that node, or give this one its own folder`
    return new LilyError('DATA_FOLDER_IN_USE', message, { details, cause: error })
  }
  const reason = causes.at(-1)?.message ?? String(error)
  if (causes.some(cause => cause.code === 'LEVEL_CORRUPTION' || CORRUPT.test(cause.message))) {
    const message =
      `data folder ${folder} is corrupt (${reason}): restore it from a backup, or move it away and start with a new one; ` +
      'keep the file key.json, it holds your account'
    return new LilyError('DATA_FOLDER_CORRUPT', message, { details, cause: error })
  }
  return new LilyError('DATA_FOLDER_UNUSABLE', `data folder ${folder} cannot be used: ${reason}`, {
    details,
    cause: error
  })
}

/** How LevelDB words damage when it gives no code. */
const CORRUPT = /corrupt|no meta-nextfile|CURRENT file|checksum|missing files|bad record|no such file/i

function* causeChain(error: unknown): Iterable<{ code?: unknown; message: string }> {
  let at = error
  while (at instanceof Error) {
    yield at
    at = at.cause
  }
}

/** LevelDB gives Buffers, whose methods differ from those of the Uint8Array that they claim to be. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
