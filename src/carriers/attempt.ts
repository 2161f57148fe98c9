/**
 * One attempt at a provider, bounded: whatever the vendor's client does, the attempt ends at its
 * time-out or with its signal, and what came of the transport is an {@link Outcome}, never an exception.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock/clock.ts';
import type { Outcome } from '../contract/outcome.ts';
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
 * Runs `act` once with a signal that fires at `timeoutMs` or with `options.signal`, and does not wait
 * for `act` after that, since some clients take no signal. Never rejects: an exception of `act`
 * becomes `retry`.
 */
export function runAttempt(
  clock: Clock,
  options: Pick<AttemptOptions, 'signal' | 'timeoutMs'>,
  act: (signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  if (options.signal.aborted) return Promise.resolve(ABORTED);
  // One signal may serve every attempt of a partition; Node would warn of a leak at the eleventh.
  setMaxListeners(0, options.signal);
  const controller = new AbortController();
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      timer.cancel();
      options.signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    const giveUp = (outcome: Outcome): void => {
      settle(outcome);
      controller.abort();
    };
    const onAbort = (): void => giveUp(ABORTED);
    const timer = clock.after(options.timeoutMs, () => giveUp(TIMED_OUT));
    options.signal.addEventListener('abort', onAbort, { once: true });
    act(controller.signal).then(settle, (error: unknown) => settle(transportOutcome(error)));
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
