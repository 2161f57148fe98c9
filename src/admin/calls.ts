/** Routes about calls: the list, one call, its messages, and an operator's commands. */
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { Json, JsonObject } from '../contract/json.ts';
import type { CallCommand, CallDetail, NodeView } from '../supervisor/view.ts';
import type { ListedCall } from './answers.ts';
import { inOrder, listCalls, mergeCalls } from './answers.ts';
import { commandCall } from './commands.ts';
import { eraseClosed } from './erase.ts';
import { askAll, findCall, isNamed } from './find-call.ts';
import type { AdminParts } from './parts.ts';
import { maskPhoneNumbers } from './phone-numbers.ts';
import { Problem } from './problem.ts';
import { redact } from './redact.ts';
import { cursorOf, readCallId, readCallsRequest, readReason } from './request.ts';
import { callMessages, lastRecord, newestRecords } from './stored.ts';

const COMMANDS = ['end', 'kill', 'end-cancelled'] as const satisfies readonly CallCommand[];

/** Mounted at `/api/calls`. */
export function callRoutes(parts: AdminParts): Hono {
  const { log, clock } = parts;
  const routes = new Hono();
  routes.get('/', (c) => answerList(parts, c));
  routes.get('/:id', async (c) => {
    const callId = readCallId(c);
    const { detail, unanswered } = await findCall(parts, callId);
    const record = await lastRecord(log, callId);
    const shown = detail === undefined ? record && closedCall(callId, record) : openCall(detail, record);
    if (shown === undefined) throw unknownCall(callId, unanswered);
    const answer = { ...shown, now: clock.now() };
    return c.json(c.req.query('redact') === '1' ? redact(answer) : answer);
  });
  routes.get('/:id/tape', async (c) => {
    if (parts.tape === undefined) throw new Problem('not_available', 'this node plays no calls');
    const tape = (await parts.tape(readCallId(c))) as unknown as JsonObject | undefined;
    if (tape === undefined) throw new Problem('call_not_found', 'the log holds no message of this call');
    return c.json(c.req.query('reveal') === '1' ? tape : redact(tape));
  });
  routes.get('/:id/log', async (c) => {
    const callId = readCallId(c);
    const messages = await callMessages(log, callId);
    if (messages.length === 0) throw new Problem('call_not_found', 'the log holds no message of this call');
    const { reveal, redact: hide } = c.req.query();
    if (reveal === '1') return c.json({ callId, messages });
    const masked = hide === '1' ? redact : maskPhoneNumbers;
    return c.json({
      callId,
      messages: messages.map((message) => ({ ...message, data: masked(message.data) })),
    });
  });
  routes.post('/:id/erase', async (c) => {
    const callId = readCallId(c);
    return c.json({ callId, ...(await eraseClosed(parts, callId)) });
  });
  for (const command of COMMANDS) {
    routes.post(`/:id/${command}`, async (c) => {
      const callId = readCallId(c);
      const reason = await readReason(c);
      const seq = await commandCall(parts, { callId, command, reason });
      return c.json({ callId, seq }, 202);
    });
  }
  return routes;
}

async function answerList(parts: AdminParts, c: Context): Promise<Response> {
  const request = readCallsRequest(c);
  if (request.state === 'closed') {
    return c.json({ calls: await closedCalls(parts, request.limit), unanswered: [] });
  }
  const local = (view: NodeView): ListedCall[] => listCalls(view, request);
  const { answers, unanswered } = await askAll(parts, { query: 'calls', request, local, accepts: isList });
  const all = mergeCalls(answers);
  const now = parts.clock.now();
  if (request.ids !== undefined) {
    const wanted = new Set(request.ids);
    return c.json({ calls: all.filter(({ callId }) => wanted.has(callId)), unanswered, now });
  }
  const rest = all.filter((call) => !request.after || inOrder(call, request.after) > 0);
  const calls = rest.slice(0, request.limit);
  const last = calls.at(-1);
  const next = last !== undefined && rest.length > calls.length ? { next: cursorOf(last) } : {};
  return c.json({ calls, unanswered, now, ...next });
}

function isList(data: unknown): boolean {
  return Array.isArray(data) && data.every(isNamed);
}

/** The timeline is part of the account; it is lifted out since everybody asks for it. */
function openCall(detail: CallDetail, record: JsonObject | undefined): JsonObject {
  return {
    ...detail,
    timeline: detail.account['timeline'] ?? [],
    ...(record === undefined ? {} : { record }),
  } as unknown as JsonObject;
}

function closedCall(callId: string, record: JsonObject): JsonObject {
  const { timeline = [], legs = {}, endFunctions = [], ...rest } = record;
  const summary = pick(rest, ['gateway', 'startedAt', 'endedAt', 'closedAt', 'endedBy', 'endReason']);
  return {
    callId,
    state: 'closed',
    ...summary,
    timers: [],
    effects: [],
    timeline,
    legs,
    endFunctions,
    record,
  };
}

async function closedCalls({ log }: AdminParts, limit: number): Promise<JsonObject[]> {
  const records = await newestRecords(log, limit);
  return records.map((record) => ({
    state: 'closed',
    ...pick(record, [
      'callId',
      'gateway',
      'startedAt',
      'endedAt',
      'closedAt',
      'endedBy',
      'endReason',
      'farewell',
    ]),
  }));
}

function pick(record: JsonObject, names: readonly string[]): JsonObject {
  const present = names.flatMap((name): [string, Json][] => {
    const value = record[name];
    // A record's own `state` is the call state of its functions, never the machine's.
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(present);
}

function unknownCall(callId: string, unanswered: readonly number[]): Problem {
  const silent = unanswered.length === 0 ? '' : `; partitions ${unanswered.join(', ')} did not answer`;
  return new Problem('call_not_found', `no open call and no record: ${callId}${silent}`);
}
