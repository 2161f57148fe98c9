/**
 * The partition's own state, folded from its own messages: era, the claim in force with the
 * configuration it carries, the last `log.restored`, pause, and where ownership was written. Pure.
 */
import type { PinnedConfig, World } from '../actors/call-state.ts';
import type { Message } from '../contract/message.ts';

/** The claim in force (log rules 6 and 11). */
export interface Claim {
  /** Sequence of `partition.claimed`. */
  readonly epoch: number;
  readonly node: string;
  readonly nonce: string;
  readonly config: PinnedConfig;
}

/** Where an ownership message was stored: sequence and the server's timestamp in ms. */
export type OwnershipMark = readonly [seq: number, timestampMs: number];

export interface PartitionState {
  /** Grows each time the log was found rewound (log rule 30). */
  readonly era: number;
  /** Timestamp of the claim that began it; absent in the first. */
  readonly eraAt?: number;
  readonly claim: Claim;
  readonly restoredAt: number;
  readonly paused: boolean;
  /** The last 100, oldest first: anchors against a rewind (log rules 26 and 30). */
  readonly ownership: readonly OwnershipMark[];
  /** Calls whose fold threw and whose `call.quarantined` has not been read (log rule 38): id → detail. */
  readonly quarantine: Readonly<Record<string, string>>;
}

const OWNERSHIP_MARKS_MAX = 100;

/** Before anything was folded: the first owner's claim is in force from the log's beginning. */
export function firstPartitionState(claim: Claim): PartitionState {
  return { era: 0, claim, restoredAt: 0, paused: false, ownership: [], quarantine: {} };
}

/** One step. Unknown types change nothing. Safe to repeat for a replayed message. */
export function foldPartition(state: PartitionState, message: Message, timestampMs: number): PartitionState {
  switch (message.type) {
    case 'partition.claimed':
      return { ...marked(state, message.seq, timestampMs), claim: claimOf(message) };
    case 'partition.renewed':
    case 'partition.released':
      return marked(state, message.seq, timestampMs);
    case 'log.restored':
      return { ...state, restoredAt: Math.max(state.restoredAt, message.at) };
    case 'operator.paused':
      return { ...state, paused: true };
    case 'operator.resumed':
      return { ...state, paused: false };
    default:
      return state;
  }
}

function marked(state: PartitionState, seq: number, timestampMs: number): PartitionState {
  const mark: OwnershipMark = [seq, timestampMs];
  return { ...state, ownership: [...state.ownership, mark].slice(-OWNERSHIP_MARKS_MAX) };
}

/** Reads a decoded `partition.claimed`. Only our own principal can have written it. */
export function claimOf(message: Message): Claim {
  const { node, nonce, config } = message.data;
  return {
    epoch: message.seq,
    node: node as string,
    nonce: nonce as string,
    config: config as unknown as PinnedConfig,
  };
}

/** The partition's facts that a call's fold may depend on. */
export function worldOf(state: PartitionState): World {
  const { era, claim, restoredAt, paused } = state;
  return { era, config: claim.config, restoredAt, paused };
}
