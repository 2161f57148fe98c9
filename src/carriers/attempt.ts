/**
 * One attempt at a provider, bounded: whatever the vendor's client does, the attempt ends at its
 * time-out or with its cancellation, and what came of the transport is an {@link Outcome}, never an exception.
 */
import type { Clock } from '../clock/clock.ts';
import type { Outcome } from '../contract/outcome.ts';
import { Cancellation } from './cancellation.ts';
import type { AttemptOptions } from './carrier.ts';

const TIMED_OUT: Outcome = {
  result: 'retry',
  code: 'timeout',
  detail: 'No answer in time; the request may have acted.',
};
const ABORTED: Outcome = {
  result: 'retry',
  code: 'aborted',
  detail: 'Given up by us; the request may have acted.',
};

const TIMEOUT_CODES = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
const RESET_CODES = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);
const UNREACHABLE_CODES = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Causes nest: fetch wraps undici, which wraps the socket's error. Deeper is not seen in practice. */
const CAUSE_DEPTH_MAX = 5;

/**
 * Runs `act` once with a cancellation of its own, which comes at `timeoutMs` or with the one given, and
 * does not wait for `act` after that, since some clients cannot be stopped. Never rejects: an exception
 * of `act` becomes `retry`.
 */
export function runAttempt(
  clock: Clock,
  { cancellation, timeoutMs }: Pick<AttemptOptions, 'cancellation' | 'timeoutMs'>,
  act: (own: Cancellation) => Promise<Outcome>,
): Promise<Outcome> {
  if (cancellation.isCancelled) return Promise.resolve(ABORTED);
  const own = new Cancellation();
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      timer.cancel();
      cancellation.forget(abort);
      resolve(outcome);
    };
    const giveUp = (outcome: Outcome): void => {
      settle(outcome);
      own.cancel();
    };
    const abort = (): void => giveUp(ABORTED);
    const timer = clock.after(timeoutMs, () => giveUp(TIMED_OUT));
    cancellation.onCancel(abort);
    act(own).then(settle, (error: unknown) => settle(transportOutcome(error)));
  });
}

/**
 * What an exception of an HTTP client means: always `retry`, with the code `timeout`, `reset`,
 * `unreachable` or `transport`. The error's own text is dropped: it may quote a request.
 */
export function transportOutcome(error: unknown): Outcome {
  let cause: unknown = error;
  for (let depth = 0; depth < CAUSE_DEPTH_MAX && typeof cause === 'object' && cause !== null; depth += 1) {
    const { name, code, cause: next } = cause as { name?: unknown; code?: unknown; cause?: unknown };
    if (name === 'TimeoutError' || TIMEOUT_CODES.has(String(code))) return TIMED_OUT;
    if (name === 'AbortError') return ABORTED;
    if (RESET_CODES.has(String(code))) {
      return {
        result: 'retry',
        code: 'reset',
        detail: 'The connection was cut; the request may have acted.',
      };
    }
    if (UNREACHABLE_CODES.has(String(code))) {
      return { result: 'retry', code: 'unreachable', detail: 'No connection to the provider.' };
    }
    cause = next;
  }
  return { result: 'retry', code: 'transport', detail: 'The request failed before an answer was read.' };
}
