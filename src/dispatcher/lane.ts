/**
 * A lane: effects that share a bound, and wait for nothing but each other. Each provider, gateway and
 * end function has its own, so that no hangup waits behind post-call work (invariant 23) and nothing
 * broken holds up anything else.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Breaker } from './breaker.ts';
import type { Place, RateWindow } from './rate-window.ts';

export interface LaneWork {
  readonly urgent: boolean;
  /** How many requests it sends at most. */
  readonly requests: number;
  /** Starts the attempt in the same tick. Undefined = not sent. Never rejects; resolves to undefined likewise. */
  run(): Promise<Outcome | undefined> | undefined;
  /** It will not be run. Called in a later microtask. */
  refuse(outcome: Outcome): void;
}

export interface LaneOptions {
  readonly inFlightMax: number;
  readonly waitingMax: number;
  readonly breaker?: Breaker | undefined;
  readonly window?: RateWindow | undefined;
  /** Nothing waits and nothing is in flight. */
  readonly onIdle?: () => void;
}

/** A full lane empties in about that long, or something is wrong that a shorter wait does not help. */
const FULL_RETRY_AFTER_MS = 1_000;

export class Lane {
  inFlight = 0;
  private readonly clock: Clock;
  private readonly options: LaneOptions;
  private readonly urgent = new Set<LaneWork>();
  private readonly ordinary = new Set<LaneWork>();
  private timer: TimerHandle | undefined;

  constructor(clock: Clock, options: LaneOptions) {
    this.clock = clock;
    this.options = options;
  }

  get waiting(): number {
    return this.urgent.size + this.ordinary.size;
  }

  get breakerOpen(): boolean {
    return this.options.breaker?.isOpen === true;
  }

  /** Starts it now if it may. */
  offer(work: LaneWork): void {
    if (this.waiting >= this.options.waitingMax) {
      refuse(work, { result: 'retry', code: 'lane_full', retryAfterMs: FULL_RETRY_AFTER_MS });
      return;
    }
    (work.urgent ? this.urgent : this.ordinary).add(work);
    this.pump();
  }

  /** It no longer waits. */
  forget(work: LaneWork): void {
    this.urgent.delete(work);
    this.ordinary.delete(work);
    this.checkIdle();
  }

  private pump(): void {
    for (;;) {
      const blockedForMs = this.options.breaker?.blockedForMs() ?? 0;
      if (blockedForMs > 0) return this.refuseAll(blockedForMs);
      if (this.options.breaker?.isProbing === true) return;
      const [work] = this.urgent.size > 0 ? this.urgent : this.ordinary;
      if (work === undefined || this.inFlight >= this.options.inFlightMax) return;
      const place = this.options.window?.take(work.requests);
      if (place === undefined && this.options.window !== undefined) return this.lookAgain();
      this.start(work, place);
    }
  }

  private start(work: LaneWork, place: Place | undefined): void {
    this.urgent.delete(work);
    this.ordinary.delete(work);
    this.inFlight += 1;
    const report = this.options.breaker?.sent();
    const end = (outcome: Outcome | undefined, sent: boolean): void => {
      this.inFlight -= 1;
      if (sent) place?.release();
      else place?.giveBack();
      report?.(outcome);
    };
    const running = work.run();
    if (running === undefined) {
      end(undefined, false);
      this.checkIdle();
      return;
    }
    void running.then((outcome) => {
      end(outcome, true);
      this.pump();
      this.checkIdle();
    });
  }

  private lookAgain(): void {
    this.timer?.cancel();
    this.timer = this.clock.after(this.options.window?.freeInMs() ?? 0, () => {
      this.timer = undefined;
      this.pump();
    });
  }

  private refuseAll(retryAfterMs: number): void {
    const all = [...this.urgent, ...this.ordinary];
    this.urgent.clear();
    this.ordinary.clear();
    for (const work of all) refuse(work, { result: 'retry', code: 'breaker_open', retryAfterMs });
  }

  private checkIdle(): void {
    if (this.waiting > 0) return;
    this.timer?.cancel();
    this.timer = undefined;
    if (this.inFlight === 0) this.options.onIdle?.();
  }
}

/** Not in the caller's turn: whoever offers does not expect to be answered meanwhile. */
function refuse(work: LaneWork, outcome: Outcome): void {
  queueMicrotask(() => work.refuse(outcome));
}
