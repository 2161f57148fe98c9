/**
 * When two points of a search are the same: a text of everything that the fold's future depends on, and
 * 64 bits of it. Instants are written as distances from now and sequence numbers not at all, since the
 * fold compares instants with each other and positions for equality only; what only the final account
 * tells is left out. A test replays merged points side by side and compares everything they can do.
 */
import type { CallContext, CallTimers, FarewellProgress, Leg } from '../../../machines/call/context.ts';
import type { Account } from '../../actors/account.ts';
import type { CallState, PendingEffect } from '../../actors/call-state.ts';
import type { Point } from './moves.ts';
import { FAR_MS, TICK_MS } from './scenario.ts';
import type { Attempt, Situation } from './situation.ts';

/** 64 bits in two halves. With n different texts, two share them with odds of about n² / 2⁶⁵. */
export interface Fingerprint {
  readonly high: number;
  readonly low: number;
}

/** Of the situation alone, and of the point with what is left of its bounds. */
export interface Fingerprints {
  readonly situation: Fingerprint;
  readonly point: Fingerprint;
}

type Write = (value: never, now: number, timers: CallTimers) => string;

const plain = (value: unknown): string => JSON.stringify(value) ?? '';
const skip = (): string => '';
const yes = (value: unknown): string => (value === undefined ? '' : '1');

/** Ticks since an instant. Older than `untilMs` is old: the chart asks no more of it. */
function since(value: number | undefined, now: number, untilMs: number): string {
  return value === undefined ? '' : String(Math.min(now - value, untilMs) / TICK_MS);
}

function farewellText(
  farewell: FarewellProgress | undefined,
  now: number,
  { farewellMaxMs }: CallTimers,
): string {
  if (farewell === undefined) return '';
  const { request, utteranceId, startedAt, expectedMs, audioMs, finishedAt, outcome, mark, marks } = farewell;
  const instants = `${since(startedAt, now, farewellMaxMs)},${since(finishedAt, now, farewellMaxMs)}`;
  return `${plain(request)},${utteranceId ?? ''},${expectedMs ?? ''},${audioMs ?? ''},${instants},${outcome},${mark ?? ''},${marks}`;
}

/** `terminatedAt` is compared with the present moment only. */
function legsText(legs: Readonly<Record<string, Leg>>, now: number): string {
  let text = '';
  for (const key in legs) {
    const { address, status, statusSequence, termination, terminatedAt } = legs[key] as Leg;
    text += `${key}:${valueText(address)},${status ?? ''},${statusSequence ?? ''},${termination ?? ''},${terminatedAt === now ? 'now' : ''};`;
  }
  return text;
}

function functionsText(functions: CallContext['functions']): string {
  let text = '';
  for (const name in functions) text += `${name}:${functions[name]?.status ?? ''};`;
  return text;
}

/** A field that is not named here is written as it is. */
const CONTEXT: Readonly<Record<string, Write | undefined>> = {
  // The same in every point of a scenario.
  callId: skip,
  policy: skip,
  capabilities: skip,
  timers: skip,
  spread: skip,
  direction: skip,
  // Told in the record, asked by no guard; only whether there is one.
  end: yes,
  toolCallId: skip,
  callerLeftAt: (at: number, now, { settleMs }) => since(at, now, settleMs + TICK_MS),
  farEndAt: (at: number, now, { terminateMs }) => since(at, now, terminateMs),
  hangUpAt: (at: number, now, { terminateMs }) => since(at, now, terminateMs),
  startedAt: skip, // see startText
  farewell: farewellText,
  legs: legsText,
  functions: functionsText,
  speech: (speech: CallContext['speech'], now, { listenMaxMs }) =>
    speech === undefined
      ? ''
      : `${since(speech.firstAt, now, listenMaxMs)},${Math.max(0, speech.holdUntil - now) / TICK_MS}`,
};

const ACCOUNT: Readonly<Record<string, Write | undefined>> = {
  id: skip,
  provider: skip,
  amended: (amended: boolean) => (amended ? '1' : ''),
  from: skip,
  to: skip,
  answeredAt: skip,
  closedAt: skip,
  causes: skip,
  causesDropped: skip,
  timeline: skip,
  state: skip,
  transcript: skip,
  would: skip,
  farewellEndedAt: skip,
  emergency: skip,
  endAttempts: (attempts: Account['endAttempts']) => attempts.map(({ outcome }) => outcome[0]).join(''),
  functions: (functions: Account['functions']) =>
    Object.entries(functions)
      .map(([name, { status, attempts }]) => `${name}${status}${attempts}`)
      .join(),
};

function fieldsText(
  fields: object,
  writers: Readonly<Record<string, Write | undefined>>,
  now: number,
  timers: CallTimers,
): string {
  let text = '';
  for (const name in fields) {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    const written = (writers[name] ?? plain)(value as never, now, timers);
    if (written !== '') text += `${name}=${written}|`;
  }
  return text;
}

/** An overdue timer is due, whatever its age. A restoration of the log lives on in the dues that it moved. */
function timersText(
  timers: CallState['timers'],
  names: ReadonlyMap<string, string>,
  world: Situation['world'],
  now: number,
): string {
  const texts: string[] = [];
  for (const { timerId, armedAt, durationMs, absence } of timers) {
    const due = absence ? Math.max(armedAt, world.restoredAt) + durationMs : armedAt + durationMs;
    const name = timerId.startsWith('effect.') ? `effect.${names.get(timerId.slice(7)) ?? ''}` : timerId;
    const leftMs = Math.max(0, due - now);
    texts.push(`${name}:${leftMs > FAR_MS ? 'far' : Math.ceil(leftMs / TICK_MS)}`);
  }
  return texts.sort().join();
}

