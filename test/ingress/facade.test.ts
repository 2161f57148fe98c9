/** The façade's own decisions: when it holds, when it hands on, and what bounds both. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { carrierKey } from '../../src/contract/leg-entry.ts';
import type { IngressParts } from '../../src/ingress/parts.ts';
import { IngressPortUnavailable } from '../../src/ingress/server.ts';
import { startStubServer } from '../../src/testing/stub-server/stub-server.ts';
import { startStubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import { callDetail } from '../admin/world.ts';
import { ACCOUNT, edge, edgeWithCall, OTHER, postStatus, SID, statusForm } from './world.ts';
import type { Edge, EdgeChanges } from './world.ts';

const PATH = `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Calls/${SID}.json`;

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function hangUp(url: string, Status = 'completed', authorization?: string, path = PATH): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: authorization ?? basic(ACCOUNT.accountSid, ACCOUNT.authToken) },
    body: new URLSearchParams({ Status }),
    redirect: 'manual',
  });
}

const active: IngressParts['findCall'] = (callId) =>
  Promise.resolve({
    detail: callDetail(callId, { legs: { carrier: { provider: 'twilio' } } }),
    unanswered: [],
  });
const ended: IngressParts['findCall'] = (callId) =>
  Promise.resolve({
    detail: callDetail(callId, {
      legs: { carrier: { provider: 'twilio', termination: 'confirmed_by_response' } },
    }),
    unanswered: [],
  });

/** An edge that knows the call, in front of a Twilio that knows it too. */
async function beforeTwilio(changes: EdgeChanges = {}): Promise<Edge & { readonly stub: StubTwilio }> {
  const stub = await startStubTwilio({ accounts: [ACCOUNT, OTHER] });
  onTestFinished(() => stub.close());
  stub.addCall({ sid: SID });
  const twilio = {
    baseUrl: stub.url,
    accounts: [{ ...ACCOUNT, apiKey: 'SK1', apiSecret: 'key-secret' }, OTHER],
  };
  return { ...(await edgeWithCall({ twilio, findCall: ended, ...changes })), stub };
}

describe('a hangup of a call that onhook owns', () => {
  it.each([
    ['completed', 'spoken'],
    ['canceled', 'none'],
  ])(
    'with Status=%s asks for the end in the name of its gateway, Twilio for nothing (field rule 49)',
    async (status, farewell) => {
      const { url, events, server, stub } = await beforeTwilio();
      const response = await hangUp(url, status);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ sid: SID, account_sid: ACCOUNT.accountSid, status });
      expect(events()).toEqual([
        {
          subject: `onhook.v1.evt.gw1.${SID}.end.requested`,
          data: { by: 'agent', reason: 'twilio api', farewell },
        },
      ]);
      expect(server.streams.log.at(1)?.headers.get('ce-source')).toBe('twilio-facade');
      expect(stub.requests()).toEqual([]);
    },
  );

  it('is answered with the status as it is when the farewell takes longer than 10 s', async () => {
    const clock = new ManualClock();
    const { url, events } = await beforeTwilio({ clock, findCall: active });
    let body: unknown;
    const answered = hangUp(url).then(async (response) => (body = await response.json()));
    for (const startedAt = clock.monotonic(); body === undefined;) {
      clock.advance(100);
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (body !== undefined) expect(clock.monotonic() - startedAt).toBeGreaterThanOrEqual(10_000);
    }
    await answered;
    expect(body).toMatchObject({ status: 'in-progress' });
    expect(events()).toHaveLength(1);
  });

  it('goes on waiting while the partition of the call does not answer', async () => {
    const answers = [active, () => Promise.resolve({ detail: undefined, unanswered: [0] }), active, ended];
    const { url } = await beforeTwilio({ findCall: (callId) => (answers.shift() ?? ended)(callId) });
    expect(await (await hangUp(url)).json()).toMatchObject({ status: 'completed' });
    expect(answers).toEqual([]);
  });
});

