/** The Network port over libp2p: gossip by gossipsub, requests over streams, peers and addresses. */
import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub';
import { peerIdFromString } from '@libp2p/peer-id';
import { accountOfPeerId } from '../../market/peer-id.js';
import { PeerRate } from '../../market/rate.js';
import { netError, streamError } from './errors.js';
import { parseAddress } from './keeper.js';
import { request, respond } from './rpc.js';
const ANSWERS = {
    accept: TopicValidatorResult.Accept,
    ignore: TopicValidatorResult.Ignore,
    reject: TopicValidatorResult.Reject
};
/** Streams of one protocol that one peer may have open at once. */
const MAX_STREAMS_PER_PEER = 16;
const CONNECT_TIMEOUT_MS = 15_000;
/** The {@link Network} of a running libp2p node. */
export class Libp2pNetwork {
    #libp2p;
    #topics;
    #log;
    constructor(libp2p, topics, logger) {
        this.#libp2p = libp2p;
        this.#topics = new Set(topics);
        this.#log = logger.forComponent('lily:network');
    }
    get peerId() {
        return this.#libp2p.peerId.toString();
    }
    addresses() {
        return this.#libp2p.getMultiaddrs().map(String);
    }
    peers() {
        const byPeer = Map.groupBy(this.#libp2p.getConnections(), connection => connection.remotePeer.toString());
        return [...byPeer].map(([peerId, connections]) => ({
            peerId,
            account: accountOf(peerId),
            addresses: connections.map(connection => connection.remoteAddr.toString()),
            isDialled: connections.some(connection => connection.direction === 'outbound')
        }));
    }
    async publish(topic, bytes, options = {}) {
        options.signal?.throwIfAborted();
        this.#assertTopic(topic);
        const { pubsub } = this.#libp2p.services;
        // Gossipsub would remember a message that nobody got as seen, and swallow its next announcement.
        if (pubsub.getSubscribers(topic).length === 0)
            return 0;
        const { recipients } = await pubsub.publish(topic, bytes);
        return recipients.length;
    }
    subscribe(topic, validate) {
        this.#assertTopic(topic);
        const { pubsub } = this.#libp2p.services;
        if (pubsub.topicValidators.has(topic))
            throw new TypeError(`topic ${topic} has its validator already`);
        pubsub.topicValidators.set(topic, async (peer, message) => ANSWERS[await validate(message.data, peer.toString())]);
        pubsub.subscribe(topic);
        return () => {
            pubsub.unsubscribe(topic);
            pubsub.topicValidators.delete(topic);
        };
    }
    request(peerId, protocol, message, options) {
        return request(this.#libp2p, parsePeerId(peerId), protocol, message, options);
    }
    handle(protocol, limits, answer) {
        const rate = new PeerRate(limits.perSecond, () => performance.now());
        const onStream = async (stream, connection) => {
            if (rate.take(connection.remotePeer.toString()))
                await respond(stream, connection, limits, answer);
            else
                stream.abort(new Error('too many requests'));
        };
        const options = { maxInboundStreams: MAX_STREAMS_PER_PEER, runOnLimitedConnection: true };
        // Both sides of this take effect at once; what is awaited is only that the peer store knows.
        const handled = this.#libp2p.handle(protocol, onStream, options);
        handled.catch(error => this.#log.error('cannot answer %s: %e', protocol, error));
        return () => {
            this.#libp2p.unhandle(protocol).catch(error => this.#log.error('cannot stop answering %s: %e', protocol, error));
        };
    }
    async connect(address, options = {}) {
        const target = address.startsWith('/') ? parseAddress(address) : parsePeerId(address);
        const deadline = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
        const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
        try {
            await this.#libp2p.dial(target, { signal });
        }
        catch (error) {
            options.signal?.throwIfAborted();
            throw netError('NET_UNREACHABLE', `cannot reach ${address}`, { address }, streamError(address, 'connect', error));
        }
    }
    onPeer(listener) {
        const onIdentify = (event) => listener(event.detail.peerId.toString());
        this.#libp2p.addEventListener('peer:identify', onIdentify);
        return () => this.#libp2p.removeEventListener('peer:identify', onIdentify);
    }
    #assertTopic(topic) {
        if (!this.#topics.has(topic))
            throw new TypeError(`topic ${topic} is not among those that the node was made with`);
    }
}
/** A peer id from text. @throws LilyError NET_BAD_ADDRESS */
export function parsePeerId(text) {
    try {
        return peerIdFromString(text);
    }
    catch (error) {
        throw netError('NET_BAD_ADDRESS', `${text.slice(0, 100)} is not a peer id`, { address: text.slice(0, 100) }, error);
    }
}
function accountOf(peerId) {
    try {
        return accountOfPeerId(peerId);
    }
    catch {
        return undefined;
    }
}
