/** The Content port over Helia: blocks by bitswap, files by the bounded walker, trees in canonical form. */
import type { PeerId } from '@libp2p/interface';
import type { Helia } from 'helia';
import { type CID } from '../../../protocols/core/cid.ts';
import type { AbortOptions, Content, FetchOptions, ListedEntry, TreeEntry } from '../../market/ports.ts';
import type { Blocks } from '../store/blocks.ts';
import type { BlockClient } from './block-client.ts';
/** What the content needs of its node. */
export interface ContentInit {
    readonly helia: Helia;
    /** The store below Helia's. */
    readonly local: Blocks;
    readonly client: BlockClient;
    /** Reads a peer id, and says no to what is none. */
    readonly parsePeerId: (text: string) => PeerId;
}
/** The {@link Content} of a running Helia node. */
export declare class HeliaContent implements Content {
    #private;
    constructor(init: ContentInit);
    cat(cid: CID, options?: FetchOptions): AsyncGenerator<Uint8Array>;
    getBlock(cid: CID, options?: FetchOptions): Promise<Uint8Array>;
    putBlock(codec: 'dag-cbor' | 'raw', bytes: Uint8Array, options?: AbortOptions): Promise<CID>;
    addTree(entries: Iterable<TreeEntry> | AsyncIterable<TreeEntry>, options?: AbortOptions): Promise<CID>;
    addFile(content: Uint8Array | AsyncIterable<Uint8Array>, options?: AbortOptions): Promise<CID>;
    list(cid: CID, options?: FetchOptions & {
        readonly maxEntries?: number;
    }): AsyncGenerator<ListedEntry>;
    provide(cid: CID, options?: AbortOptions): Promise<void>;
    /** Ends every fetch under way. */
    stop(): void;
}
