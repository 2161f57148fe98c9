/**
 * Simulated time: one queue of everything that will happen, in one thread. After each step all
 * promises that it resolved have run before the next one starts, so that an order is a fact of the seed.
 */
import { setImmediate as promisesRun } from 'node:timers/promises';

/** Something that will happen, unless it is cancelled. */
export interface Scheduled {
  readonly dueAt: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** The queue and its clock. */
export class Timeline {
  /** Simulated ms since the start. */
  now = 0;
  /** Steps that have run. */
  steps = 0;
  private readonly heap: Scheduled[] = [];
  private order = 0;

  /** Runs once, `delayMs` from now, after everything that was scheduled for the same instant before. */
  after(delayMs: number, run: () => void): Scheduled {
    this.order += 1;
    const dueAt = this.now + Math.max(0, delayMs);
    const scheduled: Scheduled = { dueAt, order: this.order, run, cancelled: false };
    this.push(scheduled);
    return scheduled;
  }

  /** Runs everything that is due up to an instant, and leaves the clock there. */
  async runUntil(instant: number): Promise<void> {
    for (let next = this.heap[0]; next !== undefined && next.dueAt <= instant; next = this.heap[0]) {
      this.pop();
      if (next.cancelled) continue;
      this.now = next.dueAt;
      this.steps += 1;
      next.run();
      await promisesRun();
    }
    this.now = instant;
  }

  private push(scheduled: Scheduled): void {
    const { heap } = this;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Scheduled;
      if (!isSooner(scheduled, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = scheduled;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1];
      if (right !== undefined && isSooner(right, heap[child] as Scheduled)) child += 1;
      const least = heap[child] as Scheduled;
      if (!isSooner(least, last)) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = last;
  }
}

function isSooner(a: Scheduled, b: Scheduled): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
}
