/** Twilio's status callbacks at the edge: who is believed, and what comes into the log. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { createDecoder } from '../../src/contract/decode.ts';
import { carrierKey } from '../../src/contract/leg-entry.ts';
import { ACCOUNT, edge, edgeWithCall, OTHER, postStatus, SID, STATUS_PATH, statusForm } from './world.ts';
import type { Edge } from './world.ts';

const SUBJECT = `onhook.v1.evt._ingress.${SID}.leg.status`;

async function codeOf(response: Response): Promise<unknown> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return ((await response.json()) as { code: string }).code;
}

describe('a signed status callback', () => {
  it('is in the log before it is answered, as an event that the decoder accepts', async () => {
    const { url, events, server } = await edgeWithCall();
    const form = statusForm({ CallStatus: 'busy', SipResponseCode: '486', AnsweredBy: 'human' });
    expect((await postStatus(url, form)).status).toBe(204);
    const data = { leg: 'carrier', status: 'busy', sequence: 3, sipCode: 486, answeredBy: 'human' };
    expect(events()).toEqual([{ subject: SUBJECT, data }]);
    const stored = server.streams.log.at(1);
    const decoded = stored && createDecoder({ prefix: 'onhook.v1', partitions: 1 })(stored);
    expect(decoded).toMatchObject({ ok: true, message: { gateway: '_ingress', callId: SID, data } });
  });

  it('is stored once when it is sent again, and beside later statuses (field rules 56, 57)', async () => {
    const { url, events } = await edgeWithCall();
    for (const [CallStatus, SequenceNumber] of [
      ['ringing', '1'],
      ['in-progress', '2'],
      ['ringing', '1'],
      ['completed', '3'],
      ['completed', '3'],
    ] as const) {
      expect((await postStatus(url, statusForm({ CallStatus, SequenceNumber }))).status).toBe(204);
    }
    expect(events().map(({ data }) => data['status'])).toEqual(['ringing', 'in-progress', 'completed']);
  });

  it('is stored once by two nodes', async () => {
    const first = await edgeWithCall();
    const second = await edge({ log: first.log });
    await Promise.all([postStatus(first.url, statusForm()), postStatus(second.url, statusForm())]);
    expect(first.events()).toHaveLength(1);
  });

  it('may name a query, fields that come twice, and fields that nobody knows', async () => {
    const { url, events } = await edgeWithCall();
    const form = statusForm({ SomethingNew: 'ü & +' });
    expect((await postStatus(url, form, { path: `${STATUS_PATH}?who=me&it='s` })).status).toBe(204);
    expect(events()).toHaveLength(1);
  });

  it('counts without its numbers when they cannot be read', async () => {
    const { url, events } = await edgeWithCall();
    const form = statusForm({ SequenceNumber: 'third', SipResponseCode: '7', AnsweredBy: 'a b' });
    expect((await postStatus(url, form)).status).toBe(204);
    expect(events().map(({ data }) => data)).toEqual([{ leg: 'carrier', status: 'completed' }]);
  });
});

describe('the URL that Twilio signs', () => {
  it.each([
    ['https://calls.example.com', STATUS_PATH],
    ['https://calls.example.com/', STATUS_PATH],
    ['https://calls.example.com:8443', STATUS_PATH],
    ['https://calls.example.com:443', STATUS_PATH],
    ['https://calls.example.com/edge', STATUS_PATH],
    ['https://calls.example.com/edge/', STATUS_PATH],
    ['https://calls.example.com', `${STATUS_PATH}/`],
    ['https://calls.example.com', `${STATUS_PATH}?tenant=a%20b&x=1`],
    ['https://calls.example.com', `${STATUS_PATH}?q=caf%C3%A9+%27`],
  ])('is the public one, to the letter: %s%s', async (publicUrl, path) => {
    const { url, events } = await edgeWithCall({ publicUrl });
    const signed = publicUrl.replace(/\/$/, '');
    expect((await postStatus(url, statusForm(), { publicUrl: signed, path })).status).toBe(204);
    expect(events()).toHaveLength(1);
  });

  it('is that of the Host header where none is configured', async () => {
    const { url } = await edgeWithCall({ publicUrl: undefined });
    expect((await postStatus(url, statusForm(), { publicUrl: url })).status).toBe(204);
    expect((await postStatus(url, statusForm(), { publicUrl: 'https://calls.example.com' })).status).toBe(
      403,
    );
  });
});

describe('a callback that is not to be believed (field rule 61)', () => {
  const refused: [string, (it: Edge) => Promise<Response>][] = [
    ['without a signature', ({ url }) => postStatus(url, statusForm(), { signature: '' })],
    ['with a signature of nothing', ({ url }) => postStatus(url, statusForm(), { signature: 'AAAA' })],
    ['signed with another token', ({ url }) => postStatus(url, statusForm(), { token: 'guess' })],
    [
      'signed with the token of another account',
      ({ url }) => postStatus(url, statusForm(), { token: OTHER.authToken }),
    ],
    [
      'for an account that is not configured',
      ({ url }) => postStatus(url, statusForm({ AccountSid: 'AC9' })),
    ],
    [
      'signed for another address',
      ({ url }) => postStatus(url, statusForm(), { publicUrl: 'https://x.example' }),
    ],
    [
      'altered on the way',
      async ({ url }) => {
        const { getExpectedTwilioSignature } = (await import('twilio')).default;
        const signed = `https://calls.example.com/edge${STATUS_PATH}`;
        const signature = getExpectedTwilioSignature(ACCOUNT.authToken, signed, statusForm());
        return postStatus(url, statusForm({ CallStatus: 'failed' }), { signature });
      },
    ],
    [
      'with a body of another kind',
      ({ url }) => fetch(`${url}${STATUS_PATH}`, { method: 'POST', body: JSON.stringify(statusForm()) }),
    ],
  ];
  it.each(refused)('is refused with 403 and changes nothing: %s', async (_name, post) => {
    const made = await edgeWithCall();
    const response = await post(made);
    expect(response.status).toBe(403);
    expect(await codeOf(response)).toBe('signature_refused');
    expect([made.events(), made.deadLetters()]).toEqual([[], []]);
  });

  it('is refused when no account is configured, or one without an auth token', async () => {
    const keyOnly = { accountSid: ACCOUNT.accountSid, apiKey: 'SK1', apiSecret: ACCOUNT.authToken };
    for (const twilio of [undefined, { accounts: [keyOnly] }]) {
      const { url } = await edgeWithCall({ twilio });
      expect((await postStatus(url, statusForm())).status).toBe(403);
    }
  });

  it('is counted', async () => {
    const verdicts: string[] = [];
    const { url } = await edgeWithCall({ onRefused: (verdict) => verdicts.push(verdict) });
    await postStatus(url, statusForm(), { token: 'guess' });
    await postStatus(url, statusForm({ CallSid: '' }));
    expect(verdicts).toEqual(['unauthorised', 'invalid']);
  });

  it('is answered without a word of its secrets', async () => {
    const { url } = await edgeWithCall();
    const response = await postStatus(url, statusForm(), { token: 'guess' });
    expect(await response.text()).not.toMatch(/first-auth-token|other-auth-token|\+1555/);
  });

  it('is refused when it was signed before any call that is kept: it is a replay', async () => {
    const clock = new ManualClock();
    const made = await edgeWithCall({ clock, staleAfterMs: 172_800_000 });
    const post = (ageMs: number, sequence: string): Promise<Response> => {
      const Timestamp = new Date(clock.now() - ageMs).toUTCString().replace('GMT', '+0000');
      return postStatus(made.url, statusForm({ Timestamp, SequenceNumber: sequence }));
    };
    const stale = await post(172_802_000, '1');
    expect([stale.status, await codeOf(stale)]).toEqual([403, 'signature_stale']);
    expect([made.events(), made.deadLetters()]).toEqual([[], []]);
    // Hours late through a queue, and a clock ahead of ours: true all the same.
    expect((await post(7_200_000, '2')).status).toBe(204);
    expect((await post(-60_000, '3')).status).toBe(204);
    expect(made.events()).toHaveLength(2);
  });

  it('is believed without a time that can be read: what is signed counts', async () => {
    const { url, events } = await edgeWithCall({ staleAfterMs: 1 });
    expect((await postStatus(url, statusForm({ Timestamp: 'yesterday' }))).status).toBe(204);
    expect(events()).toHaveLength(1);
  });

  it('says nothing about a call of another account', async () => {
    const clock = new ManualClock();
    const made = await edge({ clock });
    await made.register(carrierKey(SID), { accountSid: ACCOUNT.accountSid });
    const form = statusForm({ AccountSid: OTHER.accountSid });
    const answered = passing(clock, postStatus(made.url, form, { token: OTHER.authToken }));
    expect((await answered).status).toBe(503);
    expect(made.events()).toEqual([]);
  });

  it('is refused with 413 above 64 KiB, before anything is checked', async () => {
    const { url, events } = await edgeWithCall();
    const response = await postStatus(url, statusForm({ Padding: 'x'.repeat(70_000) }));
    expect([response.status, await codeOf(response)]).toEqual([413, 'body_too_large']);
    expect(events()).toEqual([]);
  });

  it('is refused with 413 above 64 KiB also when it does not say how long it is', async () => {
    const { url } = await edgeWithCall();
    const chunk = new TextEncoder().encode('x'.repeat(8_192));
    let left = 64;
    const body = new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
    });
    const response = await fetch(`${url}${STATUS_PATH}`, {
      method: 'POST',
      body,
      duplex: 'half',
    });
    expect(response.status).toBe(413);
  });

  it('is refused with 400 when it is signed and names no call', async () => {
    const { url } = await edge();
    const response = await postStatus(url, statusForm({ CallSid: '../../etc' }));
    expect([response.status, await codeOf(response)]).toEqual([400, 'bad_request']);
  });
});

/** Lets the clock run until the answer is there. */
async function passing<T>(clock: ManualClock, answer: Promise<T>): Promise<T> {
  let done = false;
  const settled = answer.finally(() => (done = true));
  while (!done) {
    clock.advance(100);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return settled;
}

describe('a callback for a call that is not registered (log rule 23)', () => {
  it('waits for it', async () => {
    const made = await edge();
    const answered = postStatus(made.url, statusForm());
    await made.register(carrierKey(SID), { callId: 'call-7', leg: 'carrier' });
    expect((await answered).status).toBe(204);
    expect(made.events()).toMatchObject([{ subject: 'onhook.v1.evt._ingress.call-7.leg.status' }]);
  });

  it('is answered 503 after 10 s and kept once as a dead letter', async () => {
    const clock = new ManualClock();
    const made = await edge({ clock });
    const startedAt = clock.monotonic();
    const response = await passing(clock, postStatus(made.url, statusForm()));
    expect([response.status, await codeOf(response)]).toEqual([503, 'call_unknown']);
    expect(clock.monotonic() - startedAt).toBeGreaterThanOrEqual(10_000);
    await passing(clock, postStatus(made.url, statusForm()));
    expect(made.events()).toEqual([]);
    expect(made.deadLetters()).toMatchObject([
      {
        subject: 'onhook.v1.dead.input.-',
        data: { kind: 'input', type: 'leg.status', address: { callSid: SID }, data: { status: 'completed' } },
      },
    ]);
    expect(JSON.stringify(made.deadLetters())).not.toContain('+1555');
  });
});

describe('when the log cannot take it', () => {
  it('answers 503 while the log is away, and takes the retry', async () => {
    const { url, server, events } = await edgeWithCall();
    server.setAvailable(false);
    const response = await postStatus(url, statusForm());
    expect([response.status, await codeOf(response)]).toEqual([503, 'log_unavailable']);
    server.setAvailable(true);
    expect((await postStatus(url, statusForm())).status).toBe(204);
    expect(events()).toHaveLength(1);
  });

  it('answers 503 when the ack is lost, and the retry is stored once', async () => {
    let lost = 1;
    const fate = ({ kind }: { kind: string }) => (kind === 'append' && lost-- > 0 ? 'ack-lost' : 'done');
    const { url, events } = await edgeWithCall({ memory: { fate } });
    expect((await postStatus(url, statusForm())).status).toBe(503);
    expect((await postStatus(url, statusForm())).status).toBe(204);
    expect(events()).toHaveLength(1);
  });

  it('answers 503 from 90 % of the byte limit (log rule 41)', async () => {
    const { url, server } = await edgeWithCall({ memory: { maxBytes: { log: 4_000 } } });
    const data = Buffer.alloc(3_650, ' ');
    server.inject({ subject: `onhook.v1.evt.gw1.${SID}.agent.spoke`, data });
    const before = server.streams.log.lastSeq;
    const response = await postStatus(url, statusForm());
    expect([response.status, await codeOf(response)]).toEqual([503, 'log_full']);
    expect(server.streams.log.lastSeq).toBe(before);
  });
});

describe('whatever is posted', () => {
  it('is never answered with 500', async () => {
    const made = await edgeWithCall();
    const value = fc.oneof(fc.string(), fc.constantFrom('completed', '0', '-1', '9'.repeat(30), '__proto__'));
    const names = fc.constantFrom(
      'CallStatus',
      'SequenceNumber',
      'SipResponseCode',
      'AnsweredBy',
      '__proto__',
      'x',
    );
    const form = fc.dictionary(fc.oneof(names, fc.string({ minLength: 1 })), value);
    await fc.assert(
      fc.asyncProperty(form, async (fields) => {
        // The call stays the known one: an unknown one is held.
        const sent = { ...fields, CallSid: SID, AccountSid: ACCOUNT.accountSid };
        expect((await postStatus(made.url, sent)).status).toBeOneOf([204, 400, 403]);
      }),
      { numRuns: 150 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.string(), async (body, type) => {
        const headers = { 'content-type': type.replace(/[^ -~]/g, '?'), 'x-twilio-signature': 'c2ln' };
        const response = await fetch(`${made.url}${STATUS_PATH}`, {
          method: 'POST',
          headers,
          body: Buffer.from(body),
        });
        expect(response.status).toBe(403);
      }),
      { numRuns: 100 },
    );
    const decode = createDecoder({ prefix: 'onhook.v1', partitions: 1 });
    const stored = made.server.streams.log.newestOf(() => true, Infinity);
    expect(stored.filter((message) => !decode(message).ok)).toEqual([]);
  });
});
