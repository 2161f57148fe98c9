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

  /** As good as a new one. */
  get remembersNothing(): boolean {
    const { breaker, window } = this.options;
    return this.waiting + this.inFlight === 0 && breaker === undefined && window === undefined;
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
    if (this.waiting === 0) this.rest();
  }

  private pump(): void {
    const { breaker, window, inFlightMax } = this.options;
    for (;;) {
      const queue = this.urgent.size > 0 ? this.urgent : this.ordinary;
      const [work] = queue;
      if (work === undefined) return this.rest();
      const blockedForMs = breaker?.blockedForMs() ?? 0;
      if (blockedForMs > 0) return this.refuseAll(blockedForMs);
      if (breaker?.isProbing === true || this.inFlight >= inFlightMax) return;
      const place = window?.take(work.requests);
      if (place === undefined && window !== undefined) return this.lookAgain();
      queue.delete(work);
      this.start(work, place);
    }
  }

  private start(work: LaneWork, place: Place | undefined): void {
    const probe = this.options.breaker?.sent() === true;
    const end = (outcome: Outcome | undefined): void => {
      this.inFlight -= 1;
      this.options.breaker?.heard(outcome, probe);
    };
    this.inFlight += 1;
    const running = work.run();
    if (running === undefined) {
      place?.giveBack();
      end(undefined);
      return;
    }
    void running.then((outcome) => {
      place?.release();
      end(outcome);
      this.pump();
    });
  }

  private lookAgain(): void {
    this.rest();
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

  private rest(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}

/** Not in the caller's turn: whoever offers does not expect to be answered meanwhile. */
function refuse(work: LaneWork, outcome: Outcome): void {
  queueMicrotask(() => work.refuse(outcome));
}
