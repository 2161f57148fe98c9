/**
 * The call actor: a pure fold over the call's messages, `fold(state, message) → (state', effects)`. Every
 * decision is the chart's; this file says which messages reach it, once each and in order.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CallEvent, EffectEvent } from '../../machines/call/events.ts';
import { SOFT_TIMERS } from '../../machines/call/timers.ts';
import { isTerminalStatus } from '../../machines/call/reasons.ts';
import type { Effect } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import { IGNORED_FIELDS } from '../contract/ignored-fields.ts';
import type { Message } from '../contract/message.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { DeskRequest, FoundLine, LateFactsTold } from '../contract/own-events.ts';
import type { Settled } from '../contract/settled.ts';
import { settledIn } from '../contract/settled.ts';
import { PRINCIPALS } from '../contract/subjects.ts';
import * as accounts from './account.ts';
import { amendFunction, amendLeg, giveUpFunction, publishAgain, publishAmended } from './afterlife.ts';
import type { ArmedTimer, CallState, Fold, PendingEffect, World } from './call-state.ts';
import { effectById, timerById } from './call-state.ts';
import { discard, forgetLetter, redrive } from './dead-letter.ts';
import { Draft, effectOfTimer } from './draft.ts';
import { refuseReuse } from './call-start.ts';
import { effectId } from './effect-id.ts';
import { attemptEffect, isIn, retryEffect, settleEffect, startByInputs, toEffect } from './effect-fold.ts';
import { endFoundLine } from './found-line.ts';
import { countFollowUp, scheduleFollowUp, settleFollowUp } from './follow-up.ts';
import { delayOf, feed, feedLater } from './machine-fold.ts';
import { stateName } from './record.ts';
import { revivedState } from './revival.ts';
import { timerEvent } from './step.ts';

export { fromEntry, toEntry } from './call-entry.ts';
export { startCall, type StartRefused } from './call-start.ts';

/** Event ids remembered per call (log rule 21). */
const IDS_MAX = 256;

/** One step. Throws only when the chart does: the caller then appends `call.quarantined` (log rule 38). */
export function foldCall(state: CallState, message: Message, world: World): Fold {
  const draft = new Draft(state, message, world);
  if (message.gateway === PRINCIPALS.onhook) return foldOwn(draft, message);
  const inert = (verdict: Fold['verdict']): Fold => ({
    state,
    verdict,
    effects: [],
    withdrawn: [],
    notes: [],
  });
  const outside = message.gateway === PRINCIPALS.ingress || message.gateway === PRINCIPALS.operator;
  if (!outside && message.gateway !== state.gateway) return inert('unauthorised');
  // A gateway reports on lines only where it is itself their authority; carriers' words come by webhook.
  if (!outside && message.type === 'leg.status' && state.account.provider !== 'sip')
    return inert('unauthorised');
  if (message.type === 'call.started') return foldRepeatedStart(draft, message);
  const id = `${message.gateway}/${message.id}`;
  if (state.ids.includes(id)) return inert('duplicate');
  if (stateName(state) === 'closed' && !LATE.has(message.type)) return inert('late');
  if (!outside && message.sequence !== undefined && !numbered(draft, message.sequence))
    return inert('duplicate');
  draft.state.ids = [...state.ids.slice(1 - IDS_MAX), id];
  foldOutside(draft, message, outside);
  return draft.done('applied');
}

/**
 * The same for a message of ours about a call that was forgotten, made again from the record that the
 * message brings. Undefined: it brings none, or there is nothing to do.
 */
export function reviveCall(message: Message, world: World): Fold | undefined {
  const state = revivedState(message, world);
  if (state === undefined) return undefined;
  const fold = foldCall(state, message, world);
  return fold.verdict === 'applied' ? fold : undefined;
}

/** A second start alters nothing; with other legs the gateway reuses an id (log rule 39, invariant 16). */
function foldRepeatedStart(draft: Draft, message: Message): Fold {
  const legs = Object.entries((message.data['legs'] ?? {}) as JsonObject);
  const known = draft.context.legs;
  const same = legs.every(([key, address]) => isDeepStrictEqual(known[key]?.address, address));
  if (same) return draft.done('duplicate');
  const { effects, notes } = refuseReuse(message, draft.world);
  return { ...draft.done('duplicate'), effects, notes };
}

