/**
 * An operator's word about a dead letter (log rule 37): what was given up is tried again now, or is given
 * up for good. What was settled leaves the stream of dead letters, whoever settled it.
 */
import type { DeskRequest } from '../contract/own-events.ts';
import type { Outcome } from '../contract/outcome.ts';
import { updateFunction } from './account.ts';
import { publishAgain } from './afterlife.ts';
import type { PendingEffect } from './call-state.ts';
import { effectById } from './call-state.ts';
import type { Draft } from './draft.ts';
import { effectId } from './effect-id.ts';
import { pendingOf, retryEffect } from './effect-fold.ts';
import { REDRIVE_MS } from './retry-policies.ts';

/** What names a letter within its call: the key of its effect. */
type LetterKind = DeskRequest['kind'];

/** Tries again what the letter is about. False: nothing of this call is given up under that name. */
export function redrive(draft: Draft, { kind, subject, letterId }: DeskRequest): boolean {
  const wanted = kind === 'leg' ? legEffect(draft, subject) : functionEffect(draft, subject, letterId);
  if (wanted === undefined) return false;
  const { effectId: id } = wanted.request;
  const pending = effectById(draft.state, id);
  // Under way already, and never twice at once (invariant 6).
  if (pending !== undefined && pending.phase !== 'backing-off') return true;
  if (pending === undefined) draft.keep(wanted);
  retryEffect(draft, id);
  return true;
}

/** Gives it up for good: nothing is tried any more, and the record says so in a new version. */
export function discard(draft: Draft, { kind, subject, letterId, note }: DeskRequest): boolean {
  const wanted = kind === 'leg' ? legEffect(draft, subject) : functionEffect(draft, subject, letterId);
  if (wanted === undefined) return false;
  const { effectId: id } = wanted.request;
  if (effectById(draft.state, id) !== undefined) draft.withdraw(id);
  const word = note === undefined ? 'discarded' : `discarded: ${note}`;
  if (kind === 'leg') explainLeg(draft, subject, word);
  else draft.account((account) => updateFunction(account, subject, { reason: word }));
  removeLetter(draft, kind, letterId);
  publishAgain(draft);
  return true;
}

/** A success, whichever attempt brought it, leaves no letter behind. */
export function forgetLetter(draft: Draft, pending: PendingEffect | undefined, outcome: Outcome): void {
  const outlived = pending?.orphan === true || pending?.redrive !== undefined;
  if (pending?.subject === undefined || !outlived) return;
  if (outcome.result !== 'done' && outcome.result !== 'already-gone') return;
  const { kind } = pending.request;
  if (kind === 'run-end-function') {
    const key = pending.followUp === true ? followUpKey(pending.subject) : pending.subject;
    removeLetter(draft, 'function', letterOf(draft, 'function', key));
  } else if (kind === 'hang-up-leg' || kind === 'delete-room') {
    removeLetter(draft, 'leg', letterOf(draft, 'leg', pending.subject));
  }
}

function letterOf({ state }: Draft, kind: LetterKind, key: string): string {
  return effectId(state, 'publish-dead-letter', `${kind}/${key}`);
}

function followUpKey(name: string): string {
  return `follow-up/${name}`;
}

/** As if it waited for its next attempt: its number goes on, its rounds are over. */
function functionEffect(draft: Draft, name: string, letterId: string): PendingEffect | undefined {
  const ledger = draft.state.account.functions[name];
  if (ledger === undefined) return undefined;
  const later = letterId === letterOf(draft, 'function', followUpKey(name)) ? ledger.followUp : undefined;
  if ((later ?? ledger).status === 'succeeded') return undefined;
  const key = later === undefined ? `function/${name}` : followUpKey(name);
  const made = pendingOf(draft, { kind: 'run-end-function', name: 'end-function', subject: name, key });
  const input = later === undefined ? {} : { scheduledFor: later.at };
  const request: PendingEffect['request'] = {
    ...made.request,
    // The version that the call pinned makes the key, whatever runs now (log rule 11).
    idempotencyKey: `${made.request.effectId}.${ledger.version}`,
    payload: { function: name, version: ledger.version, input },
  };
  return {
    ...made,
    request,
    attempt: (later ?? ledger).attempts,
    phase: 'backing-off',
    redrive: REDRIVE_MS.length,
    ...(later === undefined ? { orphan: true } : { followUp: true }),
  };
}

/** A leg whose end was never proven. */
function legEffect(draft: Draft, key: string): PendingEffect | undefined {
  const leg = draft.context.legs[key];
  if (leg === undefined || !UNPROVEN.has(leg.termination ?? '')) return undefined;
  const made =
    key === 'room'
      ? pendingOf(draft, { kind: 'delete-room', name: 'delete-room', subject: key, key, orphan: true })
      : pendingOf(draft, { kind: 'hang-up-leg', name: 'hang-up', subject: key, key, orphan: true });
  return { ...made, attempt: made.attempt - 1, phase: 'backing-off' };
}

const UNPROVEN = new Set(['forced_unconfirmed', 'failed']);

function explainLeg(draft: Draft, key: string, detail: string): void {
  const { context } = draft;
  const leg = context.legs[key];
  if (leg === undefined) return;
  const changed = { ...context, legs: { ...context.legs, [key]: { ...leg, detail } } };
  draft.state.snapshot = { ...draft.state.snapshot, context: changed } as typeof draft.state.snapshot;
}

function removeLetter(draft: Draft, kind: LetterKind, letterId: string): void {
  const id = effectId(draft.state, 'remove-dead-letter', letterId);
  if (effectById(draft.state, id) !== undefined) return;
  const { callId, gateway } = draft.state;
  const pending: PendingEffect = {
    request: {
      effectId: id,
      kind: 'remove-dead-letter',
      callId,
      gateway,
      cause: draft.cause,
      requestedAt: draft.at,
      idempotencyKey: id,
      timeoutMs: 5_000,
      payload: { letterId, letterKind: kind },
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
