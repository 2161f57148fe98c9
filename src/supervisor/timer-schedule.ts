/**
 * The due times of all armed timers of a partition. A timer fires by publishing `timer.fired` and acts
 * when that is read back in order; nothing here changes a call. Re-arming to a later due keeps the
 * entry in the heap and compares when it is popped (log rule 42).
 */
import type { ArmedTimer, CallState } from '../actors/call-state.ts';
import type { Clock, TimerHandle } from '../clock/clock.ts';
import { DueHeap } from './due-heap.ts';
import type { LogTime } from './log-time.ts';

/** Fire slightly late by the log's clock rather than early and be refused (log rule 15). */
const GUARD_MS = 2;
/** A firing that was refused as early is published again after this at the soonest. */
const AGAIN_MS = 50;
/** Before its first message the log's clock is unknown; it comes with the owner's own claim. */
const UNKNOWN_CLOCK_MS = 100;
/** Less is the jitter of the estimate; a clock that is set back goes further. */
const STEP_MS = 1_000;
/** Out-of-date entries are swept once they outnumber the live ones and this. */
const SWEEP_MIN = 10_000;

export interface Firing {
  readonly callId: string;
  readonly timer: ArmedTimer;
  /** Monotonic ms since the message that armed it was read (log rule 14). */
  readonly waitedMs: number;
  /** How late by the log's clock, in ms. */
  readonly lagMs: number;
}

interface Slot {
  readonly callId: string;
  timer: ArmedTimer;
  readAt: number;
  /** Due time of its entry in the heap that counts. */
  entryAt: number;
  /** `timer.fired` was published for this arming and has not come back. */
  fired: boolean;
}

export interface TimerScheduleOptions {
  readonly clock: Clock;
  readonly logTime: LogTime;
  /** When it counts, by fold time, under the partition's present facts. */
  readonly dueAt: (timer: ArmedTimer) => number;
  readonly fire: (firing: Firing) => void;
}

const NO_TIMERS: CallState['timers'] = [];

export class TimerSchedule {
  private readonly options: TimerScheduleOptions;
  private readonly slots = new Map<string, Map<string, Slot>>();
  private readonly heap = new DueHeap<Slot>();
  private count = 0;
  private running = false;
  private alarm: TimerHandle | undefined;
  private alarmAt = Infinity;
  /** Of the log's clock to the monotonic one, when last looked at. */
  private offset = -Infinity;

  constructor(options: TimerScheduleOptions) {
    this.options = options;
  }

  /** Armed timers. */
  get size(): number {
    return this.count;
  }

  /** From now on due timers fire; before, they are only known. Idempotent. */
  start(): void {
    this.running = true;
    this.wake();
  }

  /** No firing until the next start: the log is away, or its restoration is not read back yet. */
  pause(): void {
    this.running = false;
    this.alarm?.cancel();
    this.alarmAt = Infinity;
  }

  /** Takes over a call's timers as its newest state has them; undefined when it is gone. */
  sync(callId: string, timers: CallState['timers'] | undefined): void {
    const wanted = timers ?? NO_TIMERS;
    let known = this.slots.get(callId);
    for (const timer of wanted) {
      if (known === undefined) this.slots.set(callId, (known = new Map()));
      this.arm(known, callId, timer);
    }
    // All that is wanted is known now: more is known only when something is missing.
    if (known !== undefined && known.size > wanted.length) this.cancelMissing(known, wanted);
    if (known !== undefined && known.size === 0) this.slots.delete(callId);
    if (this.heap.size > SWEEP_MIN && this.heap.size > 2 * this.count) this.sweep();
    if (this.running) this.wake();
  }

  /**
   * `timer.fired` was folded and the timer is still armed as it was: too early, so again (rule 14), once
   * the rest has passed. By the log's clock, which may have stepped back, and for a deadline at the latest
   * when the time waited covers it. `storedAt`: timestamp of the firing, ms.
   */
  readBack(callId: string, timerId: string, armed: ArmedTimer['armed'], storedAt: number): void {
    const slot = this.slots.get(callId)?.get(timerId);
    if (slot === undefined || !slot.fired) return;
    const { timer } = slot;
    if (timer.armed.seq !== armed.seq || timer.armed.era !== armed.era) return;
    slot.fired = false;
    const { logTime, dueAt } = this.options;
    const restMs = Math.max(AGAIN_MS, Math.min(dueAt(timer) - storedAt, this.waitLeft(slot)));
    this.enter(slot, (logTime.now() ?? 0) + restMs);
    if (this.running) this.wake();
  }

