/** Opens the log, and waits for a NATS that is not there yet: in a fleet things start in any order. */
import type { Clock } from '../../clock/clock.ts';
import { LogUnavailable } from '../../log/log.ts';
import { connectLog } from '../../log/nats/index.ts';
import type { NatsLog, NatsLogOptions } from '../../log/nats/index.ts';

/** Between two tries: soon enough for a server that starts, seldom enough for the log. */
const RETRY_MS = 1_000;

export interface Patience {
  /** Since the first try, in ms. 0 = one try. */
  readonly waitMs: number;
  /** Given up at once, with the last failure. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each failure that is not the last. */
  readonly onWait: (error: LogUnavailable, waitedMs: number) => void;
}

/** Throws `LogUnavailable` once patience ends, and `LogMismatch` at once. */
export async function awaitLog(options: NatsLogOptions, patience: Patience): Promise<NatsLog> {
  const { clock } = options;
  const startedAt = clock.monotonic();
  for (;;) {
    try {
      return await connectLog(options);
    } catch (error) {
      const waitedMs = Math.round(clock.monotonic() - startedAt);
      const enough = waitedMs >= patience.waitMs || patience.signal?.aborted === true;
      if (!(error instanceof LogUnavailable) || enough) throw error;
      patience.onWait(error, waitedMs);
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
