import type { Libp2p, Logger } from '@libp2p/interface';
import { type Multiaddr } from '@multiformats/multiaddr';
/** Connections below which known peers are dialled: a gossip mesh (6 to 12) and some for the DHT. */
export declare const MIN_CONNECTIONS = 12;
/** Settings of a {@link PeerKeeper}. */
export interface PeerKeeperInit {
    /** Multiaddrs, each ending in /p2p/PEER, that are dialled for as long as they are not connected. */
    readonly bootstrap: readonly string[];
    /** Pause between two looks. */
    readonly intervalMs: number;
    readonly log: Logger;
    /** Where the connected node's own record is refreshed from. */
    readonly libp2p: Libp2p;
}
/** The loop that dials; started and stopped with the node. */
export declare class PeerKeeper {
    #private;
    constructor(init: PeerKeeperInit);
    /** Starts dialling; returns at once. */
    start(): void;
    /** Stops and waits until no dial is under way. */
    stop(): Promise<void>;
}
/** A multiaddr from user input. @throws LilyError NET_BAD_ADDRESS */
export declare function parseAddress(text: string): Multiaddr;
