/**
 * Effects inside the fold: requests of the chart become pending effects, outcomes and waits move them on
 * with the effect chart, and what is decided comes back as the chart's `effect.<name>.<result>`.
 */
import type { CallEvent, EffectName, EffectResult } from '../../machines/call/events.ts';
import type { EffectRequest } from '../../machines/call/effects.ts';
import { effectMachine, type EffectContext, type EffectMachineEvent } from '../../machines/effect/machine.ts';
import type { Effect, EffectPayload } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';
import { addWould, countLegAttempt, noteInputs, updateFunction } from './account.ts';
import type { CallState, PendingEffect } from './call-state.ts';
import { effectById } from './call-state.ts';
import { type Draft, effectTimer } from './draft.ts';
import { mayStart, readyByInputs, stillApplies } from './function-start.ts';
import { missingInputs } from './readiness.ts';
import { effectId, spreadOf } from './effect-id.ts';
import { callRecord } from './record.ts';
import { ORPHAN_LEG, policyFor, timeoutFor } from './retry-policies.ts';
import { createStepper } from './step.ts';

const stepper = createStepper(effectMachine);

/** Commands that a backstop leaves to the gateway (rule R9). */
const OWN_MODE_VERBS = new Set(['mark', 'say', 'clear', 'farewell']);

/** What observe mode and the pause still do: they read, and they keep the books. */
const HARMLESS = new Set([
  'ask-leg',
  'publish-record',
  'publish-dead-letter',
  'remove-dead-letter',
  'permit-unattended',
]);

type Treatment = 'perform' | 'note' | 'drop';

function treatmentOf(draft: Draft, request: EffectRequest): Treatment {
  const { mode } = draft.context.policy;
  if (mode === 'observe' && !HARMLESS.has(request.kind)) return 'drop';
  if (mode === 'backstop' && request.verb !== undefined && OWN_MODE_VERBS.has(request.verb)) return 'drop';
  return draft.world.paused && !HARMLESS.has(request.kind) ? 'note' : 'perform';
}

/** Ids do not depend on the end attempt where the work is done once per call (invariant 9). */
const ONCE_PER_CALL = new Set(['run-end-function', 'publish-record', 'publish-dead-letter']);

export function requestEffect(draft: Draft, request: EffectRequest): void {
  const id = idOf(draft, request);
  if (effectById(draft.state, id) !== undefined) return; // already under way: never a second one (invariant 6)
  const treatment = treatmentOf(draft, request);
  const named = request.verb ?? request.kind;
  if (treatment !== 'perform') draft.account((account) => addWould(account, named, draft.at, draft.cause));
  if (treatment === 'drop') return;
  const made = pendingOf(draft, request, id);
  if (request.kind === 'run-end-function' && !mayStart(draft, made)) return;
  const pending: PendingEffect = treatment === 'note' ? { ...made, phase: 'noted' } : made;
  draft.keep(pending);
  if (treatment === 'perform') start(draft, pending);
}

/** A request as an effect that is about to be attempted. */
export function pendingOf(draft: Draft, request: EffectRequest, id = idOf(draft, request)): PendingEffect {
  const { state, context } = draft;
  const manifest = manifestOf(state, request);
  return {
    request: {
      effectId: id,
      kind: request.kind,
      callId: state.callId,
      gateway: state.gateway,
      cause: draft.cause,
      requestedAt: draft.at,
      idempotencyKey: manifest === undefined ? id : `${id}.${manifest.version}`,
      timeoutMs: timeoutFor(request.kind, context.timers.commandRetryMs, manifest),
      payload: payloadOf(draft, request),
    },
    attempt: firstAttempt(draft, request),
    position: draft.position,
    phase: 'attempting',
    name: request.name,
    firstAttemptAt: draft.at,
    ...(request.orphan === true ? { orphan: true } : {}),
    ...(request.scope === undefined ? {} : { scope: request.scope }),
    ...(request.subject === undefined ? {} : { subject: request.subject }),
  };
}

