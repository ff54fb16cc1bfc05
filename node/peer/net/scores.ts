/**
 * How gossipsub rates peers. Without an entry per topic it rates nothing: forty rejected messages leave a spammer in
 * the mesh. The defaults for a topic punish honest peers of a quiet one. So every topic gets these.
 */
import { createTopicScoreParams, type PeerScoreParams, type TopicScoreParams } from '@chainsafe/libp2p-gossipsub/score'
import { type Conduct, SCORE_PER_SEC } from './conduct.ts'

/** Weights for one topic: a little for time and first deliveries, much against what a validator rejects. */
const TOPIC: TopicScoreParams = createTopicScoreParams({
  topicWeight: 1,
  timeInMeshWeight: 0.01,
  timeInMeshQuantum: 1_000,
  timeInMeshCap: 3_600,
  firstMessageDeliveriesWeight: 0.5,
  firstMessageDeliveriesDecay: 0.9,
  firstMessageDeliveriesCap: 50,
  // A mesh with nothing to say is not a mesh that withholds.
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  // Squared by gossipsub: two rejects cost what a graylisting needs, and half is forgiven in 23 s.
  invalidMessageDeliveriesWeight: -20,
  invalidMessageDeliveriesDecay: 0.97
})

/**
 * The score parameters for these topics. `sharedAddress` switches off the penalty for many peers behind one address,
 * for a test network on one machine, where it would empty every mesh.
 */
export function scoreParams(
  topics: readonly string[],
  sharedAddress: boolean,
  conduct: Conduct
): Partial<PeerScoreParams> {
  return {
    appSpecificScore: peerId => conduct.scoreOf(peerId),
    appSpecificWeight: SCORE_PER_SEC,
    ...(sharedAddress ? { IPColocationFactorWeight: 0 } : {}),
    topics: Object.fromEntries(topics.map(topic => [topic, TOPIC]))
  }
}
