import type { Item } from '../../protocols/sync/range.ts';
import { type BenchRow } from './row.ts';
/** What a session cost and found. */
export interface Outcome {
    /** Of all messages, without the offers and their framing. */
    readonly bytes: number;
    readonly requests: number;
    /** What the neighbour sends. */
    readonly missing: readonly Item[];
    /** What the neighbour asks for. */
    readonly given: readonly Item[];
    readonly isCut: boolean;
}
/** One session of a node that holds `mine` with a neighbour that holds `theirs`; every message goes through its codec. */
export declare function reconcile(mine: readonly Item[], theirs: readonly Item[], base?: number): Outcome;
/** Bytes of each case. */
export declare function benchSync(): BenchRow[];
