/**
 * Which paths a tree may hold. The same rule guards what we add and what strangers' directories make us write to disk,
 * so that no name can leave its folder, hide another, or differ between machines.
 */
import { LilyError } from '../../../protocols/core/errors.js';
/** Longest name in bytes: the limit of the common file systems. */
export const MAX_NAME_BYTES = 255;
/** Deepest path in names: far beyond any result, and short of what exhausts a stack. */
export const MAX_DEPTH = 64;
const encoder = new TextEncoder();
/** Why a single name is refused, or undefined when it is fine. */
export function badName(name) {
    if (name === '' || name === '.' || name === '..')
        return 'is empty or a dot';
    // A backslash is a separator on some systems, and an escape to the UnixFS importer.
    if (/[/\\]/.test(name))
        return 'contains a slash';
    if (CONTROL.test(name))
        return 'contains a control character';
    if (!name.isWellFormed() || name.includes('\ufffd'))
        return 'is not UTF-8';
    if (encoder.encode(name).length > MAX_NAME_BYTES)
        return `is longer than ${MAX_NAME_BYTES} bytes`;
    return undefined;
}
/**
 * The names of a relative path.
 *
 * @throws LilyError CONTENT_BAD_NAME
 */
export function splitPath(path) {
    const names = path.split('/');
    for (const name of names)
        assertName(name, path);
    if (names.length > MAX_DEPTH)
        throw badPath(path, `is deeper than ${MAX_DEPTH} names`);
    return names;
}
/** @throws LilyError CONTENT_BAD_NAME */
export function assertName(name, path) {
    const reason = badName(name);
    if (reason !== undefined)
        throw badPath(path, reason);
}
function badPath(path, reason) {
    const shown = JSON.stringify(path.slice(0, 200));
    return new LilyError('CONTENT_BAD_NAME', `the name ${shown} ${reason}`, { details: { path, reason } });
}
/** C0 controls (with NUL) and DEL: they rewrite terminals and confuse every tool that lists files. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;