/** Keeps the gateway's own numbering; false for what is not newer than what was applied (log rule 21). */
function numbered(draft: Draft, sequence: number): boolean {
  const known = draft.state.sequence;
  if (known !== undefined && sequence <= known) return false;
  const gap = known !== undefined && sequence > known + 1;
  draft.state.sequence = sequence;
  if (gap) draft.state.sequenceGap = true;
  return true;
}

function foldOutside(draft: Draft, message: Message, outside: boolean): void {
  const { data } = message;
  if (message.type === 'state.patched') {
    draft.account((account) => accounts.patchState(account, data['patch'] as JsonObject));
    if (draft.state.account.stateRefused === true)
      draft.note('alarm.raised', { code: 'call_state_too_large' });
  } else if (message.type === 'transcript.appended') {
    draft.account((account) =>
      accounts.addTranscript(account, data as unknown as accounts.Account['transcript'][number]),
    );
  }
  noteCause(draft, message);
  const { [IGNORED_FIELDS]: fields } = data;
  if (fields !== undefined)
    draft.note('alarm.raised', { code: 'event_field_ignored', type: message.type, fields });
  if (!outside) hearGateway(draft, message.type);
  if (LATE.has(message.type)) return hearLate(draft, message);
  const gap = message.type === 'mark.echoed' && draft.state.sequenceGap === true ? { gap: true } : {};
  feed(draft, { type: message.type, at: draft.at, seq: message.seq, data: { ...data, ...gap } } as CallEvent);
}

/** What the record tells although it came after the settle window (field rule 54). */
const LATE = new Set(['state.patched', 'transcript.appended']);

/** The same, gathered, of a call that was forgotten. */
function hearLateFacts(draft: Draft, { facts }: LateFactsTold): Fold {
  for (const { type, data } of facts) {
    if (type === 'state.patched') {
      draft.account((account) => accounts.patchState(account, data['patch'] as JsonObject));
    }
    draft.account((account) => accounts.addLate(account, { at: draft.at, type, data }));
  }
  publishAgain(draft);
  return draft.done('applied');
}

/** A word or a value after the settle window: an input that was waited for, and one more version. */
function hearLate(draft: Draft, { type, data }: Message): void {
  const { value } = draft.state.snapshot;
  const over = isIn(value, 'post-processing') && !isIn(value, 'post-processing.settling');
  if (!over && stateName(draft.state) !== 'closed') return;
  draft.account((account) => accounts.addLate(account, { at: draft.at, type, data }));
  inputsMayHaveCome(draft);
  publishAgain(draft);
}

const SPEECH = new Set(['caller.spoke', 'agent.spoke', 'transcript.appended', 'farewell.started']);

/** Any word of the gateway proves that it lives; speech starts the silence again (log rule 42). */
function hearGateway(draft: Draft, type: string): void {
  for (const timer of draft.state.timers) {
    const soft = SOFT_TIMERS[delayOf(timer.timerId)];
    if (soft === 'gateway' || (soft === 'speech' && SPEECH.has(type))) {
      draft.arm(timer.timerId, timer.durationMs, timer.absence);
    }
  }
  const { value } = draft.state.snapshot;
  if (isIn(value, 'active') && !isIn(value, 'active.gateway.heard')) {
    feed(draft, { type: 'gateway.heard', at: draft.at, seq: draft.position.seq, data: {} });
  }
}

/** Ending causes in the order they came (rule R3); speech and clears only while the call is ending. */
const CAUSES = new Set([
  'end.requested',
  'caller.left',
  'participant.left',
  'room.finished',
  'call.ended',
  'call.transferred',
  'stream.stopped',
  'farewell.failed',
  'operator.end-requested',
  'operator.kill-requested',
  'operator.end-cancelled',
]);
const CAUSES_WHILE_ENDING = new Set(['caller.spoke', 'playback.cleared']);

function noteCause(draft: Draft, { type, data }: Message): void {
  const terminal = type === 'leg.status' && isTerminalStatus(data['status'] as string);
  const name = stateName(draft.state);
  const ending = name === 'farewell-speaking' || name === 'draining';
  if (!CAUSES.has(type) && !terminal && !(ending && CAUSES_WHILE_ENDING.has(type))) return;
  const word = data['reason'] ?? data['by'] ?? data['status'] ?? data['cause'];
  const detail = typeof word === 'string' ? word.slice(0, 256) : undefined;
  draft.account((account) => accounts.addCause(account, draft.at, type, detail));
}