  private cancelMissing(known: Map<string, Slot>, wanted: CallState['timers']): void {
    for (const [timerId, slot] of known) {
      if (wanted.some((timer) => timer.timerId === timerId)) continue;
      known.delete(timerId);
      slot.entryAt = NaN;
      this.count -= 1;
    }
  }

  private arm(known: Map<string, Slot>, callId: string, timer: ArmedTimer): void {
    const slot = known.get(timer.timerId);
    if (slot?.timer === timer) return;
    const readAt = this.options.clock.monotonic();
    if (slot === undefined) {
      const fresh: Slot = { callId, timer, readAt, entryAt: NaN, fired: false };
      known.set(timer.timerId, fresh);
      this.count += 1;
      this.enter(fresh, this.fireAt(fresh));
      return;
    }
    const same = isSameArming(slot.timer, timer);
    slot.timer = timer;
    if (same) return;
    slot.readAt = readAt;
    const dueAt = this.fireAt(slot);
    // Later than its entry: compared on pop. Earlier, or already popped: a new entry.
    if (slot.fired || !(dueAt >= slot.entryAt)) this.enter(slot, dueAt);
    slot.fired = false;
  }

  private enter(slot: Slot, dueAt: number): void {
    slot.entryAt = dueAt;
    this.heap.push(dueAt, slot);
  }

  private sweep(): void {
    this.heap.prune((entry) => entry.value.entryAt === entry.dueAt);
  }

  private wake(): void {
    const next = this.heap.nextDueAt;
    if (next === undefined || next >= this.alarmAt) return;
    this.alarm?.cancel();
    this.alarmAt = next;
    const now = this.options.logTime.now();
    if (now !== undefined && this.offset === -Infinity) this.offset = now - this.options.clock.monotonic();
    const delayMs = now === undefined ? UNKNOWN_CLOCK_MS : Math.max(0, next - now + GUARD_MS);
    this.alarm = this.options.clock.after(delayMs, () => this.ring());
  }

  private ring(): void {
    this.alarmAt = Infinity;
    const now = this.options.logTime.now();
    if (now === undefined) return this.wake();
    this.noticeStep(now);
    for (let next = this.heap.nextDueAt; next !== undefined && next < now; next = this.heap.nextDueAt) {
      const entry = this.heap.pop();
      if (entry !== undefined && entry.value.entryAt === entry.dueAt) this.due(entry.value, now);
    }
    if (this.running) this.wake();
  }

  /**
   * In the log's time. A deadline counts at the latest when it was waited for (log rule 14): if the
   * server's clock stepped back, its due instant by fold time is as far away as the step is long.
   */
  private fireAt(slot: Slot): number {
    const { logTime, dueAt } = this.options;
    const due = dueAt(slot.timer);
    const now = logTime.now();
    return now === undefined ? due : Math.min(due, now + this.waitLeft(slot));
  }

  private waitLeft({ timer, readAt }: Slot): number {
    return timer.absence ? Infinity : timer.durationMs - (this.options.clock.monotonic() - readAt);
  }

  /** What lies in the heap was placed by a clock that has gone back since. */
  private noticeStep(now: number): void {
    const offset = now - this.options.clock.monotonic();
    const steppedBack = offset < this.offset - STEP_MS;
    this.offset = offset;
    if (!steppedBack) return;
    for (const slots of this.slots.values()) {
      for (const slot of slots.values()) if (!slot.fired) this.enter(slot, this.fireAt(slot));
    }
  }

  private due(slot: Slot, now: number): void {
    const dueAt = this.fireAt(slot);
    if (dueAt >= now) return this.enter(slot, dueAt);
    slot.entryAt = NaN;
    slot.fired = true;
    const waitedMs = this.options.clock.monotonic() - slot.readAt;
    this.options.fire({ callId: slot.callId, timer: slot.timer, waitedMs, lagMs: now - dueAt });
  }
}

/** A copied state has equal timers in other objects. */
function isSameArming(a: ArmedTimer, b: ArmedTimer): boolean {
  return a.armed.seq === b.armed.seq && a.armed.era === b.armed.era && a.durationMs === b.durationMs;
}
