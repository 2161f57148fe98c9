/**
 * A call folded from messages in a small world of its own: effects are answered as a script says, timers
 * fire when the clock of the test passes their due time, and every step is held to the invariants and
 * to replay from a written state (invariant 17).
 */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { brokenInvariants } from '../../machines/call/invariants.ts';
import * as actor from '../../src/actors/call-actor.ts';
import type { CallState, Fold, Note, World } from '../../src/actors/call-state.ts';
import { contextOf, stateName } from '../../src/actors/record.ts';
import type { CallRecord } from '../../src/contract/call-record.ts';
import { callRecordSchema } from '../../src/contract/call-record.ts';
import type { Effect } from '../../src/contract/effect.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Message } from '../../src/contract/message.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import type { Conditions, EndFunctionManifest } from '../../src/end-functions/end-function.ts';
import { stableJson } from '../../src/supervisor/stable-json.ts';

export type Reply = Outcome | 'never' | { readonly afterMs: number; readonly outcome: Outcome };
/** Verb of a command, `kind:leg`, `kind:function`, or kind → how the world answers. */
export type Script = Readonly<Record<string, Reply | ((effect: Effect) => Reply)>>;

export const DONE: Outcome = { result: 'done' };
const COMPLETED: Outcome = { result: 'done', status: 'completed' };
export const LIVE: Outcome = { result: 'live', status: 'in-progress' };
export const GONE: Outcome = { result: 'already-gone', code: 'twilio_20404' };
export const NOBODY: Outcome = { result: 'no-responder' };
export const BUSY: Outcome = { result: 'retry', code: 'http_503' };

const DEFAULTS: Script = { 'hang-up-leg': COMPLETED, 'ask-leg': LIVE };

const LETTERS: Readonly<Record<string, string>> = {
  active: 'A',
  'farewell-speaking': 'F',
  draining: 'D',
  terminating: 'T',
  'post-processing': 'P',
  closed: 'Z',
};

export const STARTED_AT = 1_700_000_000_000;

export function endFunction(
  name: string,
  after: string[] = [],
  conditions: Conditions = {},
): EndFunctionManifest {
  const retry = { maxAttempts: 2, initialMs: 1_000, maxMs: 1_000, factor: 1 };
  return { name, version: '1', timeoutMs: 1_000, retry, after, module: `file:///${name}.js`, ...conditions };
}

export interface CallOptions {
  readonly start?: JsonObject;
  readonly script?: Script;
  readonly functions?: readonly EndFunctionManifest[];
  readonly mode?: World['config']['mode'];
  /** What ends at the same instant comes in one message. */
  readonly together?: boolean;
}

export const TWILIO = { provider: 'twilio', legs: { carrier: { callSid: 'CA1' } } };
export const ROOM = { provider: 'livekit', legs: { room: { name: 'room-1' } } };
export const BOTH = { provider: 'livekit', legs: { carrier: { callSid: 'CA1' }, room: { name: 'room-1' } } };

interface Planned {
  readonly at: number;
  readonly message: () => Message;
  readonly settled?: JsonObject;
}

export class CallUnderTest {
  state: CallState;
  world: World;
  at = STARTED_AT;
  seq = 1;
  script: Script;
  readonly sent: Effect[] = [];
  readonly notes: Note[] = [];
  readonly verdicts: string[] = [];
  private readonly planned: Planned[] = [];
  private readonly together: boolean;
  private readonly legIds = new Map<string, string>();

  constructor({
    start = TWILIO,
    script = {},
    functions = [endFunction('crm')],
    mode = 'own',
    together = false,
  }: CallOptions = {}) {
    this.together = together;
    this.script = { ...DEFAULTS, ...script };
    const providers = ['twilio', 'livekit', 'sip'];
    const config = { hash: 'h1', timers: DEFAULT_TIMERS, mode, functions, providers };
    this.world = { era: 1, config, restoredAt: 0, paused: false };
    const begun = actor.startCall(this.message('call.started', start), this.world);
    if ('refused' in begun) throw new TypeError(`refused: ${begun.refused}`);
    this.state = begun.state;
    this.take(begun);
  }

  get name(): string {
    return stateName(this.state);
  }

  get context(): ReturnType<typeof contextOf> {
    return contextOf(this.state);
  }

