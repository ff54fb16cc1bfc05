/** The Network port over libp2p: gossip by gossipsub, requests over streams, peers and addresses. */
import type { ComponentLogger, Libp2p, PeerId } from '@libp2p/interface';
import type { AbortOptions, GossipAnswer, Network, PeerInfo, StreamLimits } from '../../market/ports.ts';
import { type RequestOptions, type StreamAnswer } from './rpc.ts';
import type { Services } from './settings.ts';
/** The {@link Network} of a running libp2p node. */
export declare class Libp2pNetwork implements Network {
    #private;
    constructor(libp2p: Libp2p<Services>, topics: readonly string[], logger: ComponentLogger);
    get peerId(): string;
    addresses(): readonly string[];
    peers(): readonly PeerInfo[];
    publish(topic: string, bytes: Uint8Array, options?: AbortOptions): Promise<number>;
    subscribe(topic: string, validate: (bytes: Uint8Array, from: string) => Promise<GossipAnswer>): () => void;
    request(peerId: string, protocol: string, message: Uint8Array, options: RequestOptions): AsyncGenerator<Uint8Array>;
    handle(protocol: string, limits: StreamLimits, answer: StreamAnswer): () => void;
    connect(address: string, options?: AbortOptions): Promise<void>;
    onPeer(listener: (peerId: string) => void): () => void;
}
/** A peer id from text. @throws LilyError NET_BAD_ADDRESS */
export declare function parsePeerId(text: string): PeerId;
