/** The Content port over Helia: blocks by bitswap, files by the bounded walker, trees in canonical form. */
var __addDisposableResource = (this && this.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var __disposeResources = (this && this.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});
import { CODEC, cidOfBlock } from '../../../protocols/core/cid.js';
import { BlockFetcher } from './blocks.js';
import { canonicalFile, canonicalTree } from './canonical.js';
import { contentError } from './errors.js';
import { listTree, MAX_ENTRIES } from './list.js';
import { walkFile } from './walk.js';
/** Patience without any progress, by default. */
const STALL_MS = 30_000;
/** Announcing to the DHT asks some twenty peers. */
const PROVIDE_TIMEOUT_MS = 60_000;
/** The {@link Content} of a running Helia node. */
export class HeliaContent {
    #helia;
    #parsePeerId;
    #fetcher;
    #stopping = new AbortController();
    constructor(init) {
        this.#helia = init.helia;
        this.#parsePeerId = init.parsePeerId;
        this.#fetcher = new BlockFetcher({ blocks: init.helia.blockstore, local: init.local, client: init.client });
    }
    async *cat(cid, options = {}) {
        const env_1 = { stack: [], error: void 0, hasError: false };
        try {
            const maxBytes = options.maxBytes ?? Number.MAX_SAFE_INTEGER;
            const source = __addDisposableResource(env_1, this.#open(cid, options), false);
            let total = 0;
            for await (const bytes of walkFile(cid, source.get, maxBytes)) {
                total += bytes.length;
                options.onProgress?.(total);
                yield bytes;
            }
        }
        catch (e_1) {
            env_1.error = e_1;
            env_1.hasError = true;
        }
        finally {
            __disposeResources(env_1);
        }
    }
    async getBlock(cid, options = {}) {
        const env_2 = { stack: [], error: void 0, hasError: false };
        try {
            const source = __addDisposableResource(env_2, this.#open(cid, options), false);
            const block = await source.get(cid);
            const maxBytes = options.maxBytes ?? block.length;
            if (block.length > maxBytes)
                throw contentError('CONTENT_TOO_LARGE', cid, `has more than ${maxBytes} bytes`);
            options.onProgress?.(block.length);
            return block;
        }
        catch (e_2) {
            env_2.error = e_2;
            env_2.hasError = true;
        }
        finally {
            __disposeResources(env_2);
        }
    }
    async putBlock(codec, bytes, options = {}) {
        const cid = cidOfBlock(codec === 'raw' ? CODEC.raw : CODEC.dagCbor, bytes);
        await this.#helia.blockstore.put(cid, bytes, options);
        return cid;
    }
    addTree(entries, options = {}) {
        return canonicalTree(entries, this.#helia.blockstore, options);
    }
    addFile(content, options = {}) {
        return canonicalFile(content, this.#helia.blockstore, options);
    }
    async *list(cid, options = {}) {
        const env_3 = { stack: [], error: void 0, hasError: false };
        try {
            const source = __addDisposableResource(env_3, this.#open(cid, options), false);
            yield* listTree(cid, source.get, options.maxEntries ?? MAX_ENTRIES);
        }
        catch (e_3) {
            env_3.error = e_3;
            env_3.hasError = true;
        }
        finally {
            __disposeResources(env_3);
        }
    }
    async provide(cid, options = {}) {
        const signal = this.#signal(AbortSignal.timeout(PROVIDE_TIMEOUT_MS), options.signal);
        try {
            await this.#helia.routing.provide(cid, { signal });
        }
        catch (error) {
            options.signal?.throwIfAborted();
            throw contentError('CONTENT_NOT_ANNOUNCED', cid, 'could not be announced to any peer', error);
        }
    }
    /** Ends every fetch under way. */
    stop() {
        this.#stopping.abort();
    }
    /**
     * Blocks for one reading: with the caller's peers and patience, the DHT asked for the first block only. Whatever is
     * still being fetched when the reading ends is given up.
     */
    #open(root, options) {
        const { stallMs = STALL_MS } = options;
        const from = (options.from ?? []).map(this.#parsePeerId);
        const ended = new AbortController();
        const signal = this.#signal(ended.signal, options.signal);
        const stall = setTimeout(() => {
            ended.abort(contentError('CONTENT_NOT_FOUND', root, `came from no peer within ${stallMs} ms`));
        }, stallMs);
        let isFirst = true;
        return {
            get: async (cid) => {
                const discover = isFirst && from.length === 0;
                isFirst = false;
                const block = await this.#fetcher.get(cid, { from, discover, signal });
                stall.refresh();
                return block;
            },
            [Symbol.dispose]: () => {
                clearTimeout(stall);
                ended.abort();
            }
        };
    }
    #signal(...signals) {
        return AbortSignal.any([this.#stopping.signal, ...signals.filter(signal => signal !== undefined)]);
    }
}
