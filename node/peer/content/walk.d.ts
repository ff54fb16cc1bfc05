/**
 * Reads a UnixFS file in order with a few blocks in flight. Helia's own reader asks for a whole layer of the file at
 * once (1,024 blocks of 1 MiB) and has no back-pressure: here a slow reader slows the fetch, and memory stays flat.
 */
import * as dagPb from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import type { CID } from 'multiformats/cid';
/** Blocks in flight: times 1 MiB stays well below what a stream may buffer, and hides the round trip. */
export declare const PREFETCH = 8;
/** Where blocks come from. */
export type GetBlock = (cid: CID) => Promise<Uint8Array>;
/**
 * Yields the bytes of the file in order.
 *
 * @throws LilyError CONTENT_NOT_A_FILE, CONTENT_BAD_DAG when its parts are none, CONTENT_TOO_LARGE beyond `maxBytes`
 */
export declare function walkFile(root: CID, getBlock: GetBlock, maxBytes: number): AsyncGenerator<Uint8Array>;
/** Any UnixFS node. @throws LilyError CONTENT_BAD_DAG */
export declare function decodeNode(cid: CID, block: Uint8Array): {
    unixfs: UnixFS;
    links: readonly dagPb.PBLink[];
};
