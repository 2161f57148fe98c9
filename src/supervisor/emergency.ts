/**
 * The emergency hangup (log rule 40), the one exception to "only what the log says": no caller stays
 * on a dead line because the log is away. It asks the call's own fold, on a copy, what its overdue
 * deadline would do, and performs the hangups of it alone.
 */
import type { CallContext } from '../../machines/call/context.ts';
import type { CallState, World } from '../actors/call-state.ts';
import type { Effect } from '../contract/effect.ts';
import type { Message } from '../contract/message.ts';
import type { Outcome } from '../contract/outcome.ts';
import { PRINCIPALS } from '../contract/subjects.ts';
import type { CallFold } from './call-fold.ts';
import { stateNameOf } from './call-views.ts';

/** Deadlines that one look carries out for a call; each moves it on, so a few reach the hangup. */
const STEPS_MAX = 8;
const ENDING = new Set(['farewell-speaking', 'draining', 'terminating']);
/** Deadlines that hold whatever the call was doing. */
const CALL_DEADLINES = ['maxCall.', 'lifetime.'];

export interface EmergencyOptions {
  readonly fold: CallFold;
  /** The lease still holds: nobody else can have resumed the caller. */
  readonly leaseHolds: () => boolean;
  readonly dispatch: (effect: Effect) => void;
  /** Appended when the log returns. */
  readonly settle: (effect: Effect, outcome: Outcome) => void;
}

export class Emergency {
  private readonly options: EmergencyOptions;
  private readonly copies = new Map<string, CallState>();
  /** By effect id: asked whether the leg lives, hanging up, or hung up. */
  private readonly hangups = new Map<string, { readonly effect: Effect; phase: 'ask' | 'act' | 'done' }>();

  constructor(options: EmergencyOptions) {
    this.options = options;
  }

  /** The log is away. To be called again and again; `now` in the log's time. Never throws. */
  run(calls: Iterable<CallState>, world: World, now: number): void {
    for (const state of calls) {
      const copy = this.copies.get(state.callId) ?? state;
      if (!mayEnd(copy, now)) continue;
      const { state: next, hangups } = carryOut(this.options.fold, copy, world, now);
      this.copies.set(state.callId, next);
      for (const effect of hangups) this.begin(effect);
    }
  }

  /** The log is back: its own messages decide again. */
  end(): void {
    if (this.copies.size === 0) return;
    this.copies.clear();
    for (const [id, { phase }] of this.hangups) if (phase === 'done') this.hangups.delete(id);
  }

  /** Whether a request of the emergency may go out. */
  allows({ effectId, kind }: Effect): boolean {
    const phase = this.hangups.get(hangupOf(effectId))?.phase;
    return kind === 'ask-leg' ? phase === 'ask' : phase === 'act';
  }

  /** Takes an outcome that is the emergency's own; false for every other. */
  hear(effect: Effect, outcome: Outcome): boolean {
    const hangup = this.hangups.get(hangupOf(effect.effectId));
    if (hangup === undefined || hangup.phase === 'done') return false;
    if (hangup.phase === 'ask') {
      if (effect.kind !== 'ask-leg') return false;
      if (outcome.result === 'live') this.act(hangup.effect);
      else this.hangups.delete(hangup.effect.effectId);
      return true;
    }
    if (outcome.result === 'retry') {
      this.hangups.delete(effect.effectId);
      this.copies.delete(effect.callId);
    } else hangup.phase = 'done';
    this.options.settle(effect, outcome);
    return true;
  }

  private begin(effect: Effect): void {
    if (this.hangups.has(effect.effectId)) return;
    if (this.options.leaseHolds()) return this.act(effect);
    // Past the lease another owner may have let the call go on: ask the carrier first.
    this.hangups.set(effect.effectId, { effect, phase: 'ask' });
    this.options.dispatch({ ...effect, kind: 'ask-leg', effectId: effect.effectId + LOOK });
  }

  private act(effect: Effect): void {
    this.hangups.set(effect.effectId, { effect, phase: 'act' });
    this.options.dispatch(effect);
  }
}

const LOOK = '.look';

function hangupOf(effectId: string): string {
  return effectId.endsWith(LOOK) ? effectId.slice(0, -LOOK.length) : effectId;
}

/** Already ending, under `resume` already terminating, or past a deadline of the whole call. */
function mayEnd(state: CallState, now: number): boolean {
  const name = stateNameOf(state);
  const { policy } = state.snapshot.context as CallContext;
  if (ENDING.has(name) && (policy.bargeIn !== 'resume' || name === 'terminating')) return true;
  return state.timers.some(
    ({ timerId, armedAt, durationMs }) =>
      CALL_DEADLINES.some((start) => timerId.startsWith(start)) && armedAt + durationMs <= now,
  );
}

/** Fires what is overdue on a copy; absences never (log rule 40). Collects the hangups. */
function carryOut(
  fold: CallFold,
  state: CallState,
  world: World,
  now: number,
): { readonly state: CallState; readonly hangups: readonly Effect[] } {
  const hangups: Effect[] = [];
  let copy = state;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const due = copy.timers.find((timer) => !timer.absence && timer.armedAt + timer.durationMs <= now);
    if (due === undefined) break;
    const data = { timerId: due.timerId, armedSeq: due.armed.seq, armedEra: due.armed.era };
    const message: Message = {
      seq: copy.last.seq + 1,
      at: now,
      gateway: PRINCIPALS.onhook,
      callId: copy.callId,
      type: 'timer.fired',
      id: `emergency-${step}`,
      data: {
        ...data,
        epoch: 0,
        nonce: 'emergency',
        waitedMs: due.durationMs,
      },
    };
    try {
      const folded = fold.foldCall(copy, message, world);
      if (folded.state.timers === copy.timers) break;
      copy = folded.state;
      hangups.push(...folded.effects.filter(({ kind }) => kind === 'hang-up-leg'));
    } catch {
      break;
    }
  }
  return { state: copy, hangups };
}
