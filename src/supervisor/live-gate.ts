/**
 * What a life of an owner waits for before it acts: its own claim read back, the log read up to its
 * end, the anchor found again after a gap, and `log.restored` read back (log rules 6, 16 and 30).
 */
import type { Clock } from '../clock/clock.ts';
import type { Log, ReaderSignal } from '../log/log.ts';
import { LogRewound } from './errors.ts';
import type { OwnerEffects } from './owner-effects.ts';
import type { OwnershipMark } from './partition-fold.ts';
import { isPositionKept, isStill } from './rewind.ts';

/** Between two looks at the log while it does not answer. */
const ANCHOR_RETRY_MS = 500;

export interface LiveGateOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly partition: number;
  readonly effects: OwnerEffects;
  /** The newest ownership message at or below what was read, or undefined before the first. */
  readonly anchor: () => OwnershipMark | undefined;
  /** What was read last: between it and the anchor, sequences may have been given out again. */
  readonly position: () => { readonly seq: number; readonly timestampMs: number };
  /** Once per life. */
  readonly onLive: () => void;
  readonly onLost: (error: Error) => void;
}

export class LiveGate {
  private readonly options: LiveGateOptions;
  private claimRead = false;
  private caughtUp = false;
  private wentOn = false;
  private wasLive = false;
  private restoring = 0;
  private ended = false;
  private checking: Promise<void> | undefined;

  constructor(options: LiveGateOptions) {
    this.options = options;
  }

  /** Nothing may be folded before it resolves; undefined when nothing is in doubt. */
  get closed(): Promise<void> | undefined {
    return this.checking;
  }

  /** The own claim was read back. */
  ownClaimRead(): void {
    this.claimRead = true;
  }

  /** A message was folded. */
  goOn(): void {
    if (this.wentOn || !this.claimRead || !this.caughtUp || this.checking !== undefined) return;
    this.wentOn = true;
    this.restore();
  }

  onSignal(signal: ReaderSignal): void {
    if (this.ended) return;
    if (signal.type === 'caught-up') {
      this.caughtUp = true;
      this.goOn();
      return;
    }
    this.options.effects.timers.pause();
    if (signal.type !== 'resumed') return;
    this.checking = this.checkAnchor().finally(() => {
      this.checking = undefined;
      if (this.ended) return;
      this.resumed();
      this.goOn();
    });
  }

  /** The life is over. Idempotent. */
  end(): void {
    this.ended = true;
  }

  /** Log rule 30: after a reconnect, before anything is folded. */
  private async checkAnchor(): Promise<void> {
    const { log, clock, partition, anchor, position, onLost } = this.options;
    const [mark, read] = [anchor(), position()];
    while (!this.ended) {
      try {
        const kept = await isPositionKept(log, read);
        const still = kept && (mark === undefined || (await isStill(log, mark)));
        if (!still) onLost(new LogRewound(partition, read.timestampMs));
        return;
      } catch {
        await new Promise<void>((resolve) => void clock.after(ANCHOR_RETRY_MS, resolve));
      }
    }
  }

  private resumed(): void {
    const { effects } = this.options;
    effects.unconfirmed.resendAll();
    if (effects.isOn) this.restore();
  }

  /** Log rule 16: after a claim or a gap `log.restored` comes before any `timer.fired`. */
  private restore(): void {
    const { effects } = this.options;
    this.restoring += 1;
    effects.unconfirmed.sendAndWait(effects.messages.restored(), 'outcome').then(
      () => this.restored(),
      () => undefined,
    );
  }

  private restored(): void {
    const { effects, onLive } = this.options;
    this.restoring -= 1;
    if (this.ended || this.restoring > 0) return;
    if (this.wasLive) {
      if (effects.isOn) effects.timers.start();
      return;
    }
    this.wasLive = true;
    onLive();
  }
}
