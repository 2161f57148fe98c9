/** Telnyx's Call Control as it documents it: hangup by command, status by question. */
import { Cancellation } from '../../../src/carriers/cancellation.ts';
import { expect, it } from 'vitest';
import { createTelnyxCarrier } from '../../../src/carriers/telnyx/carrier.ts';
import type { TelnyxAccount } from '../../../src/carriers/telnyx/carrier.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import { attemptOptions } from '../attempt-options.ts';
import type { StubAnswer } from '../../../src/testing/stub-server/stub-server.ts';
import { BAD_IDS, FOREIGN, httpStub, listed } from '../http-stub.ts';
import type { Line } from '../http-stub.ts';

const error = (status: number, code: string) => ({
  status,
  body: { errors: [{ code, title: 'x', detail: 'call +15550100', meta: {} }] },
});

/** Cursor paged, two at a time; an id begins with its connection. */
function activeCalls(url: string, lines: ReadonlyMap<string, Line>): StubAnswer {
  const { pathname, searchParams } = new URL(url, 'http://stub');
  const connection = pathname.split('/')[3] ?? '';
  const up = [...lines].filter(([id, line]) => line.up && id.startsWith(connection)).map(([id]) => id);
  const from = up.indexOf(searchParams.get('page[after]') ?? '') + 1;
  const page = up.slice(from, from + 2);
  const after = from + 2 < up.length ? page[1] : null;
  const data = page.map((id) => ({ call_control_id: id, call_duration: 50, record_type: 'call' }));
  return { status: 200, body: { data, meta: { total_items: up.length, cursors: { after, before: null } } } };
}

const stub = httpStub(({ method, url }, lines) => {
  if (url.includes('/active_calls')) return activeCalls(url, lines);
  const id = url.split('/')[3] ?? '';
  const line = lines.get(id);
  if (line === undefined) return error(404, '10005');
  if (method === 'GET') {
    const ended = line.up ? {} : { end_time: '2026-11-20T10:00:00Z' };
    return { status: 200, body: { data: { call_control_id: id, is_alive: line.up, ...ended } } };
  }
  if (!line.up) return error(422, '90018');
  line.up = false;
  return { status: 200, body: { data: { result: 'ok' } } };
});
const open = (accounts: readonly TelnyxAccount[] = [{ apiKey: 'KEY-planted' }]) =>
  stub.own(createTelnyxCarrier({ accounts, baseUrl: stub.url }, systemClock));
const TWO = [
  { connectionId: 'c1', apiKey: 'KEY-1' },
  { connectionId: 'c2', apiKey: 'KEY-2' },
];
const LEG = 'v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0';
const options = { ...attemptOptions(), unanswered: false };

it('is asked to hang up once per command id, and asked whether the call lives', async () => {
  stub.lines.set(LEG, { up: true });
  const carrier = await open();
  expect(await carrier.ask({ legId: LEG }, options)).toEqual({ result: 'live', status: 'alive' });
  expect(await carrier.hangUp({ legId: LEG }, options)).toEqual({ result: 'accepted' });
  expect(await carrier.ask({ legId: LEG }, options)).toEqual({ result: 'done', status: 'ended' });
  const [, hangUp] = stub.requests;
  expect(hangUp).toMatchObject({
    method: 'POST',
    url: `/v2/calls/${LEG}/actions/hangup`,
  });
  expect(hangUp?.headers.authorization).toBe('Bearer KEY-planted');
  expect(JSON.parse(hangUp?.body ?? '')).toEqual({ command_id: options.idempotencyKey });
  expect(stub.connections).toBeLessThan(stub.requests.length);
});

it('reads 422 with 90018, and its own 404, as already gone (field rule 28)', async () => {
  stub.lines.set(LEG, { up: false });
  const carrier = await open();
  expect(await carrier.hangUp({ legId: LEG }, options)).toMatchObject({
    result: 'already-gone',
    code: 'telnyx_90018',
  });
  const gone = { result: 'already-gone', code: 'telnyx_10005' };
  expect(await carrier.hangUp({ legId: 'other' }, options)).toMatchObject(gone);
  expect(await carrier.ask({ legId: 'other' }, options)).toMatchObject(gone);
});

it('a leg that is still being dialled is not alive, and has not ended', async () => {
  stub.answers.push({ status: 200, body: { data: { is_alive: false } } });
  stub.answers.push({ status: 200, body: { data: { is_alive: false, call_duration: 50 } } });
  const carrier = await open();
  expect(await carrier.ask({ legId: LEG }, options)).toEqual({ result: 'live', status: 'dialing' });
  expect(await carrier.ask({ legId: LEG }, options)).toEqual({ result: 'done', status: 'ended' });
});

