/**
 * The actor of a call that was forgotten, made again from its record: so that a dead letter can be
 * settled, and a line that still lives be ended, however long ago the call was closed. It is closed from
 * its first moment on, does what it was made for, and is forgotten again.
 */
import { initialContext } from '../../machines/call/context.ts';
import type { CallContext, Leg } from '../../machines/call/context.ts';
import { callRecordSchema } from '../contract/call-record.ts';
import type { CallRecord } from '../contract/call-record.ts';
import type { Message } from '../contract/message.ts';
import type { Revival } from '../contract/own-events.ts';
import { defaultPolicy, resolveCapabilities, resolveTimers } from '../contract/policy.ts';
import type { Account, FunctionLedger } from './account.ts';
import type { CallState, World } from './call-state.ts';
import { spreadOf } from './effect-id.ts';
import { callStepper } from './machine-fold.ts';

/** The state to fold the message on, or undefined when the message brings no record of its call. */
export function revivedState(message: Message, world: World): CallState | undefined {
  const revival = message.data['revival'] as Revival | undefined;
  const parsed = callRecordSchema.safeParse(revival?.record);
  if (revival === undefined || !parsed.success || parsed.data.callId !== message.callId) return undefined;
  const record = parsed.data;
  return {
    callId: record.callId,
    gateway: record.gateway,
    incarnation: revival.incarnation,
    era: world.era,
    foldAt: Math.max(record.closedAt, message.at),
    last: { era: world.era, seq: message.seq },
    config: world.config,
    snapshot: callStepper.resolve('closed', contextOf(record, revival, world)),
    timers: [],
    effects: [],
    account: accountOf(record, revival),
    ids: [],
  };
}

function contextOf(record: CallRecord, { legs: addresses = {} }: Revival, world: World): CallContext {
  const input = {
    callId: record.callId,
    at: record.startedAt,
    direction: record.direction,
    legs: Object.fromEntries(
      Object.entries(record.legs).map(([key, leg]): [string, Leg] => {
        const { provider = '', address = {} } = addresses[key] ?? {};
        const { termination, at, detail } = leg;
        return [key, { address, provider, termination, terminatedAt: at, ...optional({ detail }) }];
      }),
    ),
    // Whoever revives a call wants something done: an observed one is ours from now on.
    policy: defaultPolicy(record.mode === 'backstop' ? 'backstop' : 'own'),
    capabilities: resolveCapabilities(undefined),
    timers: resolveTimers(undefined, world.config.timers).value,
    spread: spreadOf(record.callId),
    functions: record.endFunctions.map(({ name, version }) => ({ name, version })),
  };
  const functions = Object.fromEntries(
    record.endFunctions.map(({ name, version, status }) => [name, { name, version, status }]),
  );
  const { endedBy: by, endReason: reason, endedByBasis: basis, endedAt = record.closedAt } = record;
  return {
    ...initialContext(input),
    functions,
    endAttempt: Math.max(0, ...record.endAttempts.map(({ attempt }) => attempt)),
    end: { by, reason, basis, at: endedAt },
    farewell: { request: 'none', outcome: record.farewell, marks: 0 },
  };
}

function accountOf(record: CallRecord, { transcript = [], unrecorded = false }: Revival): Account {
  const { causesDropped, silenceAfterFarewellMs: silenceMs, endedAt, timeline, legs, endFunctions } = record;
  const farewellEndedAt = silenceMs === undefined || endedAt === undefined ? undefined : endedAt - silenceMs;
  const { id, from, to, answeredAt, disposition, late, lateDropped, emergency } = record;
  const ledgers = endFunctions.map(({ name, ...ledger }) => [name, ledger as FunctionLedger]);
  const attempts = Object.entries(legs).map(([key, leg]) => [key, leg.attempts]);
  return {
    provider: record.provider,
    closedAt: record.closedAt,
    causes: record.causes as Account['causes'],
    causesDropped: causesDropped ?? 0,
    endAttempts: record.endAttempts,
    // The record tells of `closed`, the account does not.
    timeline: timeline.filter(({ to }) => to !== 'closed'),
    legAttempts: Object.fromEntries(attempts) as Account['legAttempts'],
    functions: Object.fromEntries(ledgers) as Account['functions'],
    state: record.state,
    transcript,
    would: record.would ?? [],
    recordVersion: unrecorded ? 0 : record.recordVersion,
    ...(optional({
      from,
      to,
      id,
      answeredAt,
      disposition,
      late,
      lateDropped,
      emergency,
      farewellEndedAt,
    }) as Partial<Account>),
  };
}

function optional<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
