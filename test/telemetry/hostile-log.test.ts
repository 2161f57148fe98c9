/**
 * What hostile values leave in the log: nothing. Invariant 22, with real errors of the SDKs, which carry
 * requests, headers and whatever a server said; personal data only under `pii.`.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { RoomServiceClient } from 'livekit-server-sdk';
import pg from 'pg';
import twilio from 'twilio';
import { Agent, errors, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { LogUnavailable } from '../../src/log/log.ts';
import { TracesProtocolUnsupported } from '../../src/cli/serve/span-sink.ts';
import type { LogFields } from '../../src/telemetry/log-fields.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { Logger } from '../../src/telemetry/logger.ts';

const PHONE = '+15551234567';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJl';
const HEADERS = {
  authorization: `Bearer ${TOKEN}`,
  'x-api-key': 'sk-planted-0123456789',
  cookie: 'planted=1',
};
const TEXT = 'my card is 4111 1111 1111 1111';

/** None of it may be in a line. */
const PLANTED = /5551234567|eyJ|Bearer|Basic|planted|4111|1111/;

async function logged(write: (log: Logger) => void, personalData = false): Promise<string> {
  const output = new PassThrough();
  const log = await createLogger({
    level: 'debug',
    clock: new ManualClock(),
    secrets: [],
    personalData,
    output,
  });
  write(log);
  return String(output.read() ?? '');
}

/** A caller whose types were wrong. */
function untyped(fields: Record<string, unknown>): LogFields {
  return fields;
}

/** As SDKs do: the request, its headers and the answer hang on the error. */
function laden<E extends Error>(error: E): E {
  const config = { headers: HEADERS, auth: { username: 'AC1', password: 'planted' }, data: { to: PHONE } };
  const cause = Object.assign(new Error(`to ${PHONE} with ${TOKEN}`), { config, headers: HEADERS });
  return Object.assign(error, { config, request: { headers: HEADERS }, response: { body: TEXT }, cause });
}

async function refusedByUndici(): Promise<Error> {
  const agent = new Agent({ connect: { timeout: 50 } });
  try {
    // Port 9 of loopback: nobody listens.
    await request('http://127.0.0.1:9/', { dispatcher: agent, headers: HEADERS });
  } catch (error) {
    return error as Error;
  } finally {
    await agent.close();
  }
  return new TypeError('port 9 answered');
}

/** From the SDK's own hands: made where it reads the answer. */
async function refusedByLiveKit(): Promise<Error> {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code: 'not_found', msg: `no room call-${PHONE} for ${TOKEN}` }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    await new RoomServiceClient(`http://127.0.0.1:${port}`, 'key', 'planted secret').deleteRoom('room');
  } catch (error) {
    return error as Error;
  } finally {
    server.close();
  }
  return new TypeError('LiveKit deleted it');
}

function restException(): Error {
  const body = { message: `The number ${PHONE} with ${TOKEN}`, code: 20003, status: 401, details: HEADERS };
  return new twilio.RestException({ statusCode: 401, body });
}

const ERRORS: readonly (readonly [string, () => Error | Promise<Error>])[] = [
  ["Twilio's", restException],
  ["LiveKit's, whose codes look like ours", refusedByLiveKit],
  [
    "PostgreSQL's",
    () =>
      Object.assign(new pg.DatabaseError(`value "${PHONE}"`, 9, 'error'), { code: '23505', detail: TEXT }),
  ],
  ["undici's", refusedByUndici],
  ['a response error', () => new errors.ResponseError(`for ${PHONE}`, 401, { headers: HEADERS, body: TEXT })],
  ['several at once', () => new AggregateError([new Error(TOKEN), laden(new Error(PHONE))], `both: ${TEXT}`)],
  ['one with its words in its name', () => Object.assign(new Error(TEXT), { name: `Bearer ${TOKEN}` })],
  ['one with a phone number as its code', () => Object.assign(new Error(TEXT), { code: PHONE.slice(1) })],
  [
    'one whose message looks like a stack',
    () => new Error(`x\n    at ${PHONE} (/planted/${TOKEN}:1:1)\n    at y`),
  ],
  [
    'one whose message was changed',
    () => Object.assign(new Error(`    at /planted/${TOKEN}:1:1`), { message: PHONE }),
  ],
];

describe('an error in the log', () => {
  it.each(ERRORS)('leaves nothing of a request or an answer: %s', async (_name, make) => {
    const error = laden(await make());
    const text = await logged((log) => {
      log.error('failed', { error });
      log.child(untyped({ error, err: error })).warn('failed', untyped({ err: error, cause: error }));
    });
    expect(text.match(/"name"/g)).toHaveLength(2);
    // The test's own words for an SDK that did not do its part.
    expect(error.message).not.toMatch(/^(port 9|LiveKit deleted)/);
    expect(text).not.toMatch(PLANTED);
  });

  it('is quoted when it is ours, since its words name the cure', async () => {
    for (const error of [
      new LogUnavailable('check that NATS is up'),
      new TracesProtocolUnsupported('grpc'),
    ]) {
      expect(await logged((log) => log.error('failed', { error }))).toContain(JSON.stringify(error.message));
    }
  });
});

describe('a field of the log', () => {
  it.each([
    ['a phone number', PHONE],
    ['one within an id', 'sip_15551234567_x'],
    ['one with spaces', '+1 (555) 123-4567'],
    ['an encoded one', `b64_${Buffer.from(PHONE).toString('base64url')}`],
    ['a header', `Authorization: Bearer ${TOKEN}`],
    ['words of a person', TEXT],
    ['a login in a URL', 'nats://user:planted@127.0.0.1:4222'],
  ])('takes ids and words, not %s', async (_name, value) => {
    const encoded = /KzE1NTUxMjM0NTY3/;
    const fields = { callId: value, cause: value, code: value, leg: value, outcome: [value], status: value };
    const text = await logged((log) => {
      log.info('said', fields);
      log.child({ gateway: value }).info('said', { provider: value, type: value });
    });
    expect(text).not.toMatch(PLANTED);
    expect(text).not.toMatch(encoded);
    expect(text).not.toMatch(/\(555\)/);
  });

  it('shows where a server is, without the login', async () => {
    const text = await logged((log) => log.warn('gone', { server: 'nats://user:planted@10.0.0.12:4222' }));
    expect(JSON.parse(text)).toMatchObject({ server: 'nats://[secret]@10.0.0.12:4222' });
  });

  it('keeps ids that are random, so that a call is found by its line', async () => {
    const callId = 'CA12345678901234567890123456789012';
    expect(JSON.parse(await logged((log) => log.info('x', { callId })))).toMatchObject({ callId });
  });

  it('carries personal data only under pii, and only when that is enabled', async () => {
    const pii = { from: PHONE, transcript: [{ text: TEXT }] };
    const write = (log: Logger): void =>
      log.child({ pii }).info('said', untyped({ pii, from: PHONE, callId: PHONE, body: pii }));
    expect(await logged(write)).not.toMatch(PLANTED);
    const { pii: shown, ...rest } = JSON.parse(await logged(write, true)) as Record<string, unknown>;
    expect(shown).toEqual(pii);
    expect(JSON.stringify(rest)).not.toMatch(PLANTED);
  });
});
