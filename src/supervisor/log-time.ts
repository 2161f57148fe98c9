/**
 * The log's own clock, told from a distance (log rule 15): a message is stored before it is read, so
 * the largest (timestamp − monotonic receive time) of recent messages is the best lower bound of the
 * server's clock. A window forgets it, since a server's clock may step back.
 */
import type { Clock } from '../clock/clock.ts';

/** Renewals come every third of a TTL, so a window always holds some. */
const WINDOW_MS = 30_000;

export class LogTime {
  private readonly clock: Clock;
  private current = -Infinity;
  private previous = -Infinity;
  private windowEndsAt: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.windowEndsAt = clock.monotonic() + WINDOW_MS;
  }

  /** A message of our own was just read. */
  observe(timestampMs: number): void {
    const now = this.clock.monotonic();
    if (now >= this.windowEndsAt) {
      this.previous = this.current;
      this.current = -Infinity;
      this.windowEndsAt = now + WINDOW_MS;
    }
    this.current = Math.max(this.current, timestampMs - now);
  }

  /** The log's present time in ms since the epoch, or undefined before the first message. */
  now(): number | undefined {
    const offset = Math.max(this.current, this.previous);
    return offset === -Infinity ? undefined : offset + this.clock.monotonic();
  }
}
