/** The HTTP client of the carriers: one request per call, given up with its attempt, with a bounded answer. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { transportOutcome } from '../../src/carriers/attempt.ts';
import { Cancellation } from '../../src/carriers/cancellation.ts';
import { HttpClient } from '../../src/carriers/http.ts';
import type { HttpAnswer } from '../../src/carriers/http.ts';
import { startStubServer } from '../../src/testing/stub-server/stub-server.ts';
import type { StubReply, StubRequest, StubServer } from '../../src/testing/stub-server/stub-server.ts';
import { eventually } from '../log/eventually.ts';

const SILENCE: StubReply = { silence: 'timeout' };
const OK: StubReply = { status: 200, body: {} };

let server: StubServer;
let client: HttpClient;
let seen: StubRequest[];
let reply: StubReply;

beforeEach(async () => {
  [seen, reply] = [[], OK];
  server = await startStubServer(0, (request) => {
    seen.push(request);
    return reply;
  });
  client = await HttpClient.open();
});

afterEach(async () => {
  await client.close();
  await server.close();
});

const get = (path: string, cancellation = new Cancellation()): Promise<HttpAnswer> =>
  client.send({ method: 'GET', url: `${server.url}${path}` }, cancellation);

/** What an attempt makes of it. */
const codeOf = (sent: Promise<HttpAnswer>): Promise<string | undefined> =>
  sent.then(
    ({ status }) => String(status),
    (error: unknown) => transportOutcome(error).code,
  );

it('sends path, query, headers and body as they are, and reads the answer whole', async () => {
  const body = `\uFEFF${'ü'.repeat(200_000)}`;
  reply = { status: 503, body, headers: { 'retry-after': '7' } };
  const answer = await client.send(
    {
      method: 'POST',
      url: `${server.url}/a/b%20c?d=%2F&e`,
      headers: { 'x-one': '1' },
      body: 'Status=completed',
    },
    new Cancellation(),
  );
  expect(answer).toEqual({ status: 503, retryAfter: '7', body: 'ü'.repeat(200_000) });
  expect(seen).toMatchObject([
    { method: 'POST', url: '/a/b%20c?d=%2F&e', headers: { 'x-one': '1' }, body: 'Status=completed' },
  ]);
});

it('takes no answer of more than a MiB', async () => {
  reply = { status: 200, body: 'x'.repeat(1_048_576) };
  expect(await codeOf(get('/'))).toBe('200');
  reply = { status: 200, body: 'x'.repeat(1_048_577) };
  expect(await codeOf(get('/'))).toBe('transport');
});

it('sends nothing for what was given up before', async () => {
  const cancellation = new Cancellation();
  cancellation.cancel();
  expect(await codeOf(get('/', cancellation))).toBe('aborted');
  expect(await codeOf(get('/after'))).toBe('200');
  expect(seen.map(({ url }) => url)).toEqual(['/after']);
});

it('cuts the request that is given up, and leaves the others and the client alone', async () => {
  reply = SILENCE;
  const cancellation = new Cancellation();
  const [given, other] = [codeOf(get('/given-up', cancellation)), codeOf(get('/other'))];
  await eventually('both arrived', () => seen.length === 2);
  cancellation.cancel();
  expect(await given).toBe('aborted');
  reply = OK;
  expect(await codeOf(get('/after'))).toBe('200');
  await client.close();
  expect(await other).toBe('reset');
});

it('holds 64 connections; what is given up while it waits for one is never sent', async () => {
  reply = SILENCE;
  const held = new Cancellation();
  const holding = Array.from({ length: 64 }, (_, n) => codeOf(get(`/${n}`, held)));
  await eventually('every connection is taken', () => seen.length === 64);
  const cancellation = new Cancellation();
  const waiting = codeOf(get('/waiting', cancellation));
  cancellation.cancel();
  reply = OK;
  held.cancel();
  expect(new Set(await Promise.all([...holding, waiting]))).toEqual(new Set(['aborted']));
  expect(await codeOf(get('/after'))).toBe('200');
  expect(seen.map(({ url }) => url)).not.toContain('/waiting');
});

it('keeps its connection when it is given up after the answer', async () => {
  const cancellation = new Cancellation();
  expect(await codeOf(get('/', cancellation))).toBe('200');
  cancellation.cancel();
  // undici frees a connection a turn after its answer was read.
  await setImmediate();
  expect(await codeOf(get('/after'))).toBe('200');
  expect(server.connectionCount()).toBe(1);
});
