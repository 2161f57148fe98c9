/**
 * The port of the effects: what the partition's owner asks of the dispatcher, and what the dispatcher
 * asks of its owner. One value of {@link Effect} is one attempt; attempts, waits and budgets are facts
 * of the log and are decided by the fold, never here.
 */
import type { Effect } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';

export interface EffectDispatcher {
  /**
   * Performs the effect; the request of a hang-up or a deletion leaves in the same tick unless its
   * provider is at its rate, all others behind those of this turn of the event loop. Never throws,
   * never waits. May run twice: one attempt per effect id is in flight (invariant 6), the same or an
   * older attempt is ignored meanwhile, a newer one follows when the one in flight came to nothing.
   * `permit-unattended` is the owner's own work and is ignored. After {@link close} nothing is taken.
   */
  dispatch(effect: Effect): void;
  /**
   * The state no longer wants it (log rule 32). What waits is forgotten; an end function or a command
   * under way is aborted and settles nothing; every other request under way goes on and settles,
   * since its success counts in every state (log rule 20). Unknown ids are fine.
   */
  withdraw(effectId: string): void;
  /** Resolves once nothing waits and nothing is in flight, or after `timeoutMs`. Takes new effects meanwhile. */
  drain(timeoutMs: number): Promise<void>;
  /** Forgets what waits, aborts what is in flight, settles nothing more. May be called twice. */
  close(): Promise<void>;
  stats(): DispatchStats;
}

/** This dispatcher's own effects, now. */
export interface DispatchStats {
  readonly waiting: number;
  readonly inFlight: number;
  /** Attempts not sent because the owner might no longer act. Since the start. */
  readonly silenced: number;
}

/** The partition's owner as the dispatcher sees it. None of these may throw. */
export interface DispatchOwner {
  /**
   * Asked right before each request (log rule 9). False: nothing is sent, nothing is settled, and the
   * effect is forgotten; an owner that may act again dispatches anew what is still wanted.
   */
  mayAct(effect: Effect): boolean;
  /**
   * Resolves once `effect.attempted` was appended and read back with no foreign claim before it (log
   * rule 35). Rejects when that can no longer happen: the function then does not run, nothing settles.
   */
  onAttempted(effect: Effect): Promise<void>;
  /** What came of the attempt. At most once per dispatched attempt. May call the dispatcher. */
  onSettled(effect: Effect, outcome: Outcome): void;
}

/** One command to the gateway instance that holds a call: one request, one attempt, never a throw. */
export interface GatewayCommandSender {
  send(
    address: { readonly gateway: string; readonly callId: string; readonly verb: string },
    body: JsonObject,
    options: { readonly timeoutMs: number },
  ): Promise<Outcome>;
}
