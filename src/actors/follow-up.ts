/**
 * A run that a function asked for with `runAgainAt`: an effect of its own, whose wait is a timer of the
 * log and outlives the call and any restart. What came of it makes a new version of the record.
 */
import type { EffectEvent } from '../../machines/call/events.ts';
import type { Json } from '../contract/json.ts';
import { type FollowUp, updateFunction } from './account.ts';
import { publishAgain, publishFunctionLetter } from './afterlife.ts';
import type { PendingEffect } from './call-state.ts';
import { type Draft, effectTimer } from './draft.ts';
import { pendingOf } from './effect-fold.ts';

/** A fortnight: longer business belongs in a workflow; and Node fires waits of 2³¹ ms at once. */
const AHEAD_MAX_MS = 1_209_600_000;

/** Called when the run that asked for it has succeeded. An instant that is over is run at once. */
export function scheduleFollowUp(draft: Draft, name: string, dueAt: number): void {
  const waitMs = Math.max(0, dueAt - draft.at);
  if (waitMs > AHEAD_MAX_MS) {
    const error = 'schedule_too_far: runAgainAt is more than 14 days ahead';
    keep(draft, name, { at: dueAt, status: 'dead_lettered', attempts: 0, error });
    return;
  }
  const made = pendingOf(draft, {
    kind: 'run-end-function',
    name: 'end-function',
    subject: name,
    key: `follow-up/${name}`,
  });
  const payload = { ...made.request.payload, input: { scheduledFor: dueAt } };
  const request = { ...made.request, payload } as PendingEffect['request'];
  draft.keep({ ...made, request, attempt: 0, phase: 'backing-off', followUp: true });
  draft.arm(effectTimer(request.effectId), waitMs, false);
  keep(draft, name, { at: dueAt, status: 'scheduled', attempts: 0 });
}

/** Its retries are those of its function; given up it is a dead letter like any other. */
export function settleFollowUp(draft: Draft, pending: PendingEffect, event: EffectEvent): void {
  const name = pending.subject ?? '';
  const known = draft.state.account.functions[name]?.followUp;
  if (known === undefined) return;
  const { code, detail, data } = event.data;
  const attempts = Math.max(pending.attempt, known.attempts);
  const ended = { at: known.at, attempts, endedAt: draft.at };
  if (event.type === 'effect.end-function.done') {
    const output = data?.['output'] as Json | undefined;
    keep(draft, name, { ...ended, status: 'succeeded', ...(output === undefined ? {} : { output }) });
  } else {
    const error = detail ?? code ?? 'unknown';
    keep(draft, name, { ...ended, status: 'dead_lettered', error });
    publishFunctionLetter(draft, pending, `follow-up/${name}`, error);
  }
  publishAgain(draft);
}

/** `effect.attempted` was read: that many times it may have run. */
export function countFollowUp(draft: Draft, name: string, attempts: number): void {
  const known = draft.state.account.functions[name]?.followUp;
  if (known !== undefined) keep(draft, name, { ...known, attempts });
}

function keep(draft: Draft, name: string, followUp: FollowUp): void {
  draft.account((account) => updateFunction(account, name, { followUp }));
}