function foldOwn(draft: Draft, message: Message): Fold {
  const { type, data } = message;
  const at = draft.at;
  const { seq } = draft.position;
  if (type === 'timer.fired') return fire(draft, data);
  if (type === 'effect.settled') return settleAll(draft, message);
  if (type === 'effect.attempted') {
    attempted(draft, data as unknown as { effectId: string; attempt: number });
    return draft.done('applied');
  }
  if (type === 'redrive.requested' || type === 'discard.requested') {
    const asked = data as unknown as DeskRequest;
    const heard = type === 'redrive.requested' ? redrive(draft, asked) : discard(draft, asked);
    return draft.done(heard ? 'applied' : 'late');
  }
  if (type === 'facts.late') return hearLateFacts(draft, data as unknown as LateFactsTold);
  if (type === 'line.found')
    return draft.done(endFoundLine(draft, data as unknown as FoundLine) ? 'applied' : 'late');
  if (stateName(draft.state) === 'closed') return draft.done('late');
  if (type === 'unattended.permitted') {
    const { effectId: asked } = data;
    // It was given for an earlier loss, from which the call has recovered.
    if (asked !== undefined && effectById(draft.state, asked as string) === undefined)
      return draft.done('late');
    feed(draft, { type, at, seq, data: {} });
  } else if (type === 'call.quarantined') {
    if (!isFirst(draft, message)) return draft.done('duplicate');
    draft.account((account) => accounts.addCause(account, at, type, data['detail'] as string | undefined));
    feed(draft, { type, at, seq, data: { detail: data['detail'] as string | undefined } });
  } else return draft.done('invalid');
  return draft.done('applied');
}

/** An own message is sent again until it is read back: it counts once (invariant 13, log rule 18). */
function isFirst(draft: Draft, { gateway, id: own }: Message): boolean {
  const { ids } = draft.state;
  const id = `${gateway}/${own}`;
  if (ids.includes(id)) return false;
  draft.state.ids = [...ids.slice(1 - IDS_MAX), id];
  return true;
}

/** Log rule 35: the attempt may have run. A budget that is spent by it ends the effect here. */
function attempted(draft: Draft, told: { effectId: string; attempt: number }): void {
  const pending = effectById(draft.state, told.effectId);
  if (pending === undefined) return;
  const answer = attemptEffect(draft, pending, told.attempt);
  if (pending.followUp === true) countFollowUp(draft, pending.subject ?? '', told.attempt);
  if (answer !== undefined) hear(draft, pending, answer);
}

/** Log rule 14: it counts if armed with that position, and due by fold time or by the time waited. */
function fire(draft: Draft, data: JsonObject): Fold {
  const timer = timerById(draft.state, data['timerId'] as string);
  const same =
    timer !== undefined && timer.armed.seq === data['armedSeq'] && timer.armed.era === data['armedEra'];
  if (!same) return draft.done('late');
  const due = draft.at >= dueAt(timer, draft.world);
  const waited = !timer.absence && (data['waitedMs'] as number) >= timer.durationMs;
  if (!due && !waited) return draft.done('late');
  draft.disarm(timer.timerId);
  const effect = effectOfTimer(timer.timerId);
  draft.cause = effect === undefined ? `timer.${delayOf(timer.timerId)}` : 'timer.backoff';
  if (effect !== undefined) {
    retryEffect(draft, effect);
    feedLater(draft);
  } else
    feed(draft, {
      type: timerEvent(timer.timerId),
      at: draft.at,
      seq: draft.position.seq,
      data: {},
    } as never);
  return draft.done('applied');
}

/** In the order in which they came, each as if it had come alone. */
function settleAll(draft: Draft, message: Message): Fold {
  let known = false;
  for (const settled of settledIn(message)) if (settle(draft, settled)) known = true;
  return draft.done(known ? 'applied' : 'duplicate');
}

/** False when nobody waited for it. */
function settle(draft: Draft, settled: Settled): boolean {
  const pending = effectById(draft.state, settled.effectId);
  draft.cause = `effect.${pending?.name ?? 'settled'}`;
  if (settled.emergency === true) noteEmergency(draft);
  const answer = pending && settleEffect(draft, pending, settled);
  if (pending !== undefined && answer !== undefined) hear(draft, pending, answer);
  else if (settled.emergency === true && hearEmergency(draft, settled)) return true;
  forgetLetter(draft, pending, settled.outcome);
  return pending !== undefined;
}

