/** Telnyx's Call Control as it documents it: hangup by command, status by question. */
import { expect, it } from 'vitest';
import { createTelnyxCarrier } from '../../../src/carriers/telnyx/carrier.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import { attemptOptions } from '../attempt-options.ts';
import { BAD_IDS, FOREIGN, httpStub } from '../http-stub.ts';

const error = (status: number, code: string) => ({
  status,
  body: { errors: [{ code, title: 'x', detail: 'call +15550100', meta: {} }] },
});

const stub = httpStub(({ method, url }, lines) => {
  const id = decodeURIComponent(url.split('/')[3] ?? '');
  const line = lines.get(id);
  if (line === undefined) return error(404, '10005');
  if (method === 'GET') return { status: 200, body: { data: { call_control_id: id, is_alive: line.up } } };
  if (!line.up) return error(422, '90018');
  line.up = false;
  return { status: 200, body: { data: { result: 'ok' } } };
});
const open = () => stub.own(createTelnyxCarrier({ apiKey: 'KEY-planted', baseUrl: stub.url }, systemClock));
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
    url: `/v2/calls/${encodeURIComponent(LEG)}/actions/hangup`,
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

it('reads another error of its own as a refusal, and keeps none of its words', async () => {
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

it('is given up in time and by signal, whatever the server does', async () => {
  stub.answers.push({ silence: 'timeout' }, { silence: 'timeout' });
  const carrier = await open();
  expect(await carrier.hangUp({ legId: LEG }, { ...options, timeoutMs: 50 })).toMatchObject({
    code: 'timeout',
  });
  const giving = new AbortController();
  const asked = carrier.ask({ legId: LEG }, { ...options, signal: giving.signal });
  giving.abort();
  expect(await asked).toMatchObject({ code: 'aborted' });
});
