/** Log rule 41: the edge closes before the log is full, so that the rest is left for endings. */
import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import { Problem } from './problem.ts';

/** Share of the byte limit. */
const FULL_AT = 0.9;
/** One question to the server a second, however many webhooks come. */
const LOOK_MS = 1_000;

/** Returns a check that rejects with the problem `log_full`, or with `LogUnavailable`. */
export function createRoomCheck(log: Log, clock: Clock): () => Promise<void> {
  let lookedAt = -Infinity;
  let full = false;
  return async () => {
    if (clock.monotonic() - lookedAt >= LOOK_MS) {
      const { bytes, maxBytes } = await log.state('log');
      lookedAt = clock.monotonic();
      full = maxBytes > 0 && bytes >= maxBytes * FULL_AT;
    }
    if (full) throw new Problem('log_full', 'send it again later');
  };
}
