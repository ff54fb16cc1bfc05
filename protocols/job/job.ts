/**
 * A job: which module, with which inputs. Its block's CID is the deal's `spec`, so a deal says exactly what is to be run,
 * and a mediator who has only the deal can run it again (protocol.md sections 2 and 7).
 */
import { cid, codec, integer, record, struct, text } from '../core/codec.ts'

/** Longest value of one input, in UTF-8 bytes; what is longer goes in as a file. */
export const MAX_INPUT_BYTES = 16 * 1024

/** What a job's CID names. */
export const JOB = codec(
  'job',
  struct({
    v: integer(1, 1),
    /** The module's directory: `module.json` and its entrypoint. */
    module: cid(),
    /** Values of the module's declared inputs, as text. */
    values: record(text(MAX_INPUT_BYTES), 64),
    /** Files of the module's declared file inputs, by input name. */
    files: record(cid(), 64),
    /** Tells jobs apart that are otherwise the same; seeds the guest's randomness together with the module. */
    salt: text(64)
  }),
  64 * 1024
)

/** @see JOB */
export type Job = ReturnType<(typeof JOB)['decode']>