/** Once, and not after the end: the record is out (invariants 13, 15). */
function noteEmergency(draft: Draft): void {
  if (draft.state.account.emergency === true || stateName(draft.state) === 'closed') return;
  draft.account(() => ({ emergency: true }));
}

/**
 * A leg was hung up while the log was away, before the fold asked for it: the end of that leg is a fact,
 * so that it is not asked for again (log rule 40).
 */
function hearEmergency(draft: Draft, settled: { effectId: string; outcome: Outcome }): boolean {
  const { outcome } = settled;
  if (outcome.result !== 'done' && outcome.result !== 'already-gone') return false;
  const { legs, endAttempt } = draft.context;
  const isThis = (key: string): boolean =>
    effectId(draft.state, 'hang-up-leg', key, endAttempt) === settled.effectId;
  const leg = Object.keys(legs).find(isThis);
  if (leg === undefined || stateName(draft.state) === 'closed') return false;
  // Told twice, it is known (invariant 13).
  if (legs[leg]?.termination !== undefined) return false;
  const type = outcome.result === 'done' ? 'effect.hang-up.done' : 'effect.hang-up.gone';
  const { status } = outcome;
  feed(draft, { type, at: draft.at, seq: draft.position.seq, data: { subject: leg, status } });
  return true;
}

/** An effect's answer: for the ledger, for what outlives the call, and for the chart. */
function hear(draft: Draft, pending: PendingEffect, answer: CallEvent): void {
  const event = answer as EffectEvent;
  if (pending.followUp === true) return settleFollowUp(draft, pending, event);
  if (event.type === 'effect.record.done') {
    draft.account((account) => ({ recordVersion: account.recordVersion + 1 }));
  }
  if (pending.request.kind === 'run-end-function') keepResult(draft, pending, event);
  if (pending.orphan === true) {
    if (pending.request.kind === 'run-end-function') amendFunction(draft, pending, event);
    else amendLeg(draft, pending, event);
    return;
  }
  if (stateName(draft.state) !== 'closed') feed(draft, event);
  if (event.type === 'effect.record.done') publishAmended(draft);
  if (pending.request.kind === 'run-end-function') inputsMayHaveCome(draft);
}

function inputsMayHaveCome(draft: Draft): void {
  startByInputs(draft);
  feedLater(draft);
}

function keepResult(draft: Draft, pending: PendingEffect, event: EffectEvent): void {
  const name = pending.subject ?? '';
  if (event.type !== 'effect.end-function.done') {
    const hopeless = event.type === 'effect.end-function.failed';
    if (pending.orphan !== true) giveUpFunction(draft, pending, event.data, !hopeless);
    return;
  }
  const { output, disposition, ranVersion, runAgainAt } = event.data.data ?? {};
  draft.account((account) => ({
    ...accounts.updateFunction(account, name, {
      attempts: Math.max(pending.attempt, account.functions[name]?.attempts ?? 0),
      ...(output === undefined ? {} : { output: output as JsonObject }),
      ...(ranVersion === undefined ? {} : { ranVersion: ranVersion as string }),
    }),
    ...(disposition === undefined ? {} : { disposition: disposition as { code: string } }),
  }));
  if (typeof runAgainAt === 'number') scheduleFollowUp(draft, name, runAgainAt);
}

/** What is still wanted and has no outcome, hangups first: after a recovery, or when the pause ends. */
export function pendingEffects(state: CallState, paused = false): Effect[] {
  const wanted = state.effects.filter(
    ({ phase }) => phase === 'attempting' || (phase === 'noted' && !paused),
  );
  const urgency = ({ request }: PendingEffect): number => (request.kind === 'hang-up-leg' ? 0 : 1);
  return wanted
    .toSorted((a, b) => urgency(a) - urgency(b))
    .map((pending) => {
      // It may have run: the next owner takes the next attempt number (log rule 35).
      const attempt = pending.started === true ? pending.attempt + 1 : pending.attempt;
      return toEffect(state, { ...pending, attempt });
    });
}

/** When the timer counts by fold time: its due instant, moved for an absence by the last outage (log rule 16). */
export function dueAt(timer: ArmedTimer, world: World): number {
  const due = timer.armedAt + timer.durationMs;
  return timer.absence ? Math.max(due, world.restoredAt + timer.durationMs) : due;
}

/** Closed, and no orphan leg or redrive left: the actor can be forgotten. */
export function isDone(state: CallState): boolean {
  return stateName(state) === 'closed' && state.effects.length === 0;
}
