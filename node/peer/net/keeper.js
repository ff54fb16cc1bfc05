/**
 * Keeps a node connected. libp2p dials nobody of itself, and gives up on a lost peer after half a minute, so this loop
 * dials the bootstrap nodes until they answer, and peers that it knows while there are few connections: a network whose
 * bootstrap node died goes on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { multiaddr } from '@multiformats/multiaddr';
import { netError } from './errors.js';
/** Connections below which known peers are dialled: a gossip mesh (6 to 12) and some for the DHT. */
export const MIN_CONNECTIONS = 12;
/** Peers dialled at once, so that a long list of dead ones does not flood the dial queue. */
const DIALS_PER_TICK = 4;
const DIAL_TIMEOUT_MS = 10_000;
/** A peer that did not answer is left alone for this long. */
const RETRY_AFTER_MS = 60_000;
/** The loop that dials; started and stopped with the node. */
export class PeerKeeper {
    #init;
    #bootstrap;
    #failedAtMs = new Map();
    #stopping = new AbortController();
    #running = Promise.resolve();
    constructor(init) {
        this.#init = init;
        this.#bootstrap = init.bootstrap.map(parseBootstrap).filter(({ peer }) => peer !== init.libp2p.peerId.toString());
    }
    /** Starts dialling; returns at once. */
    start() {
        this.#stopping = new AbortController();
        this.#running = this.#run(this.#stopping.signal);
    }
    /** Stops and waits until no dial is under way. */
    async stop() {
        this.#stopping.abort();
        await this.#running;
    }
    async #run(signal) {
        while (!signal.aborted) {
            await Promise.all([this.#dialBootstrap(signal), this.#dialKnown(signal)]);
            await delay(this.#init.intervalMs, undefined, { signal, ref: false }).catch(() => { });
        }
    }
    async #dialBootstrap(signal) {
        const connected = this.#connected();
        const missing = this.#bootstrap.filter(({ peer }) => !connected.has(peer));
        await Promise.all(missing.map(({ address }) => this.#dial(address, signal)));
    }
    async #dialKnown(signal) {
        const connected = this.#connected();
        if (connected.size >= MIN_CONNECTIONS)
            return;
        const now = performance.now();
        const candidates = [];
        for (const peer of await this.#init.libp2p.peerStore.all().catch(() => [])) {
            const id = peer.id.toString();
            const failedAtMs = this.#failedAtMs.get(id);
            const isResting = failedAtMs !== undefined && now - failedAtMs < RETRY_AFTER_MS;
            if (peer.addresses.length > 0 && !connected.has(id) && !isResting)
                candidates.push(peer.id);
        }
        const chosen = candidates.slice(0, Math.min(DIALS_PER_TICK, MIN_CONNECTIONS - connected.size));
        await Promise.all(chosen.map(peer => this.#dial(peer, signal)));
    }
    async #dial(target, signal) {
        try {
            await this.#init.libp2p.dial(target, { signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]) });
        }
        catch (error) {
            if (signal.aborted)
                return;
            this.#failedAtMs.set(target.toString(), performance.now());
            this.#init.log('cannot reach %s: %e', target, error);
        }
    }
    #connected() {
        return new Set(this.#init.libp2p.getPeers().map(String));
    }
}
function parseBootstrap(text) {
    const address = parseAddress(text);
    const peer = address.getComponents().findLast(component => component.name === 'p2p')?.value;
    if (peer === undefined) {
        throw netError('NET_BAD_ADDRESS', `bootstrap address ${text} must end in /p2p/ and a peer id`, { address: text });
    }
    return { peer, address };
}
/** A multiaddr from user input. @throws LilyError NET_BAD_ADDRESS */
export function parseAddress(text) {
    try {
        return multiaddr(text);
    }
    catch (error) {
        const message = `${text} is not a multiaddr such as /ip4/192.0.2.1/tcp/4001`;
        throw netError('NET_BAD_ADDRESS', message, { address: text }, error);
    }
}
