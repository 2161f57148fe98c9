/** What an end function says about its retries. The waits are made by the effect chart, in the log. */

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
