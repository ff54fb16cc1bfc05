import { type GossipSub } from '@chainsafe/libp2p-gossipsub';
import type { CreateLibp2pOptions } from '@helia/libp2p';
import { type CircuitRelayService } from '@libp2p/circuit-relay-v2';
import { type Identify, type IdentifyPush } from '@libp2p/identify';
import type { ComponentLogger, PrivateKey } from '@libp2p/interface';
import { type KadDHT } from '@libp2p/kad-dht';
import { type Ping } from '@libp2p/ping';
/** Names our own network: identify, ping and the DHT of other networks never mix with it. */
export declare const PROTOCOL_PREFIX = "lilynode";
/** Whether a node carries others' traffic (`serve`: only if the world can reach it), reaches out through such nodes
 * (`use`: behind a NAT), or neither. */
export type RelayMode = 'off' | 'use' | 'serve';
/** The services of our libp2p node. */
export interface Services extends Record<string, unknown> {
    readonly identify: Identify;
    readonly identifyPush: IdentifyPush;
    readonly ping: Ping;
    readonly pubsub: GossipSub;
    readonly dht: KadDHT;
    readonly dcutr: unknown;
    readonly relay?: CircuitRelayService;
}
/** What the settings depend on. */
export interface SettingsInit {
    readonly privateKey: PrivateKey;
    /** Multiaddrs to listen on; port 0 takes a free one. */
    readonly listen: readonly string[];
    /** Multiaddrs to tell others beside those that are found: a public address has to be said. */
    readonly announce: readonly string[];
    /** Every gossip topic that this node will ever use; others are refused. */
    readonly topics: readonly string[];
    readonly relay: RelayMode;
    /** Many nodes on one machine: private addresses are shared, and nobody is penalised for sharing one. */
    readonly testNet: boolean;
    readonly logger?: ComponentLogger;
}
/** The libp2p options for {@link SettingsInit}. */
export declare function libp2pOptions(init: SettingsInit): CreateLibp2pOptions<Services>;
