/**
 * One event through the call chart, and everything that follows from it: timers, effects, remarks, the
 * timeline, the feed.
 */
import type { AnyMachineSnapshot as Snapshot } from 'xstate';
import type { CallContext } from '../../machines/call/context.ts';
import { callMachine } from '../../machines/call/machine.ts';
import type { CallEvent } from '../../machines/call/events.ts';
import { type EffectRequest, REMARKS, type RemarkName, requests } from '../../machines/call/effects.ts';
import { ABSENCES, type DelayName } from '../../machines/call/timers.ts';
import type { JsonObject } from '../contract/json.ts';
import * as accounts from './account.ts';
import { outlive, outliveFunctions } from './afterlife.ts';
import type { Draft } from './draft.ts';
import { requestEffect, withdrawUnwanted } from './effect-fold.ts';
import { nameOf } from './record.ts';
import { createStepper, type NamedAction, type Step } from './step.ts';

export const callStepper = createStepper(callMachine);

/** Which delay a timer id names. */
export function delayOf(timerId: string): DelayName {
  return timerId.slice(0, timerId.indexOf('.')) as DelayName;
}

/** Throws what the chart throws. */
export function feed(draft: Draft, event: CallEvent): void {
  const before = draft.state.snapshot;
  apply(draft, before, callStepper.next(before, event), event);
  feedLater(draft);
}

/** What effects answered without an attempt. Throws what the chart throws. */
export function feedLater(draft: Draft): void {
  const next = draft.later.shift();
  if (next !== undefined) feed(draft, next);
}

/** The same for the very first step, which has no state before it. */
export function apply(draft: Draft, before: Snapshot | undefined, step: Step, event?: CallEvent): void {
  draft.state.snapshot = step.snapshot;
  for (const timerId of step.cancelled) draft.disarm(timerId);
  for (const { timerId, delayMs } of step.armed) {
    if (Number.isFinite(delayMs)) draft.arm(timerId, delayMs, ABSENCES.has(delayOf(timerId)));
  }
  if (before !== undefined) keepBooks(draft, before, event);
  for (const action of step.actions) perform(draft, action, before);
  if (before === undefined || before.value !== step.snapshot.value) withdrawUnwanted(draft);
}

type RequestTable = Readonly<Record<string, ((moment: never) => EffectRequest[]) | undefined>>;

function perform(draft: Draft, action: NamedAction, before: Snapshot | undefined): void {
  const request = (requests as RequestTable)[action.type];
  if (request !== undefined) {
    const moment = { context: action.context, event: action.event } as never;
    for (const wanted of request(moment)) requestEffect(draft, wanted);
    if (action.type === 'refuseEnd') draft.note('end.refused', { code: 'transfer_pending' });
    if (action.type === 'acceptEnd') draft.note('end.accepted', { attempt: draft.context.endAttempt });
    return;
  }
  const remark = REMARKS[action.type as RemarkName] as (typeof REMARKS)[RemarkName] | undefined;
  if (remark === undefined) return;
  if ('cause' in remark) draft.account((account) => accounts.addCause(account, draft.at, remark.cause));
  if ('alarm' in remark)
    draft.note('alarm.raised', { code: remark.alarm, ...('leg' in remark ? { leg: remark.leg } : {}) });
  if ('orphan' in remark && remark.orphan === 'functions') outliveFunctions(draft, before);
  else if ('orphan' in remark) outlive(draft, remark.orphan);
}

/** Timeline, attempts, legs and functions: differences between the state before and after. */
function keepBooks(draft: Draft, before: Snapshot, event?: CallEvent): void {
  const was = before.context as CallContext;
  const is = draft.context;
  const from = nameOf(before);
  const to = nameOf(draft.state.snapshot);
  if (from !== to) {
    for (const [start, end] of passages(from, to)) pass(draft, start, end);
    if (to === 'closed') draft.note('call.closed', closing(draft));
  }
  if (is.endAttempt !== was.endAttempt) {
    const by = event?.type === 'end.requested' ? (event.data.by ?? 'agent') : (is.end?.by ?? 'system');
    draft.account((account) => accounts.startEndAttempt(account, is.endAttempt, by));
  }
  if (was.end !== undefined && is.end === undefined) {
    draft.account((account) => accounts.concludeEndAttempt(account, was.endAttempt, 'cancelled'));
    draft.note('end.cancelled', { attempt: was.endAttempt });
  }
  if (is.answered === 'yes' && was.answered !== 'yes') {
    draft.account((account) => ({ answeredAt: account.answeredAt ?? draft.at }));
  }
  if (is.farewell?.outcome === 'confirmed' && was.farewell?.outcome !== 'confirmed') {
    draft.account(() => ({ farewellEndedAt: draft.at }));
  }
  if (is.legs !== was.legs) noteLegs(draft, was.legs, is.legs);
  if (is.functions !== was.functions) noteFunctions(draft, was.functions, is.functions, event);
}

/** `terminating` is on every way, also when nothing is left to end (rule R8). */
function passages(from: string, to: string): [string, string][] {
  const skips = to === 'post-processing' && from !== 'terminating';
  if (!skips) return [[from, to]];
  return [
    [from, 'terminating'],
    ['terminating', to],
  ];
}

function pass(draft: Draft, from: string, to: string): void {
  const { at, cause } = draft;
  draft.note('state.changed', { from, to, cause });
  if (to !== 'closed') draft.account((account) => accounts.addPassage(account, { at, from, to, cause }));
}

function closing(draft: Draft): JsonObject {
  const { end, farewell } = draft.context;
  return {
    endedBy: end?.by ?? 'system',
    endReason: end?.reason ?? 'unknown',
    farewell: farewell?.outcome ?? 'none_needed',
    // Whoever counts ends may have taken the call over, and never heard it start.
    provider: draft.state.account.provider,
  };
}

type Legs = CallContext['legs'];

function noteLegs(draft: Draft, was: Legs, is: Legs): void {
  for (const [leg, { termination }] of Object.entries(is)) {
    if (termination !== undefined && was[leg]?.termination !== termination) {
      draft.note('leg.settled', { leg, termination });
    }
  }
}

type Functions = CallContext['functions'];

function noteFunctions(draft: Draft, was: Functions, is: Functions, event?: CallEvent): void {
  const skip = event?.type === 'effect.end-function.skipped' ? event.data.code : undefined;
  for (const { name, status } of Object.values(is)) {
    if (was[name]?.status === status) continue;
    const decided = status !== 'waiting' && status !== 'running';
    const reason = status === 'skipped' ? { reason: skip ?? draft.context.policy.mode } : {};
    draft.account((account) =>
      accounts.updateFunction(account, name, {
        status,
        ...(decided ? { endedAt: draft.at } : {}),
        ...reason,
      }),
    );
  }
}
