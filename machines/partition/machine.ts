/**
 * One partition as one node sees it: it follows until nobody renews, claims, catches up, lives, and
 * hands over, or is fenced by somebody else's claim. It decides when; writing and reading the log is
 * the caller's.
 */
import { setup, transition, type SnapshotFrom } from 'xstate';

export type PartitionEvent =
  /** No newer ownership message for TTL and margin, or `released`, or this node's own before a restart. */
  | { readonly type: 'owner.silent' }
  | { readonly type: 'claim.written' }
  /** Somebody was first, or the log did not answer. */
  | { readonly type: 'claim.failed' }
  /** The checkpoint could not be loaded. */
  | { readonly type: 'load.failed' }
  /** The own claim was read back, everything before it too, and `log.restored` after it. */
  | { readonly type: 'caught-up' }
  | { readonly type: 'release.requested' }
  | { readonly type: 'released' }
  /** A foreign claim was read, or a renewal, commit or request check failed. */
  | { readonly type: 'claim.foreign' }
  | { readonly type: 'follow.again' };

export type PartitionAction = 'follow' | 'claim' | 'load' | 'act' | 'hand-over' | 'give-up';

const fenced = { 'claim.foreign': { target: '#partition.fenced' } };

export const partitionMachine = setup({
  types: { events: {} as PartitionEvent },
  actions: {
    follow: () => undefined,
    claim: () => undefined,
    load: () => undefined,
    act: () => undefined,
    'hand-over': () => undefined,
    'give-up': () => undefined,
  },
}).createMachine({
  id: 'partition',
  initial: 'following',
  states: {
    /** Waits for the owner to fall silent, for as long as it renews. */
    following: {
      entry: 'follow',
      on: { 'owner.silent': 'claiming' },
    },
    /** Waits for the log's answer to our claim; without one we follow again. */
    claiming: {
      entry: 'claim',
      on: { 'claim.written': 'catching-up', 'claim.failed': 'following', ...fenced },
    },
    /** Loads and replays with effects off, until our own claim is read back (log rule 6). */
    'catching-up': {
      entry: 'load',
      on: { 'caught-up': 'live', 'load.failed': 'releasing', 'release.requested': 'releasing', ...fenced },
    },
    /** Decides and acts, until asked to leave or fenced. */
    live: {
      entry: 'act',
      on: { 'release.requested': 'releasing', ...fenced },
    },
    /** Waits for what is in flight, the last checkpoint and `released`; bounded by the caller. */
    releasing: {
      entry: 'hand-over',
      on: { released: 'following', ...fenced },
    },
    /** This life is over; the next one follows under another nonce. */
    fenced: {
      entry: 'give-up',
      on: { 'follow.again': 'following' },
    },
  },
});

export type PartitionSnapshot = SnapshotFrom<typeof partitionMachine>;

/** One pure step: the next snapshot and what to do, in order. An event that means nothing here does nothing. */
export function stepPartition(
  snapshot: PartitionSnapshot,
  event: PartitionEvent,
): { readonly snapshot: PartitionSnapshot; readonly actions: readonly PartitionAction[] } {
  const [next, actions] = transition(partitionMachine, snapshot, event);
  return { snapshot: next, actions: actions.map(({ type }) => type as PartitionAction) };
}

/** Where every partition begins. Its entry action is `follow`: the caller performs it itself. */
export function initialPartition(): PartitionSnapshot {
  return partitionMachine.resolveState({ value: 'following', context: {} });
}
