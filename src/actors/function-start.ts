/**
 * The start of an end function: put off while a declared input is still to come, not made at all when
 * its condition does not hold. Putting off is a wait before the first attempt, so it outlives a crash.
 */
import type { CallEvent } from '../../machines/call/events.ts';
import { updateFunction } from './account.ts';
import type { PendingEffect } from './call-state.ts';
import { type Draft, effectTimer } from './draft.ts';
import { INPUTS_WAIT_MS, missingInputs, unmetCondition } from './readiness.ts';

function manifestOf({ state }: Draft, { subject }: PendingEffect) {
  return state.config.functions.find(({ name }) => name === subject);
}

/** Before its first attempt, and waiting for inputs (not a run that was put off for another reason). */
export function awaitsInputs({ request, phase, attempt, orphan, followUp }: PendingEffect): boolean {
  const isFirst = phase === 'backing-off' && attempt === 0;
  return isFirst && request.kind === 'run-end-function' && orphan !== true && followUp !== true;
}

/** True: start it now. Else its wait is armed, or the chart will hear that it is skipped. */
export function mayStart(draft: Draft, pending: PendingEffect): boolean {
  const manifest = manifestOf(draft, pending);
  const waitMs = manifest?.inputsWaitMs ?? INPUTS_WAIT_MS;
  const missing = waitMs === 0 ? [] : missingInputs(draft.state, manifest);
  const unmet = unmetCondition(draft.state, manifest, missing);
  if (unmet !== undefined) {
    skip(draft, pending, unmet);
    return false;
  }
  if (missing.length === 0) return true;
  draft.keep({ ...pending, attempt: 0, phase: 'backing-off' });
  draft.arm(effectTimer(pending.request.effectId), waitMs, false);
  return false;
}

/** True: the wait is over and it still applies. Else it is forgotten. */
export function stillApplies(draft: Draft, pending: PendingEffect): boolean {
  if (pending.attempt !== 0 || pending.followUp === true) return true;
  if (pending.request.kind !== 'run-end-function') return true;
  const unmet = unmetCondition(draft.state, manifestOf(draft, pending));
  if (unmet === undefined) return true;
  draft.forget(pending.request.effectId);
  skip(draft, pending, unmet);
  return false;
}

/** Waiting functions whose inputs have all come. */
export function readyByInputs(draft: Draft): string[] {
  return draft.state.effects
    .filter((pending) => awaitsInputs(pending))
    .filter((pending) => missingInputs(draft.state, manifestOf(draft, pending)).length === 0)
    .map(({ request }) => request.effectId);
}

/** A dead letter that turns out not to apply stays one, and says so. */
function skip(draft: Draft, pending: PendingEffect, path: string): void {
  const reason = `only_if ${path}`;
  const { subject } = pending;
  if (pending.orphan === true) {
    draft.account((account) => updateFunction(account, subject ?? '', { error: reason }));
    return;
  }
  const type = 'effect.end-function.skipped';
  draft.later.push({
    type,
    at: draft.at,
    seq: draft.position.seq,
    data: { subject, code: reason },
  } satisfies CallEvent);
}
