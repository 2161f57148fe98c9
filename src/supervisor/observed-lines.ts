/**
 * Asks carriers about lines of calls that are only watched (rule R9 allows to read): without webhooks
 * nobody else tells that such a line is down, and a line that nobody ends would look like one that
 * ended. Asking starts once the call is over by its gateway's word, and changes nothing at the carrier.
 */
import { isIn } from '../actors/effect-fold.ts';
import type { CallContext } from '../../machines/call/context.ts';
import type { CallState } from '../actors/call-state.ts';
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { PartitionSeat } from './partition-seat.ts';

/** How exactly the end of a line is known: well below what makes a zombie (30 s). */
const EVERY_MS = 5_000;
/** So often at this pace, for a minute; a line that is still up is then asked for less and less. */
const PROMPT_MAX = 12;
const SELDOM_MS = 300_000;

export interface ObservedLinesOptions {
  readonly clock: Clock;
  readonly seats: () => readonly PartitionSeat[];
  /** Names of carriers and room services that can be asked. */
  readonly providers: ReadonlySet<string>;
}

interface Asked {
  readonly times: number;
  readonly nextAt: number;
}

export class ObservedLines {
  private readonly options: ObservedLinesOptions;
  private asked = new Map<string, Asked>();
  private timer: TimerHandle | undefined;
  private closed = false;

  constructor(options: ObservedLinesOptions) {
    this.options = options;
    this.schedule();
  }

  /** Asks nothing any more. May run twice. */
  close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    return Promise.resolve();
  }

  private schedule(): void {
    const { clock, providers } = this.options;
    if (this.closed || providers.size === 0) return;
    this.timer = clock.after(EVERY_MS, () => {
      this.round();
      this.schedule();
    });
  }

  /** Forgets whoever needs no question any more. */
  private round(): void {
    const { clock, seats, providers } = this.options;
    const now = clock.monotonic();
    const asked = new Map<string, Asked>();
    for (const { state, owner } of seats()) {
      if (state !== 'live' || owner === undefined || !owner.effects.isOn) continue;
      for (const call of owner.table.calls.values()) {
        for (const leg of openLegs(call, providers)) {
          const key = `${call.callId} ${leg}`;
          const before = this.asked.get(key) ?? { times: 0, nextAt: now };
          const due = before.nextAt <= now;
          if (due) owner.effects.reconciler.askOne(call, leg, 'call.observed');
          asked.set(key, due ? { times: before.times + 1, nextAt: now + pauseMs(before.times) } : before);
        }
      }
    }
    this.asked = asked;
  }
}

/** Five seconds at first, then doubled up to five minutes. */
function pauseMs(times: number): number {
  return Math.min(EVERY_MS * 2 ** Math.max(0, times - PROMPT_MAX), SELDOM_MS);
}

/** Of a watched call that is over: legs of which nobody told the end yet. */
function openLegs({ snapshot }: CallState, providers: ReadonlySet<string>): string[] {
  const { policy, legs } = snapshot.context as CallContext;
  if (policy.mode !== 'observe' || !isIn(snapshot.value, 'terminating')) return [];
  return Object.entries(legs)
    .filter(([, { termination, provider }]) => termination === undefined && providers.has(provider))
    .map(([key]) => key);
}
