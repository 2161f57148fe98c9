/**
 * How long each kind of effect is tried. The state that wants it bounds it further: leaving the state
 * withdraws the effect.
 */
import type { RetryPolicy } from '../../machines/effect/machine.ts';
import type { EffectKind } from '../contract/effect.ts';
import type { EndFunctionManifest } from '../end-functions/end-function.ts';

const UNTIL_WITHDRAWN = Infinity;

/** A hangup: at once, then 0.5 s doubling to 5 s, about eight times in a budget of 30 s. */
const HANG_UP: RetryPolicy = { maxAttempts: UNTIL_WITHDRAWN, initialMs: 500, maxMs: 5_000, factor: 2 };
/** A leg that outlived its call: 5 s doubling to 5 min, until `legHorizonMs`. */
export const ORPHAN_LEG: RetryPolicy = {
  maxAttempts: UNTIL_WITHDRAWN,
  initialMs: 5_000,
  maxMs: 300_000,
  factor: 2,
};
/** Questions: an answer that does not come is itself an answer. */
const ASK: RetryPolicy = { maxAttempts: 5, initialMs: 500, maxMs: 4_000, factor: 2 };
/** Commands: the same effect id again while the state lasts. */
const COMMAND: RetryPolicy = { maxAttempts: UNTIL_WITHDRAWN, initialMs: 250, maxMs: 1_000, factor: 2 };
/** A ping that one whole `commandRetryMs` did not answer is unanswered. */
const PING: RetryPolicy = { maxAttempts: 1, initialMs: 0, maxMs: 0, factor: 1 };
/** Records and dead letters are never given up. */
const PUBLISH: RetryPolicy = { maxAttempts: UNTIL_WITHDRAWN, initialMs: 200, maxMs: 10_000, factor: 2 };

/** Waits of the automatic redrive of a dead letter (contract, `postProcessingMs`). */
export const REDRIVE_MS: readonly number[] = [600_000, 3_600_000, 21_600_000, 86_400_000];

/** One attempt, in ms. */
const REQUEST_TIMEOUT_MS = 5_000;

export function policyFor(
  kind: EffectKind,
  verb: string | undefined,
  manifest?: EndFunctionManifest,
): RetryPolicy {
  switch (kind) {
    case 'hang-up-leg':
    case 'delete-room':
    case 'stop-egress':
      return HANG_UP;
    case 'ask-leg':
      return ASK;
    case 'command':
      return verb === 'ping' ? PING : COMMAND;
    case 'run-end-function':
      return manifest?.retry ?? { maxAttempts: 1, initialMs: 0, maxMs: 0, factor: 1 };
    default:
      return PUBLISH;
  }
}

export function timeoutFor(kind: EffectKind, commandRetryMs: number, manifest?: EndFunctionManifest): number {
  if (kind === 'command') return commandRetryMs;
  if (kind === 'run-end-function') return manifest?.timeoutMs ?? REQUEST_TIMEOUT_MS;
  return REQUEST_TIMEOUT_MS;
}
