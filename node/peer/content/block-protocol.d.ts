/**
 * Blocks from a peer that is known to have them, over one long-lived stream: a request is the 36 bytes of a CID, an
 * answer four bytes of length (big-endian) and the block; they come in the order of the requests, and an empty one is a
 * no. Beside bitswap because it is twice as fast, says at once
 * what it does not have, and works over relayed connections, where bitswap does not. Who knows a CID may have its block,
 * as with bitswap.
 */
import type { Libp2p } from '@libp2p/interface';
import { CID } from '../../../protocols/core/cid.ts';
/** Name of the protocol. */
export declare const BLOCKS_PROTOCOL = "/lilynode/blocks/1";
/** Longest block that is served or taken: bitswap's own limit. */
export declare const MAX_BLOCK_BYTES: number;
/** Serves what `read` has; never fetches for others. */
export declare function serveBlocks(libp2p: Libp2p, read: ReadBlock): Promise<void>;
/** A block of our own, or undefined. */
export type ReadBlock = (cid: CID) => Promise<Uint8Array | undefined>;
/** Puts answers together as their bytes arrive, each copied once to where it stays. */
export declare class AnswerReader {
    #private;
    constructor(onBlock: (block: Uint8Array) => void);
    /** @throws RangeError when a block is announced that is longer than any may be */
    push(data: Uint8Array | Iterable<Uint8Array>): void;
}
