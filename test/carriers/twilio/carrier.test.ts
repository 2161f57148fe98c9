/** The Twilio carrier with the official SDK against a stub over HTTP. */
import { Cancellation } from '../../../src/carriers/cancellation.ts';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/clock/manual-clock.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import type { Carrier } from '../../../src/carriers/carrier.ts';
import { CarrierConfigError } from '../../../src/carriers/config-error.ts';
import { createTwilioCarrier } from '../../../src/carriers/twilio/carrier.ts';
import { startStubTwilio } from '../../../src/testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../../src/testing/stub-twilio/stub-twilio.ts';
import { attemptOptions } from '../attempt-options.ts';

const ACCOUNT = { accountSid: 'AC1', authToken: 'very-secret-token' };
const OTHER = { accountSid: 'AC2', authToken: 'other-secret', apiKeys: { SK2: 'key-secret' } };

let stub: StubTwilio;
let carrier: Carrier;

beforeEach(async () => {
  stub = await startStubTwilio({ accounts: [ACCOUNT, OTHER] });
  carrier = await createTwilioCarrier({ accounts: [ACCOUNT], baseUrl: stub.url }, systemClock);
});

afterEach(async () => {
  await carrier.close();
  await stub.close();
});

const hangUp = (callSid: string, unanswered = false) =>
  carrier.hangUp({ callSid }, { ...attemptOptions(), unanswered });
const forms = () => stub.requests().map(({ form }) => form['Status']);

describe('hanging up', () => {
  it('posts Status=completed to the call and reads the end in the answer', async () => {
    stub.addCall({ sid: 'CA1' });
    expect(await hangUp('CA1')).toEqual({ result: 'done', status: 'completed' });
    expect(stub.calls.get('CA1')?.status).toBe('completed');
    expect(stub.requests()).toMatchObject([
      {
        method: 'POST',
        url: '/2010-04-01/Accounts/AC1/Calls/CA1.json',
        form: { Status: 'completed' },
        username: 'AC1',
        authorized: true,
      },
    ]);
  });

  it('reads an answer that is not terminal as accepted, not as ended', async () => {
    stub.addCall({ sid: 'CA1', hangupLag: 'never' });
    expect(await hangUp('CA1')).toEqual({ result: 'accepted', status: 'in-progress' });
  });

  it('treats an unknown status word as not terminal', async () => {
    stub.addCall({ sid: 'CA1' });
    stub.answerWith('CA1', () => ({ status: 200, body: { sid: 'CA1', status: 'transcending' } }));
    expect(await hangUp('CA1')).toEqual({ result: 'accepted', status: 'transcending' });
  });

  it('reads 404 with 20404 as already gone (field rule 27)', async () => {
    stub.addCall({ sid: 'CA1', status: 'completed' });
    expect(await hangUp('CA1')).toMatchObject({ result: 'already-gone', code: 'twilio_20404' });
  });

  it('reads 21220 as already gone (field rule 28)', async () => {
    stub.addCall({ sid: 'CA1', status: 'busy', whenEnded: '21220' });
    expect(await hangUp('CA1')).toMatchObject({ result: 'already-gone', code: 'twilio_21220' });
  });

  it('reads an ended call that answers 200 unchanged as done', async () => {
    stub.addCall({ sid: 'CA1', status: 'no-answer', whenEnded: 'unchanged' });
    expect(await hangUp('CA1')).toEqual({ result: 'done', status: 'no-answer' });
  });

  it('may run twice: the second finds the call gone (field rule 30)', async () => {
    stub.addCall({ sid: 'CA1' });
    expect([(await hangUp('CA1')).result, (await hangUp('CA1')).result]).toEqual(['done', 'already-gone']);
  });
});

