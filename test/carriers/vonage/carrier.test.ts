/** Vonage's Voice API as it documents it: the action hangup with a token of the application. */
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import { createVonageCarrier } from '../../../src/carriers/vonage/carrier.ts';
import { ManualClock } from '../../../src/clock/manual-clock.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import { attemptOptions } from '../attempt-options.ts';
import type { StubAnswer } from '../../../src/testing/stub-server/stub-server.ts';
import { FOREIGN, httpStub, listed } from '../http-stub.ts';
import type { Line } from '../http-stub.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
const problem = (status: number) => ({
  status,
  body: {
    type: `https://developer.vonage.com/api-errors#${status}`,
    title: 'Not Found',
    detail: 'no such call',
  },
});

/** Two at a time, whatever `page_size` asks for. */
function answered(url: string, lines: ReadonlyMap<string, Line>): StubAnswer {
  const { searchParams } = new URL(url, 'http://stub');
  const from = Number(searchParams.get('record_index'));
  const up = [...lines].flatMap(([uuid, line]) => (line.up ? [{ uuid, status: 'answered' }] : []));
  const calls = up.slice(from, from + 2);
  return {
    status: 200,
    body: { count: up.length, page_size: 2, record_index: from, _embedded: { calls }, _links: {} },
  };
}

const stub = httpStub(({ method, url }, lines) => {
  if (url.includes('?')) return answered(url, lines);
  const line = lines.get(url.split('/')[3] ?? '');
  if (line === undefined) return problem(404);
  if (method === 'GET')
    return { status: 200, body: { uuid: 'u', status: line.up ? 'answered' : 'completed' } };
  line.up = false;
  return { status: 204, body: '' };
});
const open = (key = pem as string, clock: typeof systemClock = systemClock, ids = ['app-1']) => {
  const accounts = ids.map((applicationId) => ({ applicationId, privateKey: key }));
  return stub.own(createVonageCarrier({ accounts, baseUrl: stub.url }, clock));
};
const LEG = { legId: '63f61863-4a51-4f6b-86e1-46edebcf9356' };
const options = { ...attemptOptions(), unanswered: false };

const decoded = (part: string | undefined): unknown =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));

it('is ended by the action hangup, and says by its status whether it lives', async () => {
  stub.lines.set(LEG.legId, { up: true });
  const carrier = await open();
  expect(await carrier.ask(LEG, options)).toEqual({ result: 'live', status: 'answered' });
  expect(await carrier.hangUp(LEG, options)).toEqual({ result: 'accepted' });
  expect(await carrier.ask(LEG, options)).toEqual({ result: 'done', status: 'completed' });
  expect(stub.requests[1]).toMatchObject({
    method: 'PUT',
    url: `/v1/calls/${LEG.legId}`,
    body: '{"action":"hangup"}',
  });
});

