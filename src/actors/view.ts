/**
 * What a node shows of itself: the supervisor fills it, the admin API and the query service read it.
 * Everything is read in one synchronous turn from memory, so an answer is one moment of the node.
 */
import type { ArmedTimer, CallState, Note } from './call-state.ts';

/** A call of a partition that this node owns: open, or closed with work that outlives it. */
export interface OpenCall {
  readonly partition: number;
  readonly state: CallState;
  /** When a timer counts, in ms since the epoch; moved for an absence by the last outage. */
  readonly dueAt: (timer: ArmedTimer) => number;
}

export type PartitionPhase = 'following' | 'claiming' | 'catching-up' | 'live' | 'releasing' | 'fenced';

export interface PartitionStatus {
  readonly partition: number;
  readonly phase: PartitionPhase;
  /** Sequence of the claim in force, as this node last read it; absent when it has read none. */
  readonly epoch?: number;
  readonly owner?: string;
  readonly paused: boolean;
  /** Messages stored for the log and not folded yet. */
  readonly lag: number;
  readonly openCalls: number;
}

/** A note of a fold as it is announced on the live feed. */
export interface Announcement {
  readonly callId: string;
  /** Fold time, ms since the epoch. */
  readonly at: number;
  readonly note: Note;
}

export interface NodeView {
  readonly nodeId: string;
  /** N. */
  readonly partitions: number;
  /** Every partition that this node follows or owns. */
  status(): readonly PartitionStatus[];
  /** Empty when ready. Each is one sentence for people, without secrets. */
  notReady(): readonly string[];
  /** Of the partitions in phase `live` here, in any order. */
  callIds(): Iterable<string>;
  /** Undefined when it is not one of {@link callIds}. */
  call(callId: string): OpenCall | undefined;
  /** Live notes of this node's folds; never those of a replay. Returns the unsubscription. A listener must not throw. */
  subscribe(listener: (announcement: Announcement) => void): () => void;
}
