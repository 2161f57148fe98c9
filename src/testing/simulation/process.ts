/**
 * A process of the simulation: it runs tasks, has clocks of its own that drift and step, can be frozen
 * (its tasks wait while time goes on) and killed (nothing of it runs any more, in the middle of anything).
 */
import type { Clock, TimerHandle } from '../../clock/clock.ts';
import type { Timeline } from './timeline.ts';

/** Wall clocks of the simulation start here, ms since the epoch. */
export const EPOCH_MS = 1_700_000_000_000;

/** One process. What it is asked to run after its death never runs. */
export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  state: 'running' | 'frozen' | 'dead' = 'running';
  /** Added to its wall clock, in ms: a correction of the clock. */
  wallOffsetMs = 0;
  private readonly timeline: Timeline;
  private backlog: (() => void)[] = [];
  private fuse: { steps: number; readonly blow: () => void } | undefined;

  /** `rate`: how fast its monotonic clock runs; 1 is true. */
  constructor(name: string, timeline: Timeline, rate: number) {
    this.name = name;
    this.timeline = timeline;
    const { now: bornAt } = timeline;
    this.clock = {
      now: () => EPOCH_MS + timeline.now + this.wallOffsetMs,
      monotonic: () => (timeline.now - bornAt) * rate,
      after: (delayMs, run): TimerHandle => {
        const scheduled = this.task(delayMs / rate, run);
        return { cancel: () => void (scheduled.cancelled = true) };
      },
    };
  }

  /** A task of this process, `delayMs` of true time from now. */
  task(delayMs: number, run: () => void): { cancelled: boolean } {
    const handle = { cancelled: this.state === 'dead' };
    const attempt = (): void => {
      if (handle.cancelled || this.state === 'dead') return;
      if (this.state === 'frozen') this.backlog.push(attempt);
      else if (!this.blows()) run();
    };
    if (!handle.cancelled) this.timeline.after(delayMs, attempt);
    return handle;
  }

  /** SIGSTOP. */
  freeze(): void {
    if (this.state === 'running') this.state = 'frozen';
  }

  /** SIGCONT: what waited runs now, in its order. */
  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = 'running';
    for (const attempt of this.backlog.splice(0)) this.timeline.after(0, attempt);
  }

  /** `blow` is called in the place of its `steps`-th step from now: a crash between any two of them. */
  light(steps: number, blow: () => void): void {
    this.fuse = { steps, blow };
  }

  private blows(): boolean {
    if (this.fuse === undefined) return false;
    this.fuse.steps -= 1;
    if (this.fuse.steps > 0) return false;
    this.fuse.blow();
    return true;
  }

  /** SIGKILL. */
  kill(): void {
    this.state = 'dead';
    this.backlog = [];
  }
}