/** What the chart asks no more once the line is down (post-processing, closed). */
const AFTER_THE_LINE: Readonly<Record<string, Write | undefined>> = {
  ...CONTEXT,
  hangUpAt: yes,
  farEndAt: skip,
  speech: skip,
  farewell: ({ outcome }: FarewellProgress) => outcome,
};

/** Only an observer counts from the first fact of the far end. */
const BEFORE: Readonly<Record<string, Write | undefined>> = { ...CONTEXT, farEndAt: yes };

function writersFor({ policy }: CallContext, value: string): Readonly<Record<string, Write | undefined>> {
  if (value === 'closed' || value.startsWith('{"post-processing"')) return AFTER_THE_LINE;
  return policy.mode === 'observe' ? CONTEXT : BEFORE;
}

/** The start counts for the longest call when that is near, and for the answer while it is awaited. */
function startText({ startedAt, timers, direction, answered }: CallContext, now: number): string {
  if (startedAt + timers.maxCallMs - now <= FAR_MS) return since(startedAt, now, timers.maxCallMs);
  return direction === 'outbound' && answered === 'no' ? since(startedAt, now, timers.answerMs) : '';
}

/** An effect's id hangs on sequence numbers; what it is about and how often it was tried does not. */
function effectName({ request, name, subject, scope }: PendingEffect): string {
  const { payload } = request;
  const verb = 'verb' in payload ? payload.verb : '';
  const version = 'recordVersion' in payload ? payload.recordVersion : '';
  const letter = 'deadLetter' in payload ? (payload.letter['leg'] ?? payload.letter['function']) : '';
  return `${name}/${subject ?? ''}/${scope ?? ''}/${verb}${version}${String(letter)}`;
}

/** Only orphan legs and commands ask how long they have been tried. */
function effectText(
  pending: PendingEffect,
  name: string,
  now: number,
  { commandRetryMs }: CallTimers,
): string {
  const { request, attempt, phase, started, orphan, redrive, firstAttemptAt } = pending;
  const orphanLeg = orphan === true && request.kind !== 'run-end-function';
  const untilMs = orphanLeg ? FAR_MS : request.kind === 'command' ? commandRetryMs : 0;
  const flags = `${started === true ? 's' : ''}${orphan === true ? 'o' : ''}${redrive ?? ''}`;
  return `${name}#${attempt}${phase}${flags}@${since(firstAttemptAt, now, untilMs)}`;
}

function attemptText({ about, number, begun, stale }: Attempt): string {
  return `${about}#${number}${begun ? 'b' : ''}${stale ? 's' : ''}`;
}

const values = new WeakMap<object, string>();

/** Equal values are one object: the stepper shares them. */
function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  let text = values.get(value);
  if (text === undefined) values.set(value, (text = JSON.stringify(value)));
  return text;
}

/** A gateway is given this long after an outage of ours to subscribe again (log rule 33). */
const REJOIN_MS = 5_000;

/** Beyond that it lives on in the dues that it moved. */
function restorationText(restoredAt: number, now: number): string {
  return now - restoredAt < REJOIN_MS ? since(restoredAt, now, REJOIN_MS) : '';
}

/** Everything that the future of a situation depends on. */
export function situationText({ call, world, at, attempts }: Situation): string {
  const context = call.snapshot.context as CallContext;
  const { timers } = context;
  const names = new Map<string, string>();
  const effects: string[] = [];
  for (const pending of call.effects) {
    const name = effectName(pending);
    names.set(pending.request.effectId, name);
    effects.push(effectText(pending, name, at, timers));
  }
  const value = valueText(call.snapshot.value);
  return [
    value,
    fieldsText(context, writersFor(context, value), at, timers),
    startText(context, at),
    timersText(call.timers, names, world, at),
    effects.sort().join(),
    attempts.map(attemptText).sort().join(),
    fieldsText(call.account, ACCOUNT, at, timers),
    restorationText(world.restoredAt, at),
    `${call.sequence ?? ''}${call.sequenceGap === true ? 'g' : ''}${world.paused ? 'p' : ''}`,
  ].join('\n');
}

/** FNV-1a's step, in two lanes with different primes and a final mix each. */
function hash(text: string, seed: number): Fingerprint {
  let high = 0x811c9dc5 ^ seed;
  let low = 0x1b873593 + seed;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x85ebca6b);
    low = (low << 13) | (low >>> 19);
  }
  return { high: mixed(high), low: mixed(low ^ text.length) };
}

/** The finaliser of MurmurHash3. */
function mixed(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** `reactions`: the events whose saying still matters once no other may be said. */
export function fingerprints(point: Point, reactions: number): Fingerprints {
  const situation = hash(situationText(point.situation), 0);
  const said = point.events > 0 ? point.said : point.said & reactions;
  const left = ((point.events * 8 + point.faults) * 8 + point.ticks) * 4 + point.pauses;
  return {
    situation,
    point: {
      high: mixed(situation.high ^ Math.imul(said, 0x9e3779b1) ^ left),
      low: mixed(situation.low ^ Math.imul(left + 1, 0x7feb352d) ^ said),
    },
  };
}
