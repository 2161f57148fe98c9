/** The stub of `onhook/testing` beside a real LiveKit server: the same requests, the same answers. */
import { AccessToken } from 'livekit-server-sdk';
import type { VideoGrant } from 'livekit-server-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startStubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import type { StubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import { join } from './caller.ts';
import { freePort, KEYS, livekitServer, startRealLiveKit, WITHOUT } from './real-livekit.ts';
import type { RealLiveKit } from './real-livekit.ts';

const binary = livekitServer();

const ALL: VideoGrant = { roomCreate: true, roomList: true, roomAdmin: true, room: 'r1' };

async function tokenOf(grant: VideoGrant, secret: string = KEYS.apiSecret): Promise<string> {
  const token = new AccessToken(KEYS.apiKey, secret, { identity: 'x' });
  token.addGrant(grant);
  return token.toJwt();
}

interface Asked {
  readonly method: string;
  readonly body?: string;
  /** Default: every grant; `null`: no token. */
  readonly token?: string | null;
  readonly service?: string;
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: unknown;
}

async function ask(
  base: string,
  { method, body = '{}', token, service = 'RoomService' }: Asked,
): Promise<Answer> {
  const held = token === undefined ? await tokenOf(ALL) : token;
  const response = await fetch(`${base}/twirp/livekit.${service}/${method}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(held === null ? {} : { authorization: `Bearer ${held}` }),
    },
    body,
  });
  const text = await response.text();
  const type = response.headers.get('content-type');
  return { status: response.status, type, body: type === 'application/json' ? JSON.parse(text) : text };
}

/** What an answer is a list of, and the names of the fields of the first: values differ by their nature. */
function fields({ body }: Answer): string[] {
  const [[name, list] = ['', []]] = Object.entries(body as Record<string, object[]>);
  return [name, ...Object.keys(list[0] ?? {})];
}

describe('the stub LiveKit answers as a real one', () => {
  let real: RealLiveKit;
  let stub: StubLiveKit;
  let bases: { readonly real: string; readonly stub: string };
  beforeAll(async () => {
    if (binary === undefined) return;
    real = await startRealLiveKit(binary, { port: await freePort() });
    stub = await startStubLiveKit(KEYS);
    bases = { real: real.url.replace('ws', 'http'), stub: stub.url };
  });
  afterAll(async () => {
    if (binary !== undefined) await Promise.all([real.stop(), stub.close()]);
  });
  beforeEach(({ skip }) => skip(binary === undefined, WITHOUT));

  it.each<[string, () => Promise<Asked> | Asked]>([
    ['without a token', () => ({ method: 'ListRooms', token: null })],
    ['with a token that is none', () => ({ method: 'ListRooms', token: 'junk' })],
    [
      'with a token of another secret',
      async () => ({
        method: 'ListRooms',
        token: await tokenOf(ALL, 'another-secret-of-more-than-32-letters'),
      }),
    ],
    ['without the grant to list', async () => ({ method: 'ListRooms', token: await tokenOf({}) })],
    ['without the grant to delete', async () => ({ method: 'DeleteRoom', token: await tokenOf({}) })],
    [
      'as the admin of another room',
      async () => ({
        method: 'ListParticipants',
        body: '{"room":"r1"}',
        token: await tokenOf({ roomAdmin: true, room: 'r2' }),
      }),
    ],
    ['for a room that is not there', () => ({ method: 'DeleteRoom', body: '{"room":"nowhere"}' })],
    ['for no room', () => ({ method: 'DeleteRoom' })],
    ['for rooms by a name that is not there', () => ({ method: 'ListRooms', body: '{"names":["nowhere"]}' })],
    [
      'for the participants of a room that is not there',
      () => ({ method: 'ListParticipants', body: '{"room":"r1"}' }),
    ],
    [
      'for a participant who is not there',
      () => ({ method: 'RemoveParticipant', body: '{"room":"r1","identity":"nobody"}' }),
    ],
    ['for a method that is none', () => ({ method: 'Vanish' })],
    ['for a service that is none', () => ({ method: 'ListRooms', service: 'Nothing' })],
    ['with a body that is no JSON', () => ({ method: 'ListRooms', body: '{' })],
  ])('%s', async (_name, asked) => {
    const request = await asked();
    expect(await ask(bases.stub, request)).toEqual(await ask(bases.real, request));
  });

  it('with the same fields of a room and of a participant', async () => {
    await join(real, 'r1', 'ann');
    stub.addRoom({ name: 'r1', participants: [{ identity: 'ann' }] });
    for (const method of ['ListRooms', 'ListParticipants']) {
      const request = { method, body: '{"room":"r1"}' };
      const [ours, theirs] = [await ask(bases.stub, request), await ask(bases.real, request)];
      expect(fields(ours)).toEqual(fields(theirs));
      expect(fields(theirs).length).toBeGreaterThan(10);
    }
    expect(await ask(bases.stub, { method: 'DeleteRoom', body: '{"room":"r1"}' })).toEqual(
      await ask(bases.real, { method: 'DeleteRoom', body: '{"room":"r1"}' }),
    );
  });
});