function idOf({ state, context }: Draft, request: EffectRequest): string {
  const endAttempt = ONCE_PER_CALL.has(request.kind) ? 0 : context.endAttempt;
  return effectId(state, request.kind, request.key, endAttempt);
}

function manifestOf(state: CallState, request: { kind: string; subject?: string }) {
  if (request.kind !== 'run-end-function') return undefined;
  return state.config.functions.find(({ name }) => name === request.subject);
}

/** A leg that was asked to end before goes on counting (invariant 6). */
function firstAttempt(draft: Draft, request: EffectRequest): number {
  if (request.kind !== 'hang-up-leg' && request.kind !== 'delete-room') return 1;
  return (draft.state.account.legAttempts[request.subject ?? ''] ?? 0) + 1;
}

function payloadOf(draft: Draft, request: EffectRequest): EffectPayload {
  if (request.kind === 'command') {
    const { instance } = draft.state.account;
    const told = request.verb === 'ping' && instance !== undefined ? { instance } : {};
    return { verb: request.verb ?? '', body: (request.body ?? {}) as JsonObject, ...told };
  }
  if (request.kind === 'run-end-function') {
    const version = manifestOf(draft.state, request)?.version ?? '';
    return { function: request.subject ?? '', version, input: {} };
  }
  if (request.kind === 'publish-record') {
    draft.account((account) => ({ closedAt: account.closedAt ?? draft.at }));
    const recordVersion = draft.state.account.recordVersion + 1;
    return { record: {}, recordVersion, incarnation: draft.state.incarnation };
  }
  const leg = draft.context.legs[request.subject ?? ''];
  if (request.kind === 'permit-unattended' || leg === undefined) return { permit: true };
  return {
    leg: request.subject ?? '',
    provider: leg.provider,
    address: leg.address as JsonObject,
    ...(request.unanswered === true ? { unanswered: true } : {}),
    ...(request.children === true ? { children: true } : {}),
  };
}

/** What asks a leg to end. */
const ENDS_LEGS = new Set(['hang-up', 'delete-room', 'close']);

function start(draft: Draft, pending: PendingEffect): void {
  const { subject, attempt } = pending;
  if (subject !== undefined && ENDS_LEGS.has(pending.name)) {
    draft.account((account) => countLegAttempt(account, subject, attempt));
  }
  if (pending.request.kind === 'run-end-function' && pending.followUp !== true) noteMissing(draft, pending);
  draft.effects.push(toEffect(draft.state, pending));
  draft.note('effect.attempted', noteOf(pending, {}));
}

function noteMissing(draft: Draft, pending: PendingEffect): void {
  const missing = missingInputs(draft.state, manifestOf(draft.state, withSubject(pending)));
  draft.account((account) => noteInputs(account, pending.subject ?? '', missing));
}

function noteOf({ request, attempt, name, subject }: PendingEffect, more: JsonObject): JsonObject {
  const about = subject === undefined ? {} : { subject };
  return { effectId: request.effectId, kind: request.kind, effect: name, attempt, ...about, ...more };
}

/** The attempt as data. The heavy parts, record and function input, are made now and not kept. */
export function toEffect(state: CallState, pending: PendingEffect): Effect {
  const { request, attempt, position } = pending;
  // Field by field: a spread with more behind it costs ten times as much, six times a call.
  return {
    effectId: request.effectId,
    kind: request.kind,
    callId: request.callId,
    gateway: request.gateway,
    attempt,
    position,
    cause: request.cause,
    requestedAt: request.requestedAt,
    idempotencyKey: request.idempotencyKey,
    timeoutMs: request.timeoutMs,
    payload: filled(state, request.payload),
  };
}

