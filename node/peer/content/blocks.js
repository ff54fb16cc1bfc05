/**
 * Single blocks: from our own store, else straight from the peers that should have them, else by bitswap from whoever
 * has them. Bitswap never asks twice for a want that it believes sent, so every attempt has a deadline and is made again
 * until the caller's patience ends. No bitswap sessions: they drop their only provider at its first delay.
 */
import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { equalBytes } from '../../../protocols/core/bytes.js';
import { isOurCid } from '../../../protocols/core/cid.js';
import { plain } from '../store/open.js';
import { contentError } from './errors.js';
/** One attempt at one block. Longer than the 5 s for which a bitswap peer refuses to send a block again. */
const ATTEMPT_MS = 8_000;
/** Between attempts: bitswap needs a moment to forget the aborted want, or it would not send the new one. */
const PAUSE_MS = 150;
/** Providers looked for in the DHT when those that were named do not answer. */
const MAX_PROVIDERS = 3;
/** Gets verified blocks; concurrent wants of one CID share one fetch. */
export class BlockFetcher {
    #blocks;
    #local;
    #client;
    #fetches = new Map();
    constructor(components) {
        this.#blocks = components.blocks;
        this.#local = components.local;
        this.#client = components.client;
    }
    /**
     * The block's bytes; kept in our store from then on.
     *
     * @throws LilyError CONTENT_UNSUPPORTED for a hash or codec that we do not take; the signal's reason when it aborts
     */
    async get(cid, options) {
        if (!isOurCid(cid))
            throw contentError('CONTENT_UNSUPPORTED', cid, 'is not CIDv1 with SHA-256 of dag-pb, dag-cbor or raw');
        options.signal.throwIfAborted();
        return plain((await this.#local.read(cid)) ?? (await this.#share(cid, options)));
    }
    /** A caller that gives up must not cancel the fetch of another: bitswap has one want per CID. */
    async #share(cid, options) {
        const key = cid.toString();
        const fetch = this.#fetches.get(key) ?? this.#begin(key, cid, options);
        fetch.waiting++;
        try {
            return await race(fetch.block, options.signal);
        }
        finally {
            fetch.waiting--;
            if (fetch.waiting === 0 && this.#fetches.get(key) === fetch) {
                this.#fetches.delete(key);
                fetch.abort.abort();
            }
        }
    }
    #begin(key, cid, options) {
        const abort = new AbortController();
        const block = this.#retry(cid, { ...options, signal: abort.signal });
        const fetch = { block, abort, waiting: 0 };
        this.#fetches.set(key, fetch);
        const end = () => {
            if (this.#fetches.get(key) === fetch)
                this.#fetches.delete(key);
        };
        block.then(end, end);
        return fetch;
    }
    async #retry(cid, options) {
        for (let attempt = 0;; attempt++) {
            const direct = await this.#direct(cid, options);
            if (direct !== undefined)
                return direct;
            const signal = AbortSignal.any([options.signal, AbortSignal.timeout(ATTEMPT_MS)]);
            const maxProviders = attempt > 0 || options.discover ? MAX_PROVIDERS : 0;
            const want = { signal, providers: options.from.map(peer => peer.toCID()), maxProviders };
            try {
                return await collect(this.#blocks.get(cid, want));
            }
            catch {
                options.signal.throwIfAborted();
                await delay(PAUSE_MS, undefined, { signal: options.signal });
            }
        }
    }
    /** From the first of the named peers that gives it; undefined when none does. */
    async #direct(cid, options) {
        for (const peer of options.from) {
            const block = await race(this.#client.get(peer, cid), options.signal).catch(() => undefined);
            options.signal.throwIfAborted();
            // What does not match its CID is as good as nothing: another peer may be honest.
            if (block === undefined || !equalBytes(hash('sha256', block, 'buffer'), cid.multihash.digest))
                continue;
            await this.#local.put(cid, block);
            return block;
        }
        return undefined;
    }
}
async function collect(parts) {
    const all = [];
    for await (const part of parts)
        all.push(part);
    return all.length === 1 && all[0] !== undefined ? all[0] : Buffer.concat(all);
}
function race(promise, signal) {
    return new Promise((resolve, reject) => {
        const onAbort = () => reject(signal.reason);
        if (signal.aborted)
            onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
}