describe('an unanswered call (field rule 48, rows 42 and 43)', () => {
  it('is canceled with one request while it rings', async () => {
    stub.addCall({ sid: 'CA1', status: 'ringing' });
    expect(await hangUp('CA1', true)).toEqual({ result: 'done', status: 'canceled' });
    expect(forms()).toEqual(['canceled']);
  });

  it('is completed when somebody picked up meanwhile', async () => {
    stub.addCall({ sid: 'CA1', status: 'in-progress' });
    expect(await hangUp('CA1', true)).toEqual({ result: 'done', status: 'completed' });
    expect(forms()).toEqual(['canceled', 'completed']);
  });

  it('is completed when canceled is refused for the wrong state', async () => {
    stub.addCall({ sid: 'CA1', status: 'in-progress' });
    stub.failNext('CA1', [{ status: 400, code: 21220 }]);
    expect(await hangUp('CA1', true)).toEqual({ result: 'done', status: 'completed' });
    expect(forms()).toEqual(['canceled', 'completed']);
  });

  it.each([
    [{ status: 404 }, 'already-gone'],
    [{ status: 401 }, 'fatal'],
    [{ status: 429 }, 'retry'],
    [{ status: 500 }, 'retry'],
    [{ reset: true }, 'retry'],
  ] as const)('stops after canceled is answered with %j', async (fault, result) => {
    stub.addCall({ sid: 'CA1', status: 'ringing' });
    stub.failNext('CA1', [fault]);
    expect((await hangUp('CA1', true)).result).toBe(result);
    expect(forms()).toEqual(['canceled']);
  });
});

describe('answers that are no end', () => {
  it.each([
    [{ status: 401 }, { result: 'fatal', code: 'twilio_20003' }], // row 57
    [{ status: 403 }, { result: 'fatal', code: 'twilio_20403' }],
    [
      { status: 400, code: 21218 },
      { result: 'fatal', code: 'twilio_21218' },
    ],
    [
      { status: 429, retryAfterS: 3 },
      { result: 'retry', code: 'twilio_20429', retryAfterMs: 3_000 },
    ],
    [{ status: 429 }, { result: 'retry', code: 'twilio_20429' }],
    [{ status: 500 }, { result: 'retry', code: 'twilio_20500' }], // row 58
    [
      { status: 502, code: 20502 },
      { result: 'retry', code: 'twilio_20502' },
    ],
    [
      { status: 503, retryAfterS: 1 },
      { result: 'retry', code: 'twilio_20503', retryAfterMs: 1_000 },
    ],
    [{ html503: true }, { result: 'retry', code: 'http_503' }],
    [{ reset: true }, { result: 'retry', code: 'reset' }],
  ] as const)('%j becomes %j, with exactly one request', async (fault, outcome) => {
    stub.addCall({ sid: 'CA1' });
    stub.failNext('CA1', [fault]);
    expect(await hangUp('CA1')).toMatchObject(outcome);
    expect(stub.requests()).toHaveLength(1);
  });

  it('does not believe a 404 that is not Twilio’s', async () => {
    stub.addCall({ sid: 'CA1' });
    for (const body of ['<html>not found</html>', { message: 'no Route matched' }, '']) {
      stub.answerWith('CA1', () => ({ status: 404, body }));
      expect(await hangUp('CA1')).toMatchObject({ result: 'retry', code: 'http_404' });
    }
  });

  it('says unreachable when nothing listens', async () => {
    await stub.close();
    expect(await hangUp('CA1')).toMatchObject({ result: 'retry', code: 'unreachable' });
  });
});