it('looks once whether a call that it may not hang up is over (field rule 27)', async () => {
  stub.lines.set(LEG, { up: false });
  stub.answers.push(error(422, '90034'));
  expect(await (await open()).hangUp({ legId: LEG }, options)).toEqual({
    result: 'already-gone',
    status: 'ended',
  });
  expect(stub.requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
});

it('acts with the key of the connection that the leg names (field rule 23)', async () => {
  const carrier = await open(TWO);
  stub.lines.set(LEG, { up: true });
  await carrier.hangUp({ legId: LEG, connectionId: 'c2' }, options);
  expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer KEY-2']);
  expect(carrier.refuses({ legId: LEG })).toMatch(/connectionId is needed: several Telnyx accounts/);
  expect(carrier.refuses({ legId: LEG, connectionId: 'c3' })).toMatch(/names no configured Telnyx account/);
  expect(await carrier.hangUp({ legId: LEG }, options)).toMatchObject({
    result: 'fatal',
    code: 'leg_invalid',
  });
  expect(stub.requests).toHaveLength(1);
});

it('a key alone takes every leg, whatever connection it names', async () => {
  expect((await open()).refuses({ legId: LEG, connectionId: 'c9' })).toBeUndefined();
});

it('lists the active calls of its connections, page by page (invariant 34)', async () => {
  for (const id of ['c1:a', 'c1:b', 'c1:c', 'c2:a']) stub.lines.set(id, { up: true });
  stub.lines.set('c1:d', { up: false });
  const carrier = await open(TWO);
  expect(await listed(carrier)).toEqual([
    { id: 'c1:a', address: { legId: 'c1:a', connectionId: 'c1' } },
    { id: 'c1:b', address: { legId: 'c1:b', connectionId: 'c1' } },
    { id: 'c1:c', address: { legId: 'c1:c', connectionId: 'c1' } },
    { id: 'c2:a', address: { legId: 'c2:a', connectionId: 'c2' } },
  ]);
  expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer KEY-1',
    'Bearer KEY-1',
    'Bearer KEY-2',
  ]);
  expect(stub.requests[0]?.url).toBe('/v2/connections/c1/active_calls?page%5Blimit%5D=100');
  expect(await listed(await open())).toEqual([]);
});

it('reads another error of its own as a refusal, and keeps none of its words', async () => {
  stub.lines.set(LEG, { up: true });
  stub.answers.push(error(422, '90015'));
  const outcome = await (await open()).hangUp({ legId: LEG }, options);
  expect(outcome).toMatchObject({ result: 'fatal', code: 'telnyx_90015' });
  expect(JSON.stringify(outcome)).not.toContain('+15550100');
});

it.each(FOREIGN)('takes %j for no word of Telnyx', async (answer, result, code) => {
  stub.answers.push(answer, answer);
  const carrier = await open();
  expect(await carrier.hangUp({ legId: LEG }, options)).toMatchObject({ result, code });
  expect(await carrier.ask({ legId: LEG }, options)).toMatchObject({ result, code });
});

it('an answer without is_alive is no answer', async () => {
  stub.answers.push({ status: 200, body: { data: {} } });
  expect(await (await open()).ask({ legId: LEG }, options)).toMatchObject({
    result: 'retry',
    code: 'unreadable',
  });
});

it('addresses only what is an id, and sends nothing else', async () => {
  const carrier = await open();
  for (const legId of BAD_IDS) {
    const leg = legId === undefined ? {} : { legId };
    expect(carrier.refuses(leg)).toMatch(/legId/);
    expect(await carrier.hangUp(leg, options)).toMatchObject({ result: 'fatal', code: 'leg_invalid' });
  }
  expect(carrier.refuses({ legId: LEG })).toBeUndefined();
  expect(stub.requests).toEqual([]);
});

it('is given up in time and when it is cancelled, whatever the server does', async () => {
  stub.answers.push({ silence: 'timeout' }, { silence: 'timeout' });
  const carrier = await open();
  expect(await carrier.hangUp({ legId: LEG }, { ...options, timeoutMs: 50 })).toMatchObject({
    code: 'timeout',
  });
  const cancellation = new Cancellation();
  const asked = carrier.ask({ legId: LEG }, { ...options, cancellation });
  cancellation.cancel();
  expect(await asked).toMatchObject({ code: 'aborted' });
});