it('is asked with a fresh token that its public key verifies, also with a key from one line of a variable', async () => {
  const clock = new ManualClock(1_800_000_000_000);
  const carrier = await open((pem as string).replaceAll('\n', '\\n'), clock);
  const [first, second] = [carrier.ask(LEG, options), carrier.ask(LEG, options)];
  await Promise.all([first, second]);
  const tokens = stub.requests.map(({ headers }) => (headers.authorization ?? '').replace('Bearer ', ''));
  expect(new Set(tokens).size).toBe(2);
  const [header, claims, signature] = (tokens[0] ?? '').split('.');
  expect(decoded(header)).toEqual({ alg: 'RS256', typ: 'JWT' });
  expect(decoded(claims)).toMatchObject({ application_id: 'app-1', iat: 1_799_999_970, exp: 1_800_000_900 });
  const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
  const signed = Buffer.from(`${header}.${claims}`);
  expect(verify('sha256', signed, key, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
});

it('reads 404 in either of its forms as already gone (field rule 28)', async () => {
  const carrier = await open();
  expect(await carrier.hangUp(LEG, options)).toMatchObject({ result: 'already-gone' });
  stub.answers.push({ status: 404, body: { error_title: 'Not Found' } });
  expect(await carrier.hangUp(LEG, options)).toMatchObject({ result: 'already-gone' });
});

it('looks once whether a call that it may not hang up is over; one that lives is a refusal (field rule 27)', async () => {
  const carrier = await open();
  stub.lines.set(LEG.legId, { up: false });
  stub.answers.push(problem(400));
  expect(await carrier.hangUp(LEG, options)).toEqual({ result: 'already-gone', status: 'completed' });
  stub.lines.set(LEG.legId, { up: true });
  stub.answers.push(problem(400));
  expect(await carrier.hangUp(LEG, options)).toMatchObject({ result: 'fatal', code: 'http_400' });
  stub.answers.push(problem(400), { silence: 'reset' });
  expect(await carrier.hangUp(LEG, options)).toMatchObject({ result: 'fatal', code: 'http_400' });
});

it('acts for the application that the leg names (field rule 23)', async () => {
  stub.lines.set(LEG.legId, { up: true });
  const carrier = await open(undefined, undefined, ['app-1', 'app-2']);
  await carrier.ask({ ...LEG, applicationId: 'app-2' }, options);
  const claims = (stub.requests[0]?.headers.authorization ?? '').split('.')[1];
  expect(decoded(claims)).toMatchObject({ application_id: 'app-2' });
  expect(carrier.refuses(LEG)).toMatch(/applicationId is needed: several Vonage accounts/);
  expect(carrier.refuses({ ...LEG, applicationId: 'x' })).toMatch(/names no configured Vonage account/);
});

it('lists the answered calls, page by page (invariant 34)', async () => {
  for (const id of ['u1', 'u2', 'u3']) stub.lines.set(id, { up: true });
  stub.lines.set('u4', { up: false });
  expect(await listed(await open())).toEqual(
    ['u1', 'u2', 'u3'].map((id) => ({ id, address: { legId: id, applicationId: 'app-1' } })),
  );
  expect(stub.requests.map(({ url }) => url)).toEqual([
    '/v1/calls?status=answered&page_size=100&record_index=0',
    '/v1/calls?status=answered&page_size=100&record_index=2',
  ]);
});

it('a list that is refused, missing or no list proves nothing (invariant 34)', async () => {
  const carrier = await open();
  stub.answers.push(problem(404), problem(401), { status: 503, body: '' }, { status: 200, body: {} });
  const results: string[] = [];
  for (let page = 0; page < 4; page += 1)
    results.push((await carrier.list?.(undefined, options))?.result ?? '');
  expect(results).toEqual(['fatal', 'fatal', 'retry', 'retry']);
});

it.each(['failed', 'rejected', 'busy', 'cancelled', 'timeout', 'unanswered'])(
  '%s is an end',
  async (status) => {
    stub.answers.push({ status: 200, body: { status } });
    expect(await (await open()).ask(LEG, options)).toEqual({ result: 'done', status });
  },
);

it.each(['ringing', 'machine', 'transcending'])('%s is none', async (status) => {
  stub.answers.push({ status: 200, body: { status } });
  expect(await (await open()).ask(LEG, options)).toEqual({ result: 'live', status });
});

it.each(FOREIGN)('takes %j for no word of Vonage', async (answer, result, code) => {
  stub.answers.push(answer, answer);
  const carrier = await open();
  expect(await carrier.hangUp(LEG, options)).toMatchObject({ result, code });
  expect(await carrier.ask(LEG, options)).toMatchObject({ result, code });
});

it('is refused at start with a key that is none, which it does not repeat (field rule 23)', async () => {
  await expect(open('planted-key')).rejects.toThrow(/vonage: privateKey is no PEM/);
  await expect(open('planted-key')).rejects.not.toThrow(/planted/);
});