describe('the bounds of an attempt', () => {
  it('ends at its time-out, although the request has acted', async () => {
    const clock = new ManualClock();
    const timed = await createTwilioCarrier({ accounts: [ACCOUNT], baseUrl: stub.url }, clock);
    stub.addCall({ sid: 'CA1' });
    stub.failNext('CA1', [{ timeout: true, afterActing: true }]);
    const arrived = new Promise((resolve) => stub.events.once('request', resolve));
    const outcome = timed.hangUp(
      { callSid: 'CA1' },
      { ...attemptOptions({ timeoutMs: 5_000 }), unanswered: false },
    );
    await arrived;
    clock.advance(5_000);
    expect(await outcome).toMatchObject({ result: 'retry', code: 'timeout' });
    expect(stub.calls.get('CA1')?.status).toBe('completed');
    await timed.close();
  });

  it('ends when it is cancelled, and sends nothing after it', async () => {
    stub.addCall({ sid: 'CA1', status: 'in-progress' });
    stub.failNext('CA1', [{ timeout: true }]);
    const cancellation = new Cancellation();
    const arrived = new Promise((resolve) => stub.events.once('request', resolve));
    const options = { ...attemptOptions({ cancellation }), unanswered: true };
    const outcome = carrier.hangUp({ callSid: 'CA1' }, options);
    await arrived;
    cancellation.cancel();
    expect(await outcome).toMatchObject({ result: 'retry', code: 'aborted' });
    expect(await carrier.hangUp({ callSid: 'CA1' }, options)).toMatchObject({ code: 'aborted' });
    expect(stub.requests()).toHaveLength(1);
  });

  it('keeps the cancellation of one attempt from another’s request', async () => {
    stub.addCall({ sid: 'CA1' });
    stub.addCall({ sid: 'CA2' });
    stub.failNext('CA1', [{ timeout: true }]);
    const cancellation = new Cancellation();
    const first = carrier.hangUp(
      { callSid: 'CA1' },
      { ...attemptOptions({ cancellation }), unanswered: false },
    );
    const second = hangUp('CA2');
    cancellation.cancel();
    expect(await Promise.all([first, second])).toMatchObject([{ code: 'aborted' }, { result: 'done' }]);
  });

  it('uses one connection for many requests in a row', async () => {
    for (let index = 0; index < 50; index += 1) {
      stub.addCall({ sid: `CA${index}` });
      expect((await hangUp(`CA${index}`)).result).toBe('done');
      // undici frees a connection a turn after its answer was read.
      await setImmediate();
    }
    expect(new Set(stub.requests().map(({ connection }) => connection)).size).toBe(1);
    expect(stub.connectionCount()).toBe(1);
  });
});

describe('asking', () => {
  const ask = (callSid: string, children?: boolean) =>
    carrier.ask({ callSid }, { ...attemptOptions(), ...(children === undefined ? {} : { children }) });

  it('says live with the status word', async () => {
    stub.addCall({ sid: 'CA1', status: 'ringing' });
    expect(await ask('CA1')).toEqual({ result: 'live', status: 'ringing' });
    expect(stub.requests()).toMatchObject([
      { method: 'GET', url: '/2010-04-01/Accounts/AC1/Calls/CA1.json' },
    ]);
  });

  it.each(['completed', 'busy', 'failed', 'no-answer', 'canceled'] as const)(
    'says done for %s (row 21)',
    async (status) => {
      stub.addCall({ sid: 'CA1', status });
      expect(await ask('CA1')).toEqual({ result: 'done', status });
    },
  );

  it('says already gone for a call Twilio does not know', async () => {
    expect(await ask('CA404')).toMatchObject({ result: 'already-gone', code: 'twilio_20404' });
  });

  it('counts the live children of a live call when asked to (rows 22 and 31)', async () => {
    stub.addCall({ sid: 'CA1' });
    stub.addCall({ sid: 'CA2', parentCallSid: 'CA1', direction: 'outbound-dial' });
    stub.addCall({ sid: 'CA3', parentCallSid: 'CA1', status: 'completed' });
    stub.addCall({ sid: 'CA4', parentCallSid: 'CA9' });
    expect(await ask('CA1', true)).toEqual({ result: 'live', status: 'in-progress', data: { children: 1 } });
    expect(await ask('CA3', true)).toEqual({ result: 'done', status: 'completed' });
  });

  it('stays live without a count when the list cannot be read', async () => {
    stub.addCall({ sid: 'CA1' });
    stub.failNext('list', [{ html503: true }, { reset: true }]);
    expect(await ask('CA1', true)).toEqual({ result: 'live', status: 'in-progress' });
    expect(await ask('CA1', true)).toEqual({ result: 'live', status: 'in-progress' });
  });

  it('retries when the answer is no call', async () => {
    stub.answerWith('CA1', () => ({ status: 200, body: '<html>hello</html>' }));
    expect(await ask('CA1')).toMatchObject({ result: 'retry', code: 'unreadable' });
  });
});

