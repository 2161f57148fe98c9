/**
 * Time as a value. Everything outside the composition root takes a {@link Clock}; tests and the
 * simulation pass one they move by hand.
 */

export interface TimerHandle {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, ms since the epoch. May step. */
  now(): number;
  /** Monotonic, ms from an arbitrary origin. Never steps; runs on through a freeze of the process. */
  monotonic(): number;
  /** One call after at least `delayMs`; delays past 2^31 - 1 ms are allowed. */
  after(delayMs: number, run: () => void): TimerHandle;
}
