/**
 * Lists a UnixFS folder that a stranger made: bounded, with names that are safe to write to a disk, and without fetching
 * the files. Links (symbolic ones too) are refused, since the profile makes none.
 */
import * as dagPb from '@ipld/dag-pb';
import * as raw from 'multiformats/codecs/raw';
import { compareBytes } from '../../../protocols/core/bytes.js';
import { utf8 } from '../../../protocols/core/utf8.js';
import { contentError } from './errors.js';
import { assertName, MAX_DEPTH } from './names.js';
import { decodeNode } from './walk.js';
/** Most entries of one listing, by default. */
export const MAX_ENTRIES = 100_000;
/** Hex digits that a sharded folder puts before each name: its fan-out is 256. */
const SHARD_DIGITS = 2;
/** 256 to this power names; a folder sharded deeper is a trap. */
const MAX_SHARD_LAYERS = 8;
/**
 * Yields folders before what they hold, names in the order of their bytes. A file's size is what its maker claims;
 * reading it is what proves it.
 *
 * @throws LilyError CONTENT_NOT_A_TREE, CONTENT_BAD_DAG when it holds what is neither file nor folder, CONTENT_BAD_NAME,
 *   CONTENT_TOO_LARGE beyond `maxEntries`
 */
export async function* listTree(root, getBlock, maxEntries) {
    if (root.code !== dagPb.code)
        throw contentError('CONTENT_NOT_A_TREE', root, 'is not a folder');
    const { unixfs } = decodeNode(root, await getBlock(root));
    if (!unixfs.isDirectory())
        throw contentError('CONTENT_NOT_A_TREE', root, `is not a folder but a ${unixfs.type}`);
    const budget = { left: maxEntries };
    yield* listFolder(root, '', { root, getBlock, budget }, 0);
}
async function* listFolder(cid, prefix, listing, depth) {
    if (depth > MAX_DEPTH)
        throw contentError('CONTENT_BAD_DAG', listing.root, `is deeper than ${MAX_DEPTH} folders`);
    const links = [];
    for await (const link of namedLinks(cid, listing, 0))
        links.push(link);
    links.sort((a, b) => compareBytes(utf8(a.name), utf8(b.name)));
    for (const [index, link] of links.entries()) {
        const path = prefix + link.name;
        assertName(link.name, path);
        if (links[index - 1]?.name === link.name)
            throw contentError('CONTENT_BAD_DAG', cid, 'holds a name twice');
        if (link.cid.code === raw.code) {
            yield { path, type: 'file', sizeBytes: link.claimedBytes, cid: link.cid };
            continue;
        }
        const { unixfs } = decodeNode(link.cid, await listing.getBlock(link.cid));
        if (unixfs.isDirectory()) {
            yield { path, type: 'directory', sizeBytes: 0, cid: link.cid };
            yield* listFolder(link.cid, `${path}/`, listing, depth + 1);
        }
        else if (unixfs.type === 'file' || unixfs.type === 'raw') {
            yield { path, type: 'file', sizeBytes: Number(unixfs.fileSize()), cid: link.cid };
        }
        else {
            throw contentError('CONTENT_BAD_DAG', link.cid, `is a ${unixfs.type}: ${JSON.stringify(path.slice(0, 200))}`);
        }
    }
}
/** The links of a folder, through its shards where it is sharded. */
async function* namedLinks(cid, listing, layer) {
    const { unixfs, links } = decodeNode(cid, await listing.getBlock(cid));
    const isShard = unixfs.type === 'hamt-sharded-directory';
    if (layer > 0 && !isShard)
        throw contentError('CONTENT_BAD_DAG', cid, 'is not a shard of its folder');
    // Without entries it would not count against the budget, however often it is linked.
    if (layer > 0 && links.length === 0)
        throw contentError('CONTENT_BAD_DAG', cid, 'is an empty shard');
    if (layer > MAX_SHARD_LAYERS)
        throw contentError('CONTENT_BAD_DAG', cid, 'is sharded without end');
    for (const link of links) {
        const name = (link.Name ?? '').slice(isShard ? SHARD_DIGITS : 0);
        if (isShard && name === '') {
            yield* namedLinks(link.Hash, listing, layer + 1);
            continue;
        }
        listing.budget.left--;
        if (listing.budget.left < 0)
            throw contentError('CONTENT_TOO_LARGE', listing.root, 'has more entries than allowed');
        yield { name, cid: link.Hash, claimedBytes: link.Tsize ?? 0 };
    }
}
