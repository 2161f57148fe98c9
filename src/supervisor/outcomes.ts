/**
 * Outcomes on their way to the log. What ends at about the same time in one call is told in one message:
 * each is stored, sent back and folded, and a call that ends has two or three of them in place of six.
 * Nothing waits for an outcome that short; a crash meanwhile is a crash before the answer.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { Settled } from '../contract/settled.ts';

/** Answers of commands and of a hangup that left together come within this long, in ms. */
const GATHER_MS = 5;

/** In one message: what a gateway answers is at most 8 KiB, a message at most 512 KiB. */
const TOGETHER_MAX = 16;

export interface OutcomesOptions {
  readonly clock: Clock;
  /** At least one outcome of one call, in the order in which they came. */
  readonly tell: (callId: string, settled: readonly Settled[]) => void;
}

export class Outcomes {
  private readonly options: OutcomesOptions;
  private readonly waiting = new Map<string, Settled[]>();
  private timer: TimerHandle | undefined;

  constructor(options: OutcomesOptions) {
    this.options = options;
  }

  /** Calls whose outcomes wait. */
  get size(): number {
    return this.waiting.size;
  }

  add(callId: string, settled: Settled): void {
    const known = this.waiting.get(callId);
    if (known === undefined) this.waiting.set(callId, [settled]);
    else if (known.push(settled) >= TOGETHER_MAX) this.send(callId, known);
    this.timer ??= this.options.clock.after(GATHER_MS, () => this.flush());
  }

  /** Tells at once what waits. */
  flush(): void {
    this.timer?.cancel();
    this.timer = undefined;
    for (const [callId, settled] of this.waiting) this.send(callId, settled);
  }

  /** Drops what waits: the partition was lost. */
  drop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.waiting.clear();
  }

  private send(callId: string, settled: readonly Settled[]): void {
    this.waiting.delete(callId);
    this.options.tell(callId, settled);
  }
}