describe('accounts', () => {
  it('are chosen by the leg, and may use an API key', async () => {
    const both = await createTwilioCarrier(
      {
        accounts: [ACCOUNT, { accountSid: 'AC2', apiKey: 'SK2', apiSecret: 'key-secret' }],
        baseUrl: stub.url,
      },
      systemClock,
    );
    stub.addCall({ sid: 'CA2', accountSid: 'AC2' });
    const options = { ...attemptOptions(), unanswered: false };
    expect(await both.hangUp({ callSid: 'CA2', accountSid: 'AC2' }, options)).toMatchObject({
      result: 'done',
    });
    expect(stub.requests()).toMatchObject([{ accountSid: 'AC2', username: 'SK2', authorized: true }]);
    expect(both.refuses({ callSid: 'CA2' })).toContain('accountSid is needed');
    await both.close();
  });

  it('that are not configured are refused before any request', async () => {
    const leg = { callSid: 'CA1', accountSid: 'AC9' };
    expect(carrier.refuses(leg)).toContain('no configured Twilio account');
    expect(await carrier.ask(leg, attemptOptions())).toMatchObject({ result: 'fatal', code: 'leg_invalid' });
    expect(stub.requests()).toHaveLength(0);
  });

  it.each([{}, { callSid: 7 }, { callSid: '' }, { callSid: '../CA1' }, { callSid: 'CA1/Recordings' }])(
    'refuses the leg %j',
    (leg) => {
      expect(carrier.refuses(leg)).toContain('callSid');
    },
  );

  it.each([
    [[], 'TWILIO_ACCOUNT_SID'],
    [[{ accountSid: 'AC1' }], 'TWILIO_AUTH_TOKEN'],
    [[{ accountSid: 'AC1', apiKey: 'SK1', authToken: 'hidden' }], 'apiSecret'],
    [[{ accountSid: 'XX1', authToken: 'hidden' }], 'begin with AC'],
    [[ACCOUNT, ACCOUNT], 'twice'],
  ])('that are half configured are refused at start by name (field rule 23): %#', async (accounts, words) => {
    const error: unknown = await createTwilioCarrier({ accounts }, systemClock).catch((reason) => reason);
    expect(error).toBeInstanceOf(CarrierConfigError);
    expect(String(error)).toContain(words);
    expect(String(error)).not.toContain('hidden');
  });
});

it('puts no secret and no text of Twilio’s into an outcome', async () => {
  const message = 'Account AC1 with very-secret-token cannot call +15005550006';
  for (const status of [200, 400, 401, 403, 404, 429, 500]) {
    stub.answerWith('CA1', () => ({
      status,
      body: { code: 21999, message, status, token: ACCOUNT.authToken },
    }));
    const outcome = JSON.stringify([
      await hangUp('CA1'),
      await carrier.ask({ callSid: 'CA1' }, attemptOptions()),
    ]);
    expect(outcome).not.toContain('secret');
    expect(outcome).not.toContain('5005550006');
  }
});

it('keeps a path in the base URL', async () => {
  const prefixed = await createTwilioCarrier(
    { accounts: [ACCOUNT], baseUrl: `${stub.url}/proxy/` },
    systemClock,
  );
  await prefixed.ask({ callSid: 'CA1' }, attemptOptions());
  expect(stub.requests()).toMatchObject([{ url: '/proxy/2010-04-01/Accounts/AC1/Calls/CA1.json' }]);
  await prefixed.close();
});

it.each(['stub:99999', 'ftp://127.0.0.1', ''])('refuses the base URL %j at start', async (baseUrl) => {
  await expect(createTwilioCarrier({ accounts: [ACCOUNT], baseUrl }, systemClock)).rejects.toThrow(
    'ONHOOK_TWILIO_BASE_URL',
  );
});
