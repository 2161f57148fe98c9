/** Folds a history again, with effects off: what each message did to the call. Pure. */
import type { Fold, PinnedConfig } from '../../actors/call-state.ts';
import { playTape } from '../../actors/tape.ts';
import type { Played } from '../../actors/tape.ts';
import type { JsonObject } from '../../contract/json.ts';
import { stateNameOf } from '../../supervisor/call-views.ts';
import type { History } from './history.ts';
import { tapeOf } from './tape.ts';

/** One message and what came of it. */
export interface Step {
  readonly seq: number;
  /** Stream time, ms since the epoch. */
  readonly at: number;
  readonly gateway: string;
  readonly type: string;
  readonly data: JsonObject;
  /** The fold's verdict; `held` before the call started, else why it was refused. */
  readonly verdict: string;
  /** Top state after it; absent before the call started. */
  readonly state?: string;
  /** What was asked for now: `hang-up-leg carrier #1`. */
  readonly effects: readonly string[];
  /** Armed timers after it. */
  readonly timers: readonly string[];
}

/**
 * Every message of the call, in order. `fallback` stands in for a claim that is no longer in the log.
 * Throws what the fold throws: a defect, which the owner would have answered with a quarantine.
 */
export function refold(history: History, fallback: PinnedConfig): Step[] {
  return playTape(tapeOf(history, fallback)).map(stepOf);
}

function stepOf({ seq, at, gateway, type, data, verdict, state, effects }: Played): Step {
  return {
    seq,
    at,
    gateway,
    type,
    data,
    verdict,
    ...(state === undefined ? {} : { state: stateNameOf(state) }),
    effects: effects.map(asked),
    timers: (state?.timers ?? []).map(({ timerId }) => timerId),
  };
}

function asked({ kind, payload, attempt }: Fold['effects'][number]): string {
  const subject = 'leg' in payload ? payload.leg : 'verb' in payload ? payload.verb : undefined;
  const name = 'function' in payload ? payload.function : subject;
  return [kind, name, `#${attempt}`].filter((part) => part !== undefined).join(' ');
}
