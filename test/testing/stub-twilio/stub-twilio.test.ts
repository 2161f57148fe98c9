/** The stub Twilio, seen through the official SDK's typed methods. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';
import RequestClient from 'twilio/lib/base/RequestClient.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/clock/manual-clock.ts';
import { STUB_TWILIO_ACCOUNT } from '../../../src/testing/stub-twilio/account.ts';
import { startStubTwilio } from '../../../src/testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../../src/testing/stub-twilio/stub-twilio.ts';

let stub: StubTwilio;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock();
  stub = await startStubTwilio({ clock });
});

afterEach(() => stub.close());

/** The SDK with its own HTTP client, sent to the stub. */
function sdk(password = STUB_TWILIO_ACCOUNT.authToken) {
  const httpClient = new RequestClient();
  const request = httpClient.request.bind(httpClient);
  httpClient.request = (options) =>
    request({ ...options, uri: options.uri.replace('https://api.twilio.com', stub.url) });
  return twilio(STUB_TWILIO_ACCOUNT.accountSid, password, { httpClient });
}

describe('the Call resource', () => {
  it('is fetched, ended and listed', async () => {
    stub.addCall({ sid: 'CA1', from: '+15005550001', to: '+15005550006' });
    stub.addCall({ sid: 'CA2', parentCallSid: 'CA1', direction: 'outbound-dial' });
    const calls = sdk().calls;
    expect(await calls('CA1').fetch()).toMatchObject({
      sid: 'CA1',
      status: 'in-progress',
      direction: 'inbound',
    });
    expect(await calls.list({ parentCallSid: 'CA1', status: 'in-progress' })).toMatchObject([{ sid: 'CA2' }]);
    clock.advance(61_000);
    const ended = await calls('CA1').update({ status: 'completed' });
    expect(ended).toMatchObject({ status: 'completed', duration: '61' });
    expect(ended.endTime?.getTime()).toBe(Math.floor(clock.now() / 1000) * 1000);
    expect(await calls.list({ parentCallSid: 'CA1', status: 'in-progress' })).toEqual([]);
  });

  it('refuses a wrong password with 20003', async () => {
    stub.addCall({ sid: 'CA1' });
    await expect(sdk('wrong').calls('CA1').fetch()).rejects.toMatchObject({ status: 401, code: 20003 });
    expect(stub.requests()).toMatchObject([{ authorized: false, answered: 401 }]);
  });

  it('answers 20404 for calls that are unknown or have ended', async () => {
    stub.addCall({ sid: 'CA1', status: 'completed' });
    const gone = { status: 404, code: 20404 };
    await expect(sdk().calls('CA9').fetch()).rejects.toMatchObject(gone);
    await expect(sdk().calls('CA1').update({ status: 'completed' })).rejects.toMatchObject(gone);
  });

  it('cancels what rings and leaves what was answered', async () => {
    stub.addCall({ sid: 'CA1', status: 'ringing' });
    stub.addCall({ sid: 'CA2' });
    expect((await sdk().calls('CA1').update({ status: 'canceled' })).status).toBe('canceled');
    expect((await sdk().calls('CA2').update({ status: 'canceled' })).status).toBe('in-progress');
  });
});

it('tells of a hangup once, and not of an end by the far side', async () => {
  const ended: string[] = [];
  stub.events.on('hangup', (call) => ended.push(call.sid));
  stub.addCall({ sid: 'CA1' });
  stub.addCall({ sid: 'CA2' });
  await sdk().calls('CA1').update({ status: 'completed' });
  stub.setStatus('CA2', 'completed');
  expect(ended).toEqual(['CA1']);
});

it('ends a call with a lag some time after its answer', async () => {
  stub.addCall({ sid: 'CA1', hangupLag: 500 });
  expect((await sdk().calls('CA1').update({ status: 'completed' })).status).toBe('in-progress');
  clock.advance(499);
  expect(stub.calls.get('CA1')?.status).toBe('in-progress');
  clock.advance(1);
  expect(stub.calls.get('CA1')?.status).toBe('completed');
});

it('acts although the answer is lost, when asked to', async () => {
  stub.addCall({ sid: 'CA1' });
  stub.failNext('CA1', [{ reset: true, afterActing: true }]);
  await expect(sdk().calls('CA1').update({ status: 'completed' })).rejects.toThrow();
  expect(stub.calls.get('CA1')?.status).toBe('completed');
});

it('remembers when requests came, and only the newest', async () => {
  const small = await startStubTwilio({ requestsMax: 2, clock });
  for (let index = 0; index < 9; index += 1) await fetch(`${small.url}/${index}`);
  expect(small.requests().length).toBeLessThanOrEqual(4);
  expect(small.requests().at(-1)).toMatchObject({
    url: '/8',
    arrivedAt: clock.monotonic(),
    arrivedWallAt: clock.now(),
  });
  await small.close();
});

it('signs status callbacks so that the official check accepts them, in order', async () => {
  const received: { signature: string; fields: Record<string, string> }[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const signature = String(request.headers['x-twilio-signature']);
      received.push({ signature, fields: Object.fromEntries(new URLSearchParams(body)) });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const statusCallback = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhooks/twilio/status`;
  const statusCallbackEvents = ['ringing', 'answered', 'completed'] as const;
  stub.addCall({ sid: 'CA1', status: 'queued', statusCallback, statusCallbackEvents });
  for (const status of ['ringing', 'in-progress', 'completed'] as const) stub.setStatus('CA1', status);
  await stub.callbacksSent();
  receiver.close();
  expect(received.map(({ fields }) => [fields['CallStatus'], fields['SequenceNumber']])).toEqual([
    ['ringing', '0'],
    ['in-progress', '1'],
    ['completed', '2'],
  ]);
  for (const { signature, fields } of received) {
    expect(twilio.validateRequest(STUB_TWILIO_ACCOUNT.authToken, signature, statusCallback, fields)).toBe(
      true,
    );
  }
});
