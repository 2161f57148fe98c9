/** A clock moved by hand: wall and monotonic time can be advanced together or apart. */
import type { Clock, TimerHandle } from './clock.ts';

interface Armed {
  readonly dueMonotonic: number;
  readonly order: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  private wall: number;
  private mono = 0;
  private order = 0;
  private readonly armed = new Set<Armed>();

  constructor(startAt = 1_700_000_000_000) {
    this.wall = startAt;
  }

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.mono;
  }

  after(delayMs: number, run: () => void): TimerHandle {
    const armed: Armed = { dueMonotonic: this.mono + Math.max(0, delayMs), order: (this.order += 1), run };
    this.armed.add(armed);
    return { cancel: () => void this.armed.delete(armed) };
  }

  /** Moves both clocks and runs what falls due, in order of due time. */
  advance(ms: number): void {
    const until = this.mono + ms;
    for (let next = this.earliest(until); next !== undefined; next = this.earliest(until)) {
      this.armed.delete(next);
      this.wall += Math.max(0, next.dueMonotonic - this.mono);
      this.mono = Math.max(this.mono, next.dueMonotonic);
      next.run();
    }
    this.wall += until - this.mono;
    this.mono = until;
  }

  /** The wall clock jumps, as after a correction; monotonic time does not. */
  stepWall(ms: number): void {
    this.wall += ms;
  }

  /** When the next timer is due, on the monotonic clock, or undefined. */
  nextDue(): number | undefined {
    return this.earliest(Infinity)?.dueMonotonic;
  }

  private earliest(until: number): Armed | undefined {
    let best: Armed | undefined;
    for (const armed of this.armed) {
      if (armed.dueMonotonic > until) continue;
      const sooner = best === undefined || armed.dueMonotonic < best.dueMonotonic;
      if (sooner || (armed.dueMonotonic === best?.dueMonotonic && armed.order < best.order)) best = armed;
    }
    return best;
  }
}
