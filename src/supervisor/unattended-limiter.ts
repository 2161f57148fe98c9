/**
 * Ends without terminal evidence, within the fleet's limit (log rule 24, rule R11): each asks for
 * permission; the owner grants ceil(limit / N) a minute, the rest wait and alarm.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';

const MINUTE_MS = 60_000;

export interface UnattendedLimiterOptions {
  readonly clock: Clock;
  /** Over the fleet, a minute. 0 grants none. */
  readonly limitPerMinute: () => number;
  readonly partitions: number;
  /** Appends `unattended.permitted` for the call's question. */
  readonly grant: (callId: string, effectId: string) => void;
  /** Once when calls begin to wait. */
  readonly onWaiting: (waiting: number) => void;
}

export class UnattendedLimiter {
  private readonly options: UnattendedLimiterOptions;
  private readonly waiting = new Map<string, string>();
  private readonly grantedAt: number[] = [];
  private timer: TimerHandle | undefined;

  constructor(options: UnattendedLimiterOptions) {
    this.options = options;
  }

  /** Asks for a call's end; repeated questions about one effect are one. */
  ask(effectId: string, callId: string): void {
    const before = this.waiting.size;
    this.waiting.set(effectId, callId);
    this.serve();
    if (before === 0 && this.waiting.size > 0) this.options.onWaiting(this.waiting.size);
  }

  /** The call found evidence, or goes on. */
  withdraw(effectId: string): void {
    this.waiting.delete(effectId);
  }

  /** Forgets everything: the partition is no longer ours. */
  stop(): void {
    this.timer?.cancel();
    this.waiting.clear();
  }

  private serve(): void {
    const { clock, limitPerMinute, partitions, grant } = this.options;
    const now = clock.monotonic();
    while (this.grantedAt[0] !== undefined && this.grantedAt[0] <= now - MINUTE_MS) this.grantedAt.shift();
    const share = Math.ceil(limitPerMinute() / partitions);
    for (const [effectId, callId] of this.waiting) {
      if (this.grantedAt.length >= share) break;
      this.waiting.delete(effectId);
      this.grantedAt.push(now);
      grant(callId, effectId);
    }
    this.timer?.cancel();
    const oldest = this.grantedAt[0];
    if (this.waiting.size === 0 || oldest === undefined) return;
    this.timer = clock.after(oldest + MINUTE_MS - now, () => this.serve());
  }
}
