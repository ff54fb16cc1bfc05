/**
 * The one way that a tree of files becomes a CID: the profile unixfs-v1-2025, no modes, no times, files and folders
 * only. Provider, mediators and creator must get the same CID from the same files, whatever the order or the chunks in
 * which they arrive.
 */
import { importer } from 'ipfs-unixfs-importer';
import { fixedSize } from 'ipfs-unixfs-importer/chunker';
import { balanced } from 'ipfs-unixfs-importer/layout';
import { LilyError } from '../../../protocols/core/errors.js';
import { splitPath } from './names.js';
/** Bytes of a leaf; also the largest block that we make or accept beside directory nodes. */
export const CHUNK_BYTES = 1024 * 1024;
/** Children of an inner node of a file. */
const MAX_CHILDREN = 1024;
/**
 * Every option that changes a CID. The profile alone is not enough and the defaults without it are not the same: the
 * CIDs differ from some thousands of files on.
 */
const CANONICAL = {
    profile: 'unixfs-v1-2025',
    cidVersion: 1,
    rawLeaves: true,
    leafType: 'raw',
    reduceSingleLeafToSelf: true,
    shardSplitThresholdBytes: 256 * 1024,
    shardFanoutBits: 8,
    wrapWithDirectory: false,
    // One file at a time: memory stays flat, and disks are read in order.
    fileImportConcurrency: 1,
    chunker: fixedSize({ chunkSize: CHUNK_BYTES }),
    layout: balanced({ maxChildrenPerNode: MAX_CHILDREN })
};
/** The importer unwraps a lone file, so everything is put under one name whose directory is the result. */
const ROOT = 'root';
/** A blockstore that forgets: to compute a CID without keeping a byte. */
export class NullStore {
    put(cid) {
        return cid;
    }
}
/**
 * Imports a tree into a blockstore, streaming, and gives the CID of its directory. Folders that hold files need no entry
 * of their own; empty ones do.
 *
 * @throws LilyError CONTENT_BAD_NAME for a name that is refused, CONTENT_DUPLICATE_PATH when two entries claim one path
 */
export async function canonicalTree(entries, sink, options = {}) {
    let last;
    for await (const node of importer(candidates(entries), abortable(sink, options.signal), CANONICAL))
        last = node.cid;
    if (last === undefined)
        throw new TypeError('the importer made no directory');
    return last;
}
/**
 * The CID of one file by the same profile.
 *
 * @see canonicalTree
 */
export async function canonicalFile(content, sink, options = {}) {
    let last;
    for await (const node of importer([{ content }], abortable(sink, options.signal), CANONICAL))
        last = node.cid;
    if (last === undefined)
        throw new TypeError('the importer made no file');
    return last;
}
/** The importer takes no signal, so every block that it makes asks. */
function abortable(sink, signal) {
    return {
        put(cid, bytes) {
            signal?.throwIfAborted();
            return sink.put(cid, bytes);
        }
    };
}
/**
 * Files as they come, then the folders that stayed empty: the importer would put an empty folder in place of a full one
 * when the folder's own entry came second.
 */
async function* candidates(entries) {
    const files = new Set();
    const explicit = new Set([ROOT]);
    const parents = new Set();
    for await (const entry of entries) {
        const path = `${ROOT}/${splitPath(entry.path).join('/')}`;
        for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
            const parent = path.slice(0, at);
            if (files.has(parent))
                throw duplicate(entry.path);
            parents.add(parent);
        }
        if ('isDirectory' in entry) {
            if (files.has(path))
                throw duplicate(entry.path);
            explicit.add(path);
            continue;
        }
        if (files.has(path) || explicit.has(path) || parents.has(path))
            throw duplicate(entry.path);
        files.add(path);
        yield { path, content: entry.content };
    }
    for (const path of explicit)
        if (!parents.has(path))
            yield { path };
}
function duplicate(path) {
    const shown = JSON.stringify(path.slice(0, 200));
    return new LilyError('CONTENT_DUPLICATE_PATH', `two entries of the tree claim the path ${shown}`, {
        details: { path }
    });
}
