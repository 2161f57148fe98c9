/**
 * What outlives a call: legs whose end was never confirmed, and end functions that were given up. Both
 * go on as effects of the closed call; a later success publishes a new version of its record.
 */
import type { EffectEvent } from '../../machines/call/events.ts';
import type { CallContext, Termination } from '../../machines/call/context.ts';
import { lineKeys } from '../../machines/call/facts.ts';
import type { JsonObject } from '../contract/json.ts';
import { functionSucceeded, updateFunction } from './account.ts';
import type { CallState, PendingEffect } from './call-state.ts';
import { effectById } from './call-state.ts';
import { type Draft, effectTimer } from './draft.ts';
import { effectId } from './effect-id.ts';
import { pendingOf, requestEffect } from './effect-fold.ts';
import { awaitsInputs } from './function-start.ts';
import { callRecord, stateName } from './record.ts';
import { REDRIVE_MS } from './retry-policies.ts';

/** Lets the hangups of a leg, or of all further legs, go on without the state that wanted them. */
export function outlive(draft: Draft, which: string): void {
  if (draft.context.policy.mode === 'observe') return;
  for (const key of lineKeys(draft.context)) {
    const matches = which === 'others' ? key !== 'carrier' && key !== 'room' : key === which;
    const leg = draft.context.legs[key];
    const unconfirmed = leg?.termination === 'forced_unconfirmed' && leg.terminatedAt === draft.at;
    if (matches && unconfirmed) outliveLeg(draft, key);
  }
}

/** An accepted hangup whose end was never seen is not under way any more: it is asked for again. */
function outliveLeg(draft: Draft, key: string): void {
  const pending = draft.state.effects.find(
    ({ subject, request }) =>
      subject === key && (request.kind === 'hang-up-leg' || request.kind === 'delete-room'),
  );
  if (pending !== undefined) keepOn(draft, pending);
  else if (key === 'room')
    requestEffect(draft, { kind: 'delete-room', name: 'delete-room', subject: key, key, orphan: true });
  else requestEffect(draft, { kind: 'hang-up-leg', name: 'hang-up', subject: key, key, orphan: true });
  const { provider = '', address = {} } = draft.context.legs[key] ?? {};
  publishDeadLetter(draft, 'leg', key, {
    leg: key,
    provider,
    address: address as JsonObject,
    attempts: draft.state.account.legAttempts[key] ?? 0,
  });
}

function keepOn(draft: Draft, pending: PendingEffect): void {
  const { scope: _left, ...rest } = pending;
  draft.keep({ ...rest, orphan: true, firstAttemptAt: draft.at });
}

/** Time is over: what runs still may finish late, what never ran is tried again on the redrive schedule. */
export function outliveFunctions(draft: Draft, before: CallState['snapshot'] | undefined): void {
  if (draft.context.policy.mode === 'observe') return;
  for (const pending of draft.state.effects) {
    if (pending.request.kind !== 'run-end-function' || pending.orphan === true) continue;
    if (pending.followUp === true) continue;
    const why = awaitsInputs(pending) ? { code: 'inputs_missing' } : { code: 'post_processing_over' };
    giveUpFunction(draft, pending, why);
  }
  const functions = (before?.context as CallContext | undefined)?.functions ?? {};
  for (const { name, status } of Object.values(functions)) {
    if (status !== 'waiting') continue;
    const never = pendingOf(draft, {
      kind: 'run-end-function',
      name: 'end-function',
      subject: name,
      key: `function/${name}`,
    });
    giveUpFunction(draft, { ...never, attempt: 0 }, { code: 'never_started' });
  }
}

/** Dead letter now; another attempt later, unless trying again cannot help. */
export function giveUpFunction(
  draft: Draft,
  pending: PendingEffect,
  { code, detail }: { code?: string | undefined; detail?: string | undefined },
  redrive = true,
): void {
  const name = pending.subject ?? '';
  const error = detail ?? code;
  draft.account((account) => updateFunction(account, name, error === undefined ? {} : { error }));
  publishFunctionLetter(draft, pending, name, error);
  if (redrive) scheduleRedrive(draft, pending, 0);
}

/** Everything that it takes to run it again (contract, dead letters). */
export function publishFunctionLetter(
  draft: Draft,
  pending: PendingEffect,
  key: string,
  error: string | undefined,
): void {
  const { account } = draft.state;
  publishDeadLetter(draft, 'function', key, {
    function: pending.subject ?? '',
    idempotencyKey: pending.request.idempotencyKey,
    attempts: pending.attempt,
    ...(error === undefined ? {} : { error }),
    record: callRecord(draft.state, account.recordVersion + 1),
    transcript: account.transcript as unknown as JsonObject[],
  });
}

