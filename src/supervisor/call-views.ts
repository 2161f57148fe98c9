/** Calls as the admin API shows them. Pure projections of states. */
import type { CallContext } from '../../machines/call/context.ts';
import type { ArmedTimer, CallState, PendingEffect } from '../actors/call-state.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import { functionViews } from './function-ledger.ts';
import type { CallCommand, CallDetail, CallStateName, CallSummary, LegView } from './view.ts';

/** Top state of the machine's value, whether it has regions or not. */
export function stateNameOf(state: CallState): CallStateName {
  const value: unknown = state.snapshot.value;
  const name = typeof value === 'string' ? value : Object.keys(value as object)[0];
  return name as CallStateName;
}

/** `now`: wall clock in ms. */
export function summaryOf(state: CallState, partition: number, now: number): CallSummary {
  const { startedAt, end } = contextOf(state);
  return {
    callId: state.callId,
    gateway: state.gateway,
    partition,
    state: stateNameOf(state),
    startedAt,
    ageMs: Math.max(0, now - startedAt),
    ...(end === undefined ? {} : { endedBy: end.by, endReason: end.reason }),
  };
}

/** `dueAt`: when a timer counts by fold time. */
export function detailOf(
  state: CallState,
  partition: number,
  now: number,
  dueAt: (timer: ArmedTimer) => number,
): CallDetail {
  const context = contextOf(state);
  return {
    ...summaryOf(state, partition, now),
    value: state.snapshot.value as Json,
    timers: state.timers.map((timer) => ({
      timerId: timer.timerId,
      dueAt: dueAt(timer),
      durationMs: timer.durationMs,
      absence: timer.absence,
    })),
    effects: state.effects.map(effectView),
    endFunctions: functionViews(state, dueAt),
    legs: Object.fromEntries(Object.entries(context.legs).map(([key, leg]) => [key, legView(leg)])),
    ...(context.farewell === undefined ? {} : { farewell: context.farewell.outcome }),
    endAttempt: context.endAttempt,
    lastSeq: state.last.seq,
    configHash: state.config.hash,
    account: state.account as unknown as JsonObject,
  };
}

const COMMAND_STATES: Readonly<Record<CallCommand, readonly CallStateName[]>> = {
  end: ['active', 'farewell-speaking', 'draining'],
  kill: ['active', 'farewell-speaking', 'draining'],
  'end-cancelled': ['farewell-speaking', 'draining'],
};

/** Why an operator's command means nothing now, or undefined when it may be appended. */
export function refusalOf(
  command: CallCommand,
  state: CallState,
): { readonly error: 'conflict' | 'closed'; readonly detail: string } | undefined {
  const name = stateNameOf(state);
  if (COMMAND_STATES[command].includes(name)) return undefined;
  if (name === 'closed') return { error: 'closed', detail: 'the call is closed' };
  return { error: 'conflict', detail: `${command} means nothing in ${name}` };
}

function contextOf(state: CallState): CallContext {
  return state.snapshot.context as CallContext;
}

function effectView(pending: PendingEffect): CallDetail['effects'][number] {
  const { effectId, kind, cause, requestedAt } = pending.request;
  return {
    effectId,
    kind,
    cause,
    requestedAt,
    attempt: pending.attempt,
    phase: pending.phase,
    ...(pending.subject === undefined ? {} : { subject: pending.subject }),
    orphan: pending.orphan === true,
  };
}

function legView(leg: CallContext['legs'][string]): LegView {
  const { provider, status, termination, terminatedAt, detail } = leg;
  return {
    provider,
    ...(status === undefined ? {} : { status }),
    ...(termination === undefined ? {} : { termination }),
    ...(terminatedAt === undefined ? {} : { terminatedAt }),
    ...(detail === undefined ? {} : { detail }),
  };
}
