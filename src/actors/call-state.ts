/**
 * A call actor's whole state, and what one fold of it yields. A state is a plain immutable value: a
 * fold returns a new one and shares what did not change.
 */
import type { AnyMachineSnapshot } from 'xstate';
import type { CallContext } from '../../machines/call/context.ts';
import type { Effect } from '../contract/effect.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import type { Position } from '../contract/message.ts';
import type { TimerValues } from '../contract/timers.ts';
import type { EndFunctionManifest } from '../end-functions/end-function.ts';
import type { Account } from './account.ts';

/** What a claim carries and a call pins (log rule 11). Shared by all calls that name the same hash. */
export interface PinnedConfig {
  readonly hash: string;
  readonly timers: TimerValues;
  readonly mode: CallContext['policy']['mode'];
  readonly functions: readonly EndFunctionManifest[];
  /** Names of carriers and room services that are configured. */
  readonly providers: readonly string[];
}

/** The partition's own facts that a fold of a call may depend on. */
export interface World {
  readonly era: number;
  readonly config: PinnedConfig;
  /** Fold time of the last `log.restored`, or 0: absences start again from here (log rule 16). */
  readonly restoredAt: number;
  readonly paused: boolean;
}

export interface ArmedTimer {
  /** `<delay>.<state>` of the call, or `effect.<effectId>`. */
  readonly timerId: string;
  readonly armed: Position;
  /** Fold time at which it was armed, ms since the epoch. */
  readonly armedAt: number;
  readonly durationMs: number;
  readonly absence: boolean;
}

export type EffectPhase = 'attempting' | 'backing-off' | 'noted';

/** An effect that the state still wants. Settled ones leave. */
export interface PendingEffect {
  readonly request: Omit<Effect, 'attempt' | 'position'>;
  readonly attempt: number;
  readonly position: Position;
  readonly phase: EffectPhase;
  /** State path while which it is wanted; undefined = until settled (log rule 32). */
  readonly scope?: string;
  /** How it answers the machine: `effect.<name>.<result>`. */
  readonly name: string;
  readonly subject?: string;
  readonly firstAttemptAt: number;
  /** `effect.attempted` of this attempt was folded: it may have run (log rule 35). */
  readonly started?: boolean;
  /** It outlived its state: an unconfirmed leg, a function in automatic redrive. */
  readonly orphan?: boolean;
  /** Round of the automatic redrive, from 0. */
  readonly redrive?: number;
  /** The later run that a function asked for with `runAgainAt`. */
  readonly followUp?: boolean;
}

export interface CallState {
  readonly callId: string;
  readonly gateway: string;
  /** Sequence of `call.started`: with the call id, the incarnation. */
  readonly incarnation: number;
  readonly era: number;
  /** Fold time: never goes back (log rule 13). */
  readonly foldAt: number;
  readonly last: Position;
  readonly config: PinnedConfig;
  readonly snapshot: AnyMachineSnapshot;
  /** The few that run; lists, since an object would need a shape of its own for every new id. */
  readonly timers: readonly ArmedTimer[];
  readonly effects: readonly PendingEffect[];
  readonly account: Account;
  /** The last 256 event ids (log rule 21). */
  readonly ids: readonly string[];
  readonly sequence?: number;
  readonly sequenceGap?: boolean;
}

/** The timer of that id, if it is armed. */
export function timerById({ timers }: Pick<CallState, 'timers'>, timerId: string): ArmedTimer | undefined {
  return timers.find((timer) => timer.timerId === timerId);
}

/** The effect of that id, if it is still wanted. */
export function effectById(
  { effects }: Pick<CallState, 'effects'>,
  effectId: string,
): PendingEffect | undefined {
  return effects.find(({ request }) => request.effectId === effectId);
}

export type Verdict = 'applied' | 'duplicate' | 'late' | 'invalid' | 'unauthorised';

/** A fact for the live feed `onhook.v1.out.<callId>.<type>`, the metrics and the log. */
export interface Note {
  readonly type:
    | 'call.started'
    | 'state.changed'
    | 'end.accepted'
    | 'end.refused'
    | 'end.cancelled'
    | 'effect.attempted'
    | 'effect.settled'
    | 'leg.settled'
    | 'alarm.raised'
    | 'call.closed';
  readonly data: JsonObject;
}

export interface Fold {
  readonly state: CallState;
  readonly verdict: Verdict;
  /** To perform now, unless this is a replay. */
  readonly effects: readonly Effect[];
  /** Effect ids no longer wanted. */
  readonly withdrawn: readonly string[];
  readonly notes: readonly Note[];
}

/** A call written down in a checkpoint chunk. */
export type CallEntry = { readonly callId: string } & { readonly [key: string]: Json };