  /** The way through the states, as letters of the table. */
  get path(): string {
    const passed = this.state.account.timeline.map(({ to }) => LETTERS[to]);
    return ['A', ...passed, ...(this.name === 'closed' ? ['Z'] : [])].join(' ');
  }

  message(type: string, data: JsonObject = {}, more: Partial<Message> = {}): Message {
    const seq = this.seq++;
    return { seq, at: this.at, gateway: 'gw1', callId: 'CA1', type, id: `id-${seq}`, data, ...more };
  }

  /** Plays a message of the gateway, or of another principal, and lets the world answer. */
  play(type: string, data: JsonObject = {}, more: Partial<Message> = {}): this {
    this.fold(this.message(type, data, more));
    return this.settle();
  }

  webhook(type: string, data: JsonObject = {}): this {
    return this.play(type, data, { gateway: '_ingress' });
  }

  operator(type: string): this {
    return this.play(`operator.${type}`, {}, { gateway: '_operator' });
  }

  own(type: string, data: JsonObject = {}): this {
    return this.play(type, { epoch: 1, nonce: 'n', ...data }, { gateway: '_onhook' });
  }

  /** The carrier plays the newest mark. */
  echo(): this {
    return this.play('mark.echoed', { name: this.marks.at(-1) ?? '' });
  }

  /** Lets time pass; what falls due happens in its order. */
  wait(ms: number): this {
    const until = this.at + ms;
    for (let next = this.next(); next !== undefined && next.at <= until; next = this.next()) this.do(next);
    this.at = until;
    return this;
  }

  /** Lets time pass until the call is closed, at most two days. */
  untilClosed(): this {
    const horizon = this.at + 172_800_000;
    while (this.name !== 'closed') {
      const next = this.next();
      if (next === undefined || next.at > horizon) break;
      this.do(next);
    }
    expect(this.name, 'every call closes').toBe('closed');
    return this;
  }

  /** What falls due at this very instant. */
  settle(): this {
    return this.wait(0);
  }

  /** The record that was published last. */
  get record(): CallRecord {
    const published = this.sent.findLast(({ kind }) => kind === 'publish-record');
    return callRecordSchema.parse((published?.payload as { record?: unknown } | undefined)?.record);
  }

  /** Who, why, and what became of the farewell. */
  get ending(): string {
    const { endedBy, endReason, farewell } = this.record;
    return `${endedBy} / ${endReason} / ${farewell}`;
  }

