/**
 * A side effect as data: what the fold wants done, self-contained, so that any owner can perform it.
 * One value is one attempt. Its outcome returns through the log as `effect.settled`.
 */
import type { JsonObject } from './json.ts';
import type { Position } from './message.ts';

export type EffectKind =
  /** A command to the gateway that holds the call. */
  | 'command'
  | 'hang-up-leg'
  /** Asks the leg's provider whether it lives. */
  | 'ask-leg'
  | 'delete-room'
  | 'stop-egress'
  | 'run-end-function'
  /** Appends the call record at the expected version. */
  | 'publish-record'
  /** Appends a dead letter; deduplicated by its effect id. */
  | 'publish-dead-letter'
  /** Takes a dead letter out of the stream: what it was about is settled. */
  | 'remove-dead-letter'
  /** Asks the owner for `unattended.permitted` (rule R11). */
  | 'permit-unattended';

export interface Effect {
  /** The same over all attempts, owners and processes (log rule 31, invariant 6). */
  readonly effectId: string;
  readonly kind: EffectKind;
  readonly callId: string;
  /** The gateway that started the call. */
  readonly gateway: string;
  /** From 1. */
  readonly attempt: number;
  /** Of the message whose fold asked for this attempt. Commands carry it (log rule 33). */
  readonly position: Position;
  /** Type of the message that caused the effect (invariant 2). */
  readonly cause: string;
  /** Fold time at which the effect was first asked for, ms since the epoch. */
  readonly requestedAt: number;
  /** Effect id plus function version (invariant 9). */
  readonly idempotencyKey: string;
  /** One attempt, in ms. */
  readonly timeoutMs: number;
  readonly payload: EffectPayload;
}

export type EffectPayload =
  /** `instance` of a ping: the process that the gateway named, which one answer speaks for (log rule 16). */
  | { readonly verb: string; readonly body: JsonObject; readonly instance?: string }
  | {
      readonly leg: string;
      readonly provider: string;
      readonly address: JsonObject;
      readonly unanswered?: boolean;
      readonly children?: boolean;
    }
  | { readonly function: string; readonly version: string; readonly input: JsonObject }
  | { readonly record: JsonObject; readonly recordVersion: number; readonly incarnation: number }
  | {
      readonly deadLetter: 'input' | 'function' | 'leg';
      readonly letter: JsonObject;
    }
  | { readonly letterId: string; readonly letterKind: 'function' | 'leg' }
  | { readonly permit: true };
