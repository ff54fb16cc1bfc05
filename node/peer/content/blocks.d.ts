import type { PeerId } from '@libp2p/interface';
import type { Helia } from 'helia';
import { type CID } from '../../../protocols/core/cid.ts';
import type { Blocks } from '../store/blocks.ts';
import type { BlockClient } from './block-client.ts';
/** How to get one block. */
export interface BlockOptions {
    readonly signal: AbortSignal;
    /** Peers that should have it. */
    readonly from: readonly PeerId[];
    /** Ask the DHT at the first attempt already; later attempts always do. */
    readonly discover: boolean;
}
/** What a {@link BlockFetcher} is made of. */
export interface BlockFetcherComponents {
    /** Helia's blockstore: asks the network by bitswap. */
    readonly blocks: Helia['blockstore'];
    /** Our own store below it. */
    readonly local: Blocks;
    readonly client: BlockClient;
}
/** Gets verified blocks; concurrent wants of one CID share one fetch. */
export declare class BlockFetcher {
    #private;
    constructor(components: BlockFetcherComponents);
    /**
     * The block's bytes; kept in our store from then on.
     *
     * @throws LilyError CONTENT_UNSUPPORTED for a hash or codec that we do not take; the signal's reason when it aborts
     */
    get(cid: CID, options: BlockOptions): Promise<Uint8Array>;
}
