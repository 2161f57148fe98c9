/** How long to wait between two attempts of an effect: exponential, capped, and spread. Pure. */

export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly maxAttempts: number;
  /** Wait after the first failed attempt, before the spread. */
  readonly initialMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
  /** Each wait is this many times the one before. */
  readonly factor: number;
}

/**
 * The wait in ms after attempt number `attempt` (1 = the first) failed. `random01` is in [0, 1): it
 * moves the wait between half and the whole of min(maxMs, initialMs × factor^(attempt − 1)), so that
 * calls which failed together do not come back together, and none comes back at once.
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random01: number): number {
  const wholeMs = Math.min(policy.maxMs, policy.initialMs * policy.factor ** (attempt - 1));
  return Math.round(wholeMs / 2 + (wholeMs / 2) * random01);
}
