/** The call record of the contract, from a call's state: the final account, or the account so far. */
import type { CallContext, Leg } from '../../machines/call/context.ts';
import { remainingAudioMs } from '../../machines/call/farewell.ts';
import { CALL_STATES, type CallStateName } from '../../machines/call/machine.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import type { CallState } from './call-state.ts';

/** The top state of the chart. */
export function stateName({ snapshot }: Pick<CallState, 'snapshot'>): CallStateName {
  return nameOf(snapshot);
}

export function nameOf({ value }: CallState['snapshot']): CallStateName {
  const name = typeof value === 'string' ? value : Object.keys(value as object)[0];
  return CALL_STATES.find((known) => known === name) ?? 'active';
}

export function contextOf(state: CallState): CallContext {
  return state.snapshot.context as CallContext;
}

/** What absent fields are left out of, so that the value is JSON as it stands. */
function compact(fields: Readonly<Record<string, unknown>>): JsonObject {
  const present: Record<string, unknown> = {};
  for (const name in fields) if (fields[name] !== undefined) present[name] = fields[name];
  return present as JsonObject;
}

function legOf(leg: Leg, attempts: number): Json {
  return compact({
    termination: leg.termination,
    attempts,
    at: leg.terminatedAt,
    detail: leg.detail,
  });
}

const EVIDENCE = new Set([
  'confirmed_by_event',
  'confirmed_by_response',
  'confirmed_by_poll',
  'already_ended',
]);

/** First carrier evidence, else the room's (rule R10). */
function endedAt(context: CallContext): number | undefined {
  for (const key of ['carrier', 'room']) {
    const leg = context.legs[key];
    if (leg?.termination !== undefined && EVIDENCE.has(leg.termination)) return leg.terminatedAt;
  }
  return undefined;
}

function functionsOf(state: CallState): Json[] {
  return Object.entries(state.account.functions).map(([name, ledger]) =>
    compact({
      name,
      version: ledger.version,
      status: ledger.status,
      reason: ledger.reason,
      attempts: ledger.attempts,
      startedAt: ledger.startedAt,
      endedAt: ledger.endedAt,
      output: ledger.output,
      error: ledger.error,
      missing: ledger.missing,
      ranVersion: ledger.ranVersion,
      followUp: ledger.followUp,
    }),
  );
}

/** The record is what closes the call: it tells of its own effect ahead (log rule 36). */
function timelineOf({ account }: CallState): CallState['account']['timeline'] {
  const { closedAt, timeline } = account;
  if (closedAt === undefined) return timeline;
  return [...timeline, { at: closedAt, from: 'post-processing', to: 'closed', cause: 'record.decided' }];
}

/** Where no mark proved the playout, as in observe mode, the known length of its audio says when it was over. */
function silenceAfter(
  ended: number | undefined,
  provenAt: number | undefined,
  { farewell }: CallContext,
): number | undefined {
  if (ended === undefined) return undefined;
  if (provenAt !== undefined) return Math.max(0, ended - provenAt);
  const startedAt = farewell?.startedAt ?? farewell?.finishedAt;
  const lengthMs = remainingAudioMs(farewell, startedAt ?? ended);
  if (startedAt === undefined || lengthMs === undefined) return undefined;
  // Cut short, it was never over.
  return startedAt + lengthMs > ended ? undefined : ended - startedAt - lengthMs;
}

/** JSON of `onhook.record.v1`. `recordVersion` counts from 1. */
export function callRecord(state: CallState, recordVersion: number): JsonObject {
  const { account } = state;
  const context = contextOf(state);
  const ended = endedAt(context);
  const legs = Object.entries(context.legs).map(([key, leg]) => [
    key,
    legOf(leg, account.legAttempts[key] ?? 0),
  ]);
  const { mode } = context.policy;
  return compact({
    schema: 'onhook.record.v1',
    recordVersion,
    callId: state.callId,
    id: account.id,
    gateway: state.gateway,
    provider: account.provider,
    direction: context.direction,
    from: account.from,
    to: account.to,
    startedAt: context.startedAt,
    answeredAt: account.answeredAt,
    endedAt: ended,
    closedAt: account.closedAt ?? state.foldAt,
    endedBy: context.end?.by ?? 'system',
    endedByBasis: context.end?.basis ?? 'inferred',
    endReason: context.end?.reason ?? 'unknown',
    causes: account.causes,
    causesDropped: account.causesDropped === 0 ? undefined : account.causesDropped,
    endAttempts: account.endAttempts,
    farewell: context.farewell?.outcome ?? 'none_needed',
    legs: Object.fromEntries(legs) as JsonObject,
    endFunctions: functionsOf(state),
    disposition: account.disposition,
    state: account.state,
    late: account.late,
    lateDropped: account.lateDropped,
    timeline: timelineOf(state),
    mode: mode === 'own' ? undefined : mode,
    silenceAfterFarewellMs: silenceAfter(ended, account.farewellEndedAt, context),
    would: account.would.length === 0 ? undefined : account.would,
    emergency: account.emergency,
  });
}
