/** The asking side of the block protocol: one stream to each peer, a few requests under way on it, and a watch for silence. */
import type { Libp2p, PeerId } from '@libp2p/interface';
import type { CID } from '../../../protocols/core/cid.ts';
/** Asks peers for blocks. */
export declare class BlockClient {
    #private;
    constructor(libp2p: Libp2p);
    /**
     * The block as the peer gives it, unverified; no bytes when the peer has none.
     *
     * @throws when the peer cannot be reached, does not speak the protocol, or falls silent
     */
    get(peer: PeerId, cid: CID): Promise<Uint8Array>;
    /** Gives up every stream. */
    stop(): void;
}
