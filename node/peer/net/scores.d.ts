/**
 * How gossipsub rates peers. Without an entry per topic it rates nothing: forty rejected messages leave a spammer in
 * the mesh. The defaults for a topic punish honest peers of a quiet one. So every topic gets these.
 */
import { type PeerScoreParams } from '@chainsafe/libp2p-gossipsub/score';
/**
 * The score parameters for these topics. `sharedAddress` switches off the penalty for many peers behind one address,
 * for a test network on one machine, where it would empty every mesh.
 */
export declare function scoreParams(topics: readonly string[], sharedAddress: boolean): Partial<PeerScoreParams>;