function scheduleRedrive(draft: Draft, pending: PendingEffect, round: number): void {
  const wait = REDRIVE_MS[round];
  if (wait === undefined) return;
  const { scope: _left, ...rest } = pending;
  draft.keep({ ...rest, orphan: true, phase: 'backing-off', started: false, redrive: round });
  draft.arm(effectTimer(pending.request.effectId), wait, false);
}

function publishDeadLetter(draft: Draft, kind: 'leg' | 'function', key: string, facts: JsonObject): void {
  const id = effectId(draft.state, 'publish-dead-letter', `${kind}/${key}`);
  if (effectById(draft.state, id) !== undefined) return;
  const { callId, gateway, incarnation } = draft.state;
  const pending: PendingEffect = {
    request: {
      effectId: id,
      kind: 'publish-dead-letter',
      callId,
      gateway,
      cause: draft.cause,
      requestedAt: draft.at,
      idempotencyKey: id,
      timeoutMs: 5_000,
      payload: {
        deadLetter: kind,
        letter: { id, kind, callId, gateway, incarnation, at: draft.at, ...facts },
      },
    },
    attempt: 1,
    position: draft.position,
    phase: 'attempting',
    name: 'dead-letter',
    firstAttemptAt: draft.at,
  };
  draft.keep(pending);
  draft.effects.push({ ...pending.request, attempt: 1, position: draft.position });
}

const LATE: Readonly<Record<string, Termination>> = {
  'effect.hang-up.done': 'confirmed_by_response',
  'effect.delete-room.done': 'confirmed_by_response',
  'effect.hang-up.gone': 'already_ended',
  'effect.delete-room.gone': 'already_ended',
};

/** An orphan leg was confirmed after all: the record gets a new version. */
export function amendLeg(draft: Draft, pending: PendingEffect, event: EffectEvent): void {
  const termination = LATE[event.type];
  const key = pending.subject ?? '';
  const { context } = draft;
  const leg = context.legs[key];
  if (termination === undefined || leg === undefined) return;
  const legs = { ...context.legs, [key]: { ...leg, termination, terminatedAt: draft.at } };
  const snapshot = { ...draft.state.snapshot, context: { ...context, legs } };
  draft.state.snapshot = snapshot as typeof draft.state.snapshot;
  draft.note('leg.settled', { leg: key, termination });
  publishAgain(draft);
}

/** A redriven function succeeded, or spent another round. */
export function amendFunction(draft: Draft, pending: PendingEffect, event: EffectEvent): void {
  const name = pending.subject ?? '';
  if (event.type === 'effect.end-function.done') {
    draft.account((account) => functionSucceeded(account, name, draft.at));
    publishAgain(draft);
  } else if (event.type !== 'effect.end-function.failed') {
    scheduleRedrive(draft, pending, (pending.redrive ?? 0) + 1);
  }
}

/** A version on its way may not tell of the change: then one more follows it. */
export function publishAgain(draft: Draft): void {
  const onItsWay = draft.state.effects.some(({ request }) => request.kind === 'publish-record');
  if (onItsWay) draft.account(() => ({ amended: true }));
  else if (stateName(draft.state) === 'closed') publishVersion(draft); // else version 1 will say it
}

/** After a version was acknowledged: what changed since it left. */
export function publishAmended(draft: Draft): void {
  if (draft.state.account.amended !== true || stateName(draft.state) !== 'closed') return;
  draft.account(() => ({ amended: false }));
  publishVersion(draft);
}

function publishVersion(draft: Draft): void {
  const recordVersion = draft.state.account.recordVersion + 1;
  const id = effectId(draft.state, 'publish-record', `record/${recordVersion}`);
  const { callId, gateway, incarnation } = draft.state;
  const pending: PendingEffect = {
    request: {
      effectId: id,
      kind: 'publish-record',
      callId,
      gateway,
      cause: draft.cause,
      requestedAt: draft.at,
      idempotencyKey: id,
      timeoutMs: 5_000,
      payload: { record: {}, recordVersion, incarnation },
    },
    attempt: 1,
    position: draft.position,
    phase: 'attempting',
    name: 'record',
    firstAttemptAt: draft.at,
  };
  draft.keep(pending);
  const record = callRecord(draft.state, recordVersion);
  draft.effects.push({
    ...pending.request,
    attempt: 1,
    position: draft.position,
    payload: { record, recordVersion, incarnation },
  });
}
