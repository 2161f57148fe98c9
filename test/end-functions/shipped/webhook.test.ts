/** The shipped webhook against a real server: what it sends, and what each answer means. */
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock/system-clock.ts';
import type { Outcome } from '../../../src/contract/outcome.ts';
import type { ShippedFunction } from '../../../src/end-functions/shipped/shipped.ts';
import { defineWebhook } from '../../../src/end-functions/shipped/webhook.ts';
import { input } from '../fixture.ts';
import { signal, stage } from './receiver.ts';
import type { Received, Stage } from './receiver.ts';

const base64 = Buffer.from('a planted webhook secret of 32 b').toString('base64');
const secret = `whsec_${base64}`;

let on: Stage;
beforeEach(() => void (on = stage()));
afterEach(() => on.close());

function webhookTo(url: string, timeoutMs = 5_000, withSecret = secret): ShippedFunction {
  const definition = defineWebhook({ url, secret: withSecret, timeoutMs }, systemClock);
  return on.ship(definition);
}

async function answered(status: number, headers: Record<string, string> = {}): Promise<Outcome> {
  const { url } = await on.receive({ status, headers });
  return webhookTo(url).run(input, { signal });
}

describe('the request', () => {
  it.each([secret, base64])(
    'is verified by a Standard Webhooks receiver, with or without whsec_',
    async (given) => {
      const { url, received } = await on.receive({ status: 204 });
      const call = { ...input.call, endedAt: '2026-11-20T10:00:00.000Z' };
      const outcome = await webhookTo(`${url}/hooks?tenant=1`, 5_000, given).run(
        { ...input, call },
        { signal },
      );
      expect(outcome).toEqual({ result: 'done', status: '204' });
      const [{ path, headers, body }] = received as [Received];
      expect(path).toBe('/hooks?tenant=1');
      expect(headers['webhook-id']).toBe(input.idempotencyKey);
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({
        type: 'onhook.call.ended.v1',
        timestamp: '2026-11-20T10:00:00.000Z',
        data: call,
      });
    },
  );

  it('is refused by a receiver with another secret', async () => {
    const { url, received } = await on.receive({ status: 200 });
    await webhookTo(url).run(input, { signal });
    const [{ headers, body }] = received as [Received];
    const other = new Webhook(Buffer.from('another secret').toString('base64'));
    expect(() => other.verify(body, headers as Record<string, string>)).toThrow(/No matching signature/);
  });

  it('keeps its id over attempts, so that the receiver knows repeats (invariant 9, field rule 56)', async () => {
    const { url, received } = await on.receive({ status: 503 });
    const webhook = webhookTo(url);
    await webhook.run(input, { signal });
    await webhook.run({ ...input, attempt: 2 }, { signal });
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['key-1', 'key-1']);
  });

  it('carries user and password of the URL as Basic authorization', async () => {
    const { url, received } = await on.receive({ status: 200 });
    await webhookTo(url.replace('//', '//ann:p%40ss@')).run(input, { signal });
    expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`);
  });
});

describe('the answer', () => {
  it.each([200, 202, 204])('%i is done', async (status) => {
    expect(await answered(status)).toMatchObject({ result: 'done' });
  });

  it.each([408, 409, 425, 429, 500, 502, 503, 504])('%i is tried again', async (status) => {
    expect(await answered(status)).toEqual({ result: 'retry', code: `http_${status}` });
  });

  it.each([400, 401, 403, 404, 410, 422])('%i is not', async (status) => {
    expect(await answered(status)).toEqual({ result: 'fatal', code: `http_${status}` });
  });

  it('with a Retry-After in seconds or as a date is honoured, up to an hour', async () => {
    expect(await answered(429, { 'retry-after': '7' })).toMatchObject({
      result: 'retry',
      retryAfterMs: 7_000,
    });
    expect(await answered(503, { 'retry-after': '999999' })).toMatchObject({ retryAfterMs: 3_600_000 });
    const date = 'Fri, 31 Dec 9999 23:59:59 GMT';
    expect(await answered(503, { 'retry-after': date })).toMatchObject({ retryAfterMs: 3_600_000 });
    expect(await answered(503, { 'retry-after': 'soon' })).toEqual({ result: 'retry', code: 'http_503' });
  });

  it.each([301, 302, 307, 308])('%i is not followed', async (status) => {
    const elsewhere = await on.receive({ status: 200 });
    const outcome = await answered(status, { location: elsewhere.url });
    expect(outcome).toMatchObject({ result: 'fatal', code: `http_${status}` });
    expect(outcome.detail).toMatch(/redirects are not followed/);
    expect(elsewhere.received).toEqual([]);
  });

  it('counts by its status, however much text follows', async () => {
    const { url } = await on.receive({ body: 'x'.repeat(5_000_000) });
    expect(await webhookTo(url).run(input, { signal })).toMatchObject({ result: 'done' });
  });

  it('counts by its status, even if its text never ends', async () => {
    const url = await on.listen((_request, response) => void response.writeHead(200).write('and'));
    expect(await webhookTo(url, 300).run(input, { signal })).toMatchObject({ result: 'done' });
  });
});

describe('no answer', () => {
  it('in time is tried again', async () => {
    const url = await on.listen(() => undefined);
    expect(await webhookTo(url, 200).run(input, { signal })).toMatchObject({
      result: 'retry',
      code: 'timeout',
    });
  });

  it('because nobody listens is tried again', async () => {
    const gone = stage();
    const url = await gone.listen(() => undefined);
    await gone.close();
    const outcome = await webhookTo(url).run(input, { signal });
    expect(outcome).toEqual({ result: 'retry', code: 'network_error', detail: 'ECONNREFUSED' });
  });

  it('because the connection broke is tried again', async () => {
    const url = await on.listen((request) => request.socket.destroy());
    expect(await webhookTo(url).run(input, { signal })).toMatchObject({
      result: 'retry',
      code: 'network_error',
    });
  });

  it('because the attempt was given up says so', async () => {
    const givingUp = new AbortController();
    const url = await on.listen(() => givingUp.abort());
    const outcome = await webhookTo(url).run(input, { signal: givingUp.signal });
    expect(outcome).toMatchObject({ result: 'retry', code: 'function_cancelled' });
  });
});

describe('a configuration that cannot work', () => {
  it.each([
    ['not a url', secret, /ONHOOK_WEBHOOK_URL/],
    ['ftp://127.0.0.1', secret, /ONHOOK_WEBHOOK_URL/],
    ['http://127.0.0.1', 'not base64!', /ONHOOK_WEBHOOK_SECRET/],
    ['http://127.0.0.1', '', /ONHOOK_WEBHOOK_SECRET/],
  ])('is refused at start without repeating it (invariant 22): %s', (url, given, message) => {
    expect(() => defineWebhook({ url, secret: given }, systemClock)).toThrow(message);
    expect(() => defineWebhook({ url, secret: given }, systemClock)).not.toThrow(/not base64!/);
  });
});

it('no outcome holds the secret (invariant 22)', async () => {
  const outcomes = await Promise.all([200, 307, 400, 503].map((status) => answered(status)));
  expect(JSON.stringify(outcomes)).not.toContain(base64);
});

describe('a URL that comes with the call', () => {
  const own = (url: string) => ({ ...input, state: { hook: url } });
  const options = {
    url: 'http://127.0.0.1:9',
    secret,
    urlFrom: 'state.hook',
    allowedHosts: ['localhost', '*.example.com'],
  };

  it.each([
    ['http://hooks.example.com/', /no https URL/],
    ['file:///etc/passwd', /no https URL/],
    ['https://ann:pass@hooks.example.com/', /credentials/],
    ['https://evil.org/', /allowedHosts/],
    ['https://example.com/', /allowedHosts/],
    ['https://notexample.com/', /allowedHosts/],
    ['https://127.0.0.1/', /allowedHosts/],
  ])('is refused without a request: %s', async (url, reason) => {
    const outcome = await on.ship(defineWebhook(options, systemClock)).run(own(url), { signal });
    expect(outcome).toMatchObject({
      result: 'fatal',
      code: 'url_refused',
      detail: expect.stringMatching(reason),
    });
  });

  it('is refused when its host resolves to a private address, whatever its name', async () => {
    const outcome = await on
      .ship(defineWebhook(options, systemClock))
      .run(own('https://localhost/'), { signal });
    expect(outcome).toMatchObject({
      result: 'fatal',
      code: 'url_refused',
      detail: expect.stringMatching(/private/),
    });
  });

  it('is used as it is when it comes from the operator, private or not', async () => {
    const { url, received } = await on.receive();
    const webhook = on.ship(defineWebhook({ ...options, url }, systemClock));
    expect(await webhook.run(input, { signal })).toMatchObject({ result: 'done' });
    expect(received).toHaveLength(1);
  });
});