function filled(state: CallState, payload: EffectPayload): EffectPayload {
  if ('recordVersion' in payload) return { ...payload, record: callRecord(state, payload.recordVersion) };
  if (!('function' in payload)) return payload;
  const call = callRecord(state, state.account.recordVersion + 1);
  const { state: callState } = state.account;
  const transcript = state.account.transcript as unknown as JsonObject[];
  const missing = [
    ...missingInputs(state, manifestOf(state, { kind: 'run-end-function', subject: payload.function })),
  ];
  return { ...payload, input: { ...payload.input, call, state: callState, transcript, missing } };
}

/** What cut us off cut gateways off as well: they get this long after we are back (log rule 33). */
const REJOIN_MS = 5_000;

/** What the effect chart makes of an outcome: an answer, a retry, or nothing for a stale failure. */
export function settleEffect(
  draft: Draft,
  pending: PendingEffect,
  settled: { attempt: number; outcome: Outcome },
): CallEvent | undefined {
  const { outcome } = settled;
  const success = outcome.result === 'done' || outcome.result === 'already-gone';
  // A success is accepted from any attempt and epoch; a failure only for the present one (log rule 20).
  if (!success && (settled.attempt !== pending.attempt || pending.phase === 'backing-off')) return undefined;
  draft.note('effect.settled', noteOf(pending, { result: outcome.result, ...codeOf(outcome) }));
  const event = verdictOn(draft, pending, outcome);
  return advance(draft, pending, event, outcome);
}

function codeOf({ code }: Outcome): JsonObject {
  return code === undefined ? {} : { code };
}

/** Is the outcome an answer, or worth another attempt? */
function verdictOn(draft: Draft, pending: PendingEffect, outcome: Outcome): EffectMachineEvent {
  const retryable: EffectMachineEvent = {
    type: 'attempt.retryable',
    ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }),
  };
  const settled: EffectMachineEvent = { type: 'attempt.settled' };
  const orphanForMs = pending.orphan === true ? draft.at - pending.firstAttemptAt : 0;
  if (orphanForMs > draft.world.config.timers.legHorizonMs) return settled;
  // A round of the redrive is one attempt: the rounds are its backoff.
  if (pending.orphan === true && pending.request.kind === 'run-end-function') return settled;
  if (outcome.result === 'retry') return retryable;
  // Nobody subscribes: it may be a reconnect, so only `commandRetryMs` of it is an answer (log rule 33).
  if (outcome.result === 'no-responder') {
    const waited = draft.at - pending.firstAttemptAt;
    const together = draft.at - draft.world.restoredAt;
    if (waited < draft.context.timers.commandRetryMs || together < REJOIN_MS) return retryable;
  }
  // An unconfirmed leg is asked again until its end is proven.
  if (pending.orphan === true && outcome.result === 'accepted') return retryable;
  return settled;
}

function advance(
  draft: Draft,
  pending: PendingEffect,
  event: EffectMachineEvent,
  outcome: Outcome,
): CallEvent | undefined {
  const context: EffectContext = {
    attempt: pending.attempt,
    policy: policyOf(draft.state, pending, outcome),
    jitter: event.type === 'attempt.retryable' ? spreadOf(pending.request.effectId + pending.attempt) : 0,
    retryAfterMs: 0,
  };
  const value = pending.phase === 'backing-off' ? 'backing-off' : 'attempting';
  const step = stepper.next(stepper.resolve(value, context), event);
  const next: unknown = step.snapshot.value;
  if (next === 'backing-off') {
    const timerId = effectTimer(pending.request.effectId);
    draft.keep({ ...pending, phase: 'backing-off' });
    draft.arm(timerId, step.armed[0]?.delayMs ?? 0, false);
    return undefined;
  }
  draft.forget(pending.request.effectId);
  return answer(draft, pending, next === 'given-up' ? 'given-up' : resultOf(outcome), outcome);
}

function policyOf(state: CallState, pending: PendingEffect, outcome: Outcome) {
  const { kind, payload } = pending.request;
  if (pending.orphan === true) return ORPHAN_LEG;
  // No responder is answered at once by the server: ask again until `commandRetryMs` is over, ping included.
  if (outcome.result === 'no-responder') return policyFor('command', 'mark');
  return policyFor(
    kind,
    'verb' in payload ? payload.verb : undefined,
    manifestOf(state, withSubject(pending)),
  );
}