describe('a hangup that goes to Twilio as it came', () => {
  it.each<[string, EdgeChanges]>([
    [
      'the call is over for onhook',
      { findCall: () => Promise.resolve({ detail: undefined, unanswered: [] }) },
    ],
    ['onhook only watches', { mode: 'observe' }],
    ['onhook is the backstop', { mode: 'backstop' }],
  ])('because %s', async (_why, changes) => {
    const { url, events, stub } = await beforeTwilio(changes);
    expect(await (await hangUp(url)).json()).toMatchObject({ sid: SID, status: 'completed' });
    expect(stub.calls.get(SID)?.status).toBe('completed');
    expect(events()).toEqual([]);
  });

  it('because the log is away: a hangup never fails with it', async () => {
    const { url, server, stub } = await beforeTwilio();
    server.setAvailable(false);
    expect((await hangUp(url)).status).toBe(200);
    expect(stub.calls.get(SID)?.status).toBe('completed');
  });

  it('because the leg is another than the caller’s', async () => {
    const { url, events, stub, register } = await beforeTwilio();
    await register(carrierKey(SID), { leg: 'target' });
    expect((await hangUp(url)).status).toBe(200);
    expect(stub.calls.get(SID)?.status).toBe('completed');
    expect(events()).toEqual([]);
  });

  it('because the call is that of another account, whatever the path says', async () => {
    const { url, events, stub, register } = await beforeTwilio();
    await register(carrierKey(SID), { accountSid: OTHER.accountSid });
    await hangUp(url);
    expect([events(), stub.requests().length]).toEqual([[], 1]);
  });

  it('because the credentials are those of another account: Twilio says no', async () => {
    const { url, events, stub } = await beforeTwilio();
    const response = await hangUp(url, 'completed', basic(OTHER.accountSid, OTHER.authToken));
    expect(response.status).toBe(401);
    expect(stub.calls.get(SID)?.status).toBe('in-progress');
    expect(events()).toEqual([]);
  });
});

describe('the proxy', () => {
  it('asks nothing of Twilio without the credentials of a configured account', async () => {
    const { url, stub } = await beforeTwilio();
    for (const header of [basic(ACCOUNT.accountSid, 'guess'), basic('', ''), 'Bearer x', 'Basic !!']) {
      const response = await hangUp(url, 'completed', header);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([
        401,
        'Basic realm="onhook"',
      ]);
    }
    expect(stub.requests()).toEqual([]);
    expect((await hangUp(url, 'completed', basic('SK1', 'key-secret'))).status).toBe(200);
  });

  it('hands over path, query and answer, follows no redirect, and serves no other path', async () => {
    const seen: string[] = [];
    const target = await startStubServer(0, ({ url }) => {
      seen.push(url);
      return { status: 302, body: { code: 7 }, headers: { location: 'http://127.0.0.1:1/elsewhere' } };
    });
    onTestFinished(() => target.close());
    const twilio = { baseUrl: `${target.url}/region/`, accounts: [ACCOUNT] };
    const { url } = await edge({ twilio });
    const response = await hangUp(url, 'paused', undefined, `${PATH}?a=1&b=%20`);
    expect([response.status, await response.json()]).toEqual([302, { code: 7 }]);
    expect(seen).toEqual([`/region${PATH}?a=1&b=%20`]);
    expect((await hangUp(url, 'completed', undefined, '/v1/Other')).status).toBe(404);
    expect((await hangUp(url, 'completed', undefined, '/2010-04-01/../admin')).status).toBe(404);
    expect(seen).toHaveLength(1);
  });

  it('answers 502 when Twilio does not answer', async () => {
    const { url } = await edge();
    const response = await hangUp(url);
    expect([response.status, await response.json()]).toMatchObject([502, { code: 'carrier_unreachable' }]);
  });
});

describe('the port', () => {
  it('is refused by name when it is taken', async () => {
    const { ingress } = await edge();
    await expect(edge({ port: ingress.port })).rejects.toThrow(IngressPortUnavailable);
  });

  it('ends webhooks that wait when it closes, without a dead letter: their carriers try again', async () => {
    let looked = (): void => undefined;
    const looking = new Promise<void>((resolve) => (looked = resolve));
    const fate = ({ kind }: { kind: string }) => {
      if (kind === 'bucket') looked();
      return 'done' as const;
    };
    const { ingress, url, deadLetters } = await edge({ clock: new ManualClock(), memory: { fate } });
    const waiting = postStatus(url, statusForm()).then(
      ({ status }) => status,
      () => 'cut',
    );
    await looking;
    await ingress.close();
    expect(await waiting).toBeOneOf(['cut', 503]);
    await ingress.close();
    expect(deadLetters()).toEqual([]);
  });
});
