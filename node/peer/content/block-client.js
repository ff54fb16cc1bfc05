import { openStream } from '../net/rpc.js';
import { AnswerReader, BLOCKS_PROTOCOL } from './block-protocol.js';
/** Requests that one stream has under way; more wait on our side. */
const MAX_IN_FLIGHT = 16;
/** Requests under way and not one byte for so long: the stream is given up. */
const SILENCE_MS = 8_000;
const OPEN_TIMEOUT_MS = 8_000;
/** Asks peers for blocks. */
export class BlockClient {
    #libp2p;
    #channels = new Map();
    constructor(libp2p) {
        this.#libp2p = libp2p;
    }
    /**
     * The block as the peer gives it, unverified; no bytes when the peer has none.
     *
     * @throws when the peer cannot be reached, does not speak the protocol, or falls silent
     */
    async get(peer, cid) {
        const channel = await this.#channel(peer);
        return channel.get(cid);
    }
    /** Gives up every stream. */
    stop() {
        for (const opening of this.#channels.values()) {
            opening.then(channel => channel.fail(new Error('stopped')), () => { });
        }
    }
    #channel(peer) {
        const key = peer.toString();
        const known = this.#channels.get(key);
        if (known !== undefined)
            return known;
        const opening = this.#open(peer, () => {
            if (this.#channels.get(key) === opening)
                this.#channels.delete(key);
        });
        this.#channels.set(key, opening);
        return opening;
    }
    async #open(peer, closed) {
        try {
            const stream = await openStream(this.#libp2p, peer, BLOCKS_PROTOCOL, AbortSignal.timeout(OPEN_TIMEOUT_MS));
            return new BlockChannel(stream, closed);
        }
        catch (error) {
            closed();
            throw error;
        }
    }
}
/** Our end of one stream. */
class BlockChannel {
    #stream;
    #closed;
    #sent = [];
    #unsent = [];
    #watch;
    #failure;
    #heardAtMs = performance.now();
    constructor(stream, closed) {
        this.#stream = stream;
        this.#closed = closed;
        const reader = new AnswerReader(block => this.#answered(block));
        stream.addEventListener('message', ({ data }) => {
            this.#heardAtMs = performance.now();
            this.#attempt(() => reader.push(data));
        });
        const onEnd = () => this.fail(new Error('the peer ended the stream'));
        stream.addEventListener('remoteCloseWrite', onEnd);
        stream.addEventListener('close', onEnd);
        this.#watch = setInterval(() => this.#checkSilence(), SILENCE_MS / 4).unref();
    }
    get(cid) {
        if (this.#failure !== undefined)
            return Promise.reject(this.#failure);
        const request = { cid, ...Promise.withResolvers() };
        this.#unsent.push(request);
        this.#send();
        return request.promise;
    }
    /** Ends the stream; whatever is asked fails with the reason. */
    fail(reason) {
        if (this.#failure !== undefined)
            return;
        this.#failure = reason;
        clearInterval(this.#watch);
        this.#closed();
        this.#stream.abort(reason);
        for (const request of [...this.#sent.splice(0), ...this.#unsent.splice(0)])
            request.reject(reason);
    }
    #send() {
        while (this.#sent.length < MAX_IN_FLIGHT) {
            const request = this.#unsent.shift();
            if (request === undefined)
                return;
            if (this.#sent.length === 0)
                this.#heardAtMs = performance.now();
            this.#sent.push(request);
            this.#attempt(() => this.#stream.send(request.cid.bytes));
        }
    }
    #answered(block) {
        const request = this.#sent.shift();
        if (request === undefined)
            throw new Error('an answer that nobody asked for');
        request.resolve(block);
        this.#send();
    }
    #attempt(work) {
        try {
            work();
        }
        catch (error) {
            this.fail(error instanceof Error ? error : new Error(String(error)));
        }
    }
    #checkSilence() {
        const isSilent = this.#sent.length > 0 && performance.now() - this.#heardAtMs > SILENCE_MS;
        if (isSilent)
            this.fail(new Error(`silent for ${SILENCE_MS} ms`));
    }
}
