/**
 * A look at the log's stream now and then: how far it has come, for the lag, and how full it is, so
 * that somebody hears of it before it refuses messages (log rule 41).
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Log } from '../log/log.ts';

/** One cheap question; a lag or a filling stream is a matter of many seconds. */
const LOOK_MS = 2_000;
/** Of the byte limit (log rule 41). */
const FILLING_SHARE = 0.8;

export interface LogWatchOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** At each look while the stream is filling. */
  readonly onFilling: () => void;
  readonly onAlarm: (code: string, data: JsonObject) => void;
}

export class LogWatch {
  private readonly options: LogWatchOptions;
  private timer: TimerHandle | undefined;
  private filling = false;
  private stopped = false;
  /** Of the stream, at the last look; 0 before the first. */
  lastSeq = 0;

  constructor(options: LogWatchOptions) {
    this.options = options;
  }

  /** Once. */
  start(): void {
    void this.look();
  }

  /** Idempotent. */
  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async look(): Promise<void> {
    const { log, clock, onAlarm, onFilling } = this.options;
    try {
      const { lastSeq, bytes, maxBytes } = await log.state('log');
      if (this.stopped) return;
      this.lastSeq = lastSeq;
      const filling = maxBytes > 0 && bytes >= maxBytes * FILLING_SHARE;
      if (filling && !this.filling) onAlarm('log_filling', { bytes, maxBytes });
      this.filling = filling;
      if (filling) onFilling();
    } catch {
      // While the log is away nothing of it is known; its connection tells.
    }
    if (!this.stopped) this.timer = clock.after(LOOK_MS, () => void this.look());
  }
}
