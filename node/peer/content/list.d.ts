import type { CID } from 'multiformats/cid';
import type { ListedEntry } from '../../market/ports.ts';
import { type GetBlock } from './walk.ts';
/** Most entries of one listing, by default. */
export declare const MAX_ENTRIES = 100000;
/**
 * Yields folders before what they hold, names in the order of their bytes. A file's size is what its maker claims;
 * reading it is what proves it.
 *
 * @throws LilyError CONTENT_NOT_A_TREE, CONTENT_BAD_DAG when it holds what is neither file nor folder, CONTENT_BAD_NAME,
 *   CONTENT_TOO_LARGE beyond `maxEntries`
 */
export declare function listTree(root: CID, getBlock: GetBlock, maxEntries: number): AsyncGenerator<ListedEntry>;