  get legs(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.record.legs).map(([key, leg]) => [key, leg.termination]));
  }

  get causes(): string[] {
    return this.state.account.causes.map(({ type }) => type);
  }

  get alarms(): unknown[] {
    return this.notes.filter(({ type }) => type === 'alarm.raised').map(({ data }) => data['code']);
  }

  commands(verb: string): JsonObject[] {
    const seen = new Set<string>();
    return this.sent.flatMap(({ effectId, payload }) => {
      if (!('verb' in payload) || payload.verb !== verb || seen.has(effectId)) return [];
      seen.add(effectId);
      return [payload.body];
    });
  }

  get marks(): string[] {
    return this.commands('mark').map(({ name }) => name as string);
  }

  of(kind: Effect['kind']): Effect[] {
    return this.sent.filter((effect) => effect.kind === kind);
  }

  fold(message: Message): Fold {
    const before = this.state;
    const fold = actor.foldCall(before, message, this.world);
    const step = { before, message, verdict: fold.verdict, after: fold.state, effects: fold.effects };
    expect(brokenInvariants(step), `${message.type} in ${stateName(before)}`).toEqual([]);
    expectSameAfterReplay(before, message, this.world, fold);
    this.verdicts.push(fold.verdict);
    this.state = fold.state;
    this.take(fold);
    return fold;
  }

  /** Fires a timer by its name, whether it is due or not. */
  fire(name: string, waitedMs = 0): this {
    const timer = this.state.timers.find(({ timerId }) => timerId.startsWith(`${name}.`));
    if (timer === undefined) return this;
    this.fold(this.firing(timer.timerId, timer.armed, waitedMs));
    return this.settle();
  }

  private firing(timerId: string, { seq, era }: { seq: number; era: number }, waitedMs = 0): Message {
    const data = { timerId, armedSeq: seq, armedEra: era, waitedMs, epoch: 1, nonce: 'n' };
    return this.message('timer.fired', data, { gateway: '_onhook' });
  }

  private next(): Planned | undefined {
    const timers = this.state.timers.map((timer): Planned => {
      const at = Math.max(actor.dueAt(timer, this.world), this.at);
      return { at, message: () => this.firing(timer.timerId, timer.armed) };
    });
    // Answers that came at the same instant as a timer were first in the log.
    return [...this.planned, ...timers].toSorted((a, b) => a.at - b.at)[0];
  }

  private do(next: Planned): void {
    const index = this.planned.indexOf(next);
    if (index >= 0) this.planned.splice(index, 1);
    this.at = Math.max(this.at, next.at);
    this.fold(this.together && next.settled !== undefined ? this.gathered(next.settled) : next.message());
  }

  /** That outcome, and every other that is due. */
  private gathered(first: JsonObject): Message {
    const due = this.planned.filter(({ at, settled }) => at <= this.at && settled !== undefined);
    for (const one of due) this.planned.splice(this.planned.indexOf(one), 1);
    const also = due.flatMap(({ settled }) => settled ?? []);
    const data = { epoch: 1, nonce: 'n', ...first, ...(also.length === 0 ? {} : { also }) };
    return this.message('effect.settled', data, { gateway: '_onhook' });
  }

  private take({ effects, notes }: Pick<Fold, 'effects' | 'notes'>): void {
    this.notes.push(...notes);
    for (const effect of effects) this.perform(effect);
  }

  perform(effect: Effect): void {
    this.sent.push(effect);
    const { payload, kind, effectId, attempt } = effect;
    const leg = 'leg' in payload ? `${kind}:${payload.leg}` : kind;
    if (kind === 'hang-up-leg' || kind === 'delete-room') {
      const known = this.legIds.get(leg);
      expect(known ?? effectId, `one effect id for ${leg}`).toBe(effectId);
      this.legIds.set(leg, effectId);
    }
    const about =
      'function' in payload ? `${kind}:${payload.function}` : 'verb' in payload ? payload.verb : leg;
    const scripted = this.script[about] ?? this.script[kind] ?? DONE;
    const reply = typeof scripted === 'function' ? scripted(effect) : scripted;
    const own = (type: string, data: JsonObject) => () =>
      this.message(type, { epoch: 1, nonce: 'n', ...data }, { gateway: '_onhook' });
    if (kind === 'run-end-function') {
      this.planned.push({ at: this.at, message: own('effect.attempted', { effectId, attempt }) });
    }
    if (reply === 'never') return;
    const { afterMs, outcome } = 'afterMs' in reply ? reply : { afterMs: 0, outcome: reply };
    const at = this.at + afterMs;
    if (kind === 'permit-unattended') this.planned.push({ at, message: own('unattended.permitted', {}) });
    else {
      const settled = { effectId, attempt, outcome: outcome as unknown as JsonObject };
      this.planned.push({ at, message: own('effect.settled', settled), settled });
    }
  }
}

/** Invariant 17: a state that was written down and read again folds to the same (compared by hash). */
function expectSameAfterReplay(before: CallState, message: Message, world: World, live: Fold): void {
  const written = actor.toEntry(before);
  const configs = new Map([[world.config.hash, world.config]]);
  const restored = actor.fromEntry(JSON.parse(JSON.stringify(written)), configs);
  expect(hash(actor.toEntry(restored))).toBe(hash(written));
  const replayed = actor.foldCall(restored, message, world);
  expect(hash(actor.toEntry(replayed.state))).toBe(hash(actor.toEntry(live.state)));
  expect(hash(replayed.effects)).toBe(hash(live.effects));
}

function hash(value: unknown): string {
  return createHash('sha256').update(stableJson(value)).digest('hex');
}

export function aCall(options: CallOptions = {}): CallUnderTest {
  return new CallUnderTest(options);
}

/** Twilio call whose policy, capabilities or other fields differ. */
export function twilioCall(start: JsonObject, more: Omit<CallOptions, 'start'> = {}): CallUnderTest {
  return new CallUnderTest({ ...more, start: { ...TWILIO, ...start } });
}
