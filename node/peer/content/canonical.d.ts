/**
 * The one way that a tree of files becomes a CID: the profile unixfs-v1-2025, no modes, no times, files and folders
 * only. Provider, mediators and creator must get the same CID from the same files, whatever the order or the chunks in
 * which they arrive.
 */
import { type WritableStorage } from 'ipfs-unixfs-importer';
import type { CID } from 'multiformats/cid';
import type { AbortOptions, TreeEntry } from '../../market/ports.ts';
/** Bytes of a leaf; also the largest block that we make or accept beside directory nodes. */
export declare const CHUNK_BYTES: number;
/** What of a blockstore the importer needs. */
export type BlockSink = WritableStorage;
/** A blockstore that forgets: to compute a CID without keeping a byte. */
export declare class NullStore implements BlockSink {
    put(cid: CID): CID;
}
/**
 * Imports a tree into a blockstore, streaming, and gives the CID of its directory. Folders that hold files need no entry
 * of their own; empty ones do.
 *
 * @throws LilyError CONTENT_BAD_NAME for a name that is refused, CONTENT_DUPLICATE_PATH when two entries claim one path
 */
export declare function canonicalTree(entries: Iterable<TreeEntry> | AsyncIterable<TreeEntry>, sink: BlockSink, options?: AbortOptions): Promise<CID>;
/**
 * The CID of one file by the same profile.
 *
 * @see canonicalTree
 */
export declare function canonicalFile(content: Uint8Array | AsyncIterable<Uint8Array>, sink: BlockSink, options?: AbortOptions): Promise<CID>;
