/**
 * The port between the partition owner, which decides what is wanted and whether this process may act,
 * and the dispatcher, which performs it.
 */
import type { Effect } from '../contract/effect.ts';
import type { Outcome } from '../contract/outcome.ts';

export interface EffectDispatcher {
  /** Queues one attempt. Never throws; a repeated (effectId, attempt) in flight is ignored. */
  dispatch(effect: Effect): void;
  /** No longer wanted: leaves its queue, a running request is left to finish. Idempotent. */
  withdraw(effectId: string): void;
  /** Resolves when nothing is in flight, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
  /** Ends everything; nothing is reported afterwards. Idempotent. */
  close(): Promise<void>;
}

/** What the dispatcher asks of the owner of the effect's partition. */
export interface DispatcherHost {
  /** Asked right before each request: the lease still holds (log rule 9). */
  mayAct(effect: Effect): boolean;
  /**
   * End functions only: appends `effect.attempted` and resolves once it was read back with no foreign
   * claim before it (log rule 35). Rejects when the partition was lost: the attempt must not run.
   */
  onAttempted(effect: Effect): Promise<void>;
  /** Once per attempt that was performed; becomes `effect.settled`. */
  onSettled(effect: Effect, outcome: Outcome): void;
}
