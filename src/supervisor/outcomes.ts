/**
 * Outcomes on their way to the log. A receipt proves nothing and no state waits for it: it waits for the
 * next outcome of its call and travels with that one, since each message is stored, sent back and folded.
 * Whatever proves something, or may have to be tried again, goes at once. A crash meanwhile is a crash
 * before the answer.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { Effect } from '../contract/effect.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Settled } from '../contract/settled.ts';

/** A receipt waits this long at most, in ms: longer than a hangup takes that follows at once, also on a busy node. */
const RECEIPT_MAX_MS = 250;

/** In one message: what a gateway answers is at most 8 KiB, a message at most 512 KiB. */
const TOGETHER_MAX = 16;

/** Commands whose "done" no state of the call chart names: it says that the gateway took them. */
const NOTED: ReadonlySet<string> = new Set(['mark', 'clear', 'end-accepted', 'end-refused', 'end-cancelled']);

/** True for an outcome that only says that a gateway took a command. */
export function isReceipt({ payload }: Effect, { result }: Outcome): boolean {
  return result === 'done' && 'verb' in payload && NOTED.has(payload.verb);
}

export interface OutcomesOptions {
  readonly clock: Clock;
  /** Of one call: an outcome, and the receipts that waited for it. */
  readonly tell: (callId: string, first: Settled, also: readonly Settled[]) => void;
}

export class Outcomes {
  private readonly options: OutcomesOptions;
  private readonly receipts = new Map<string, Settled[]>();
  private timer: TimerHandle | undefined;

  constructor(options: OutcomesOptions) {
    this.options = options;
  }

  /** Calls whose receipts wait. */
  get size(): number {
    return this.receipts.size;
  }

  /** Tells it now, with what waits for the same call. */
  tell(callId: string, settled: Settled): void {
    const also = this.receipts.get(callId);
    if (also !== undefined) this.receipts.delete(callId);
    this.options.tell(callId, settled, also ?? []);
  }

  /** Tells it with the next outcome of the call, or soon. */
  note(callId: string, receipt: Settled): void {
    const known = this.receipts.get(callId);
    if (known === undefined) this.receipts.set(callId, [receipt]);
    else if (known.push(receipt) >= TOGETHER_MAX) return this.send(callId, known);
    this.timer ??= this.options.clock.after(RECEIPT_MAX_MS, () => this.flush());
  }

  /** Tells now what waits: no further outcome is expected. */
  flush(): void {
    this.timer?.cancel();
    this.timer = undefined;
    for (const [callId, receipts] of this.receipts) this.send(callId, receipts);
  }

  /** Drops what waits: the partition was lost. */
  drop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.receipts.clear();
  }

  private send(callId: string, [first, ...also]: readonly Settled[]): void {
    this.receipts.delete(callId);
    if (first !== undefined) this.options.tell(callId, first, also);
  }
}
