/**
 * What came of one attempt of an effect. The `result` is the decision: no reader parses a text.
 * An outcome travels in `effect.settled` and is therefore JSON.
 */
import type { JsonObject } from './json.ts';

export type OutcomeResult =
  /** It is so now: the provider's answer proves it (for a question: the leg has ended). */
  | 'done'
  /** It was so before we asked: 404/20404, 21220, not_found. */
  | 'already-gone'
  /** The provider took the request; its answer does not prove the end. */
  | 'accepted'
  /** Answer to a question: the leg is live. */
  | 'live'
  /** The gateway answered with an error. */
  | 'refused'
  /** Nobody subscribes the gateway's command subject. */
  | 'no-responder'
  /** Try again, not before `retryAfterMs`. Time-outs, 429, 5xx, resets; a time-out may have acted. */
  | 'retry'
  /** Trying again cannot help: 401, 403, bad request. */
  | 'fatal';

/** All of them, for who reads or lists the word; the type checker holds it complete. */
export const OUTCOME_RESULTS: Readonly<Record<OutcomeResult, true>> = {
  done: true,
  'already-gone': true,
  accepted: true,
  live: true,
  refused: true,
  'no-responder': true,
  retry: true,
  fatal: true,
};

export interface Outcome {
  readonly result: OutcomeResult;
  /** Stable and short: `twilio_20404`, `http_503`, `timeout`, `function_missing`. */
  readonly code?: string;
  /** For people. No secrets, no phone numbers. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
  /** The provider's own status word, for example `completed`. */
  readonly status?: string;
  readonly data?: JsonObject;
}
