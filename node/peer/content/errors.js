import { LilyError } from '../../../protocols/core/errors.js';
/** A {@link LilyError} about one CID. */
export function contentError(code, cid, reason, cause) {
    const init = { details: { cid: cid.toString() }, ...(cause === undefined ? {} : { cause }) };
    return new LilyError(code, `${cid} ${reason}`, init);
}
