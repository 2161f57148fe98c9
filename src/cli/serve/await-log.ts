/** Opens the log, and waits for a NATS that is not there yet: in a fleet things start in any order. */
import type { Clock } from '../../clock/clock.ts';
import { LogUnavailable } from '../../log/log.ts';
import { connectLog } from '../../log/nats/index.ts';
import type { NatsLog, NatsLogOptions } from '../../log/nats/index.ts';

/** Between two tries: soon enough for a server that starts, seldom enough for the log. */
const RETRY_MS = 1_000;

/** Said once at the start, then when the wait has become long, then each time it has doubled. */
const TELL_AGAIN_MS = 10_000;

export interface Patience {
  /** Since the first try, in ms. 0 = one try. */
  readonly waitMs: number;
  /** Given up at once, with the last failure. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the first failure, then of ever fewer: one that goes on is no news each second. */
  readonly onWait: (error: LogUnavailable, waitedMs: number) => void;
}

/** Throws `LogUnavailable` once patience ends, and `LogMismatch` at once. */
export async function awaitLog(options: NatsLogOptions, patience: Patience): Promise<NatsLog> {
  const { clock } = options;
  const startedAt = clock.monotonic();
  let tellFromMs = 0;
  for (;;) {
    try {
      return await connectLog(options);
    } catch (error) {
      const waitedMs = Math.round(clock.monotonic() - startedAt);
      const enough = waitedMs >= patience.waitMs || patience.signal?.aborted === true;
      if (!(error instanceof LogUnavailable) || enough) throw error;
      if (waitedMs >= tellFromMs) {
        patience.onWait(error, waitedMs);
        tellFromMs = Math.max(TELL_AGAIN_MS, waitedMs * 2);
      }
      await pause(clock, Math.min(RETRY_MS, patience.waitMs - waitedMs), patience.signal);
    }
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    const stop = (): void => {
      timer.cancel();
      resolve();
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}