function withSubject({ request, subject }: PendingEffect): { kind: string; subject?: string } {
  return { kind: request.kind, ...(subject === undefined ? {} : { subject }) };
}

const RESULTS: Readonly<Record<Outcome['result'], EffectResult>> = {
  done: 'done',
  'already-gone': 'gone',
  accepted: 'accepted',
  live: 'live',
  refused: 'refused',
  'no-responder': 'no-responder',
  retry: 'given-up',
  fatal: 'failed',
};

function resultOf(outcome: Outcome): EffectResult {
  return RESULTS[outcome.result];
}

function answer(draft: Draft, pending: PendingEffect, result: EffectResult, outcome: Outcome): CallEvent {
  const name = pending.name as EffectName;
  const { code, detail, status, data } = outcome;
  return {
    type: `effect.${name}.${result}`,
    at: draft.at,
    seq: draft.position.seq,
    data: { subject: pending.subject, code, detail, status, data },
  } as CallEvent;
}

/** The wait is over: the next attempt starts. */
export function retryEffect(draft: Draft, id: string): void {
  const waiting = effectById(draft.state, id);
  if (waiting?.phase !== 'backing-off') return;
  draft.disarm(effectTimer(id));
  if (!stillApplies(draft, waiting)) return;
  const pending: PendingEffect = {
    ...waiting,
    attempt: waiting.attempt + 1,
    started: false,
    phase: draft.world.paused && !HARMLESS.has(waiting.request.kind) ? 'noted' : 'attempting',
    position: draft.position,
  };
  draft.keep(pending);
  if (pending.phase === 'attempting') start(draft, pending);
}

/** Functions whose last awaited input has come start before their wait is over. */
export function startByInputs(draft: Draft): void {
  for (const id of readyByInputs(draft)) retryEffect(draft, id);
}

/** Log rule 35: the attempt is in the log before the function runs. A spent budget ends it here. */
export function attemptEffect(draft: Draft, pending: PendingEffect, attempt: number): CallEvent | undefined {
  if (attempt < pending.attempt) return undefined;
  const { subject } = pending;
  const manifest = manifestOf(draft.state, withSubject(pending));
  draft.keep({ ...pending, attempt, started: true });
  if (subject !== undefined && pending.followUp !== true) {
    draft.account((account) =>
      updateFunction(account, subject, {
        attempts: attempt,
        startedAt: account.functions[subject]?.startedAt ?? draft.at,
      }),
    );
  }
  if (manifest === undefined || pending.orphan === true || attempt <= manifest.retry.maxAttempts) {
    return undefined;
  }
  draft.withdraw(pending.request.effectId);
  return answer(draft, pending, 'given-up', { result: 'retry', code: 'attempts_spent' });
}

/** Rule 32: what the state that was entered does not want any more is withdrawn in the fold. */
export function withdrawUnwanted(draft: Draft): void {
  for (const pending of draft.state.effects) {
    if (pending.scope === undefined || isWanted(draft.state.snapshot.value, pending.scope)) continue;
    draft.withdraw(pending.request.effectId);
  }
}

/** A region that has ended wants nothing any more, while its neighbours still do. */
function isWanted(value: unknown, scope: string): boolean {
  return isIn(value, scope) && !isIn(value, `${scope}.ended`);
}

/** The few paths that charts and folds name, split once. */
const PATHS = new Map<string, readonly string[]>();

/** Does a state value lie on a dotted path? */
export function isIn(value: unknown, path: string): boolean {
  let at: unknown = value;
  let parts = PATHS.get(path);
  if (parts === undefined) PATHS.set(path, (parts = path.split('.')));
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] as string;
    if (typeof at === 'string') return at === part && index === parts.length - 1;
    if (typeof at !== 'object' || at === null || !(part in at)) return false;
    at = (at as Record<string, unknown>)[part];
  }
  return true;
}
