/** Text messages through Twilio's Messages resource: now, and at the instant that was agreed on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/clock/manual-clock.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import { defineMessage } from '../../../src/end-functions/shipped/message.ts';
import type { MessageOptions } from '../../../src/end-functions/shipped/message.ts';
import { input } from '../fixture.ts';
import { signal, stage } from './receiver.ts';
import type { Answer, Stage } from './receiver.ts';

let on: Stage;
beforeEach(() => void (on = stage()));
afterEach(() => on.close());

const NOW = Date.UTC(2026, 10, 20, 10);
const clock = new ManualClock(NOW);
const CREATED: Answer = { status: 201, body: JSON.stringify({ sid: 'SM1', status: 'queued', body: 'x' }) };
const given = { ...input, call: { ...input.call, from: '+15550100', callId: 'CA1' }, state: { name: 'Ann' } };

async function sms(
  more: Partial<MessageOptions> = {},
  answer: Answer = CREATED,
  name: 'sms' | 'callback' = 'sms',
) {
  const { url, received } = await on.receive(answer);
  const account = { accountSid: 'AC1', username: 'AC1', password: 'planted-token', baseUrl: url };
  const options = {
    to: '{call.from}',
    from: '+15550199',
    body: 'Thank you, {state.name}.',
    account,
    ...more,
  };
  return { sms: on.ship(defineMessage(name, options, clock)), received };
}

const formOf = (body: string): JsonObject => Object.fromEntries(new URLSearchParams(body));

it('fills the text from the call and posts it with the account, once', async () => {
  const { sms: message, received } = await sms();
  expect(await message.run(given, { signal })).toEqual({
    result: 'done',
    data: { output: { sid: 'SM1', status: 'queued' } },
  });
  expect(received).toMatchObject([{ method: 'POST', path: '/2010-04-01/Accounts/AC1/Messages.json' }]);
  expect(received[0]?.headers).toMatchObject({
    authorization: `Basic ${Buffer.from('AC1:planted-token').toString('base64')}`,
    'idempotency-key': input.idempotencyKey,
  });
  expect(formOf(received[0]?.body ?? '')).toEqual({
    To: '+15550100',
    From: '+15550199',
    Body: 'Thank you, Ann.',
  });
});

it('sends through a messaging service where that is the sender', async () => {
  const { sms: message, received } = await sms({ from: 'MG1' });
  await message.run(given, { signal });
  expect(formOf(received[0]?.body ?? '')).toMatchObject({ MessagingServiceSid: 'MG1' });
});

it('never sends a blank in the place of what it does not know (field rule 55)', async () => {
  const { sms: message, received } = await sms();
  const outcome = await message.run({ ...given, state: { name: '' } }, { signal });
  expect(outcome).toMatchObject({
    result: 'fatal',
    code: 'message_incomplete',
    detail: expect.stringMatching(/state\.name/),
  });
  const long = await message.run({ ...given, state: { name: 'n'.repeat(2_000) } }, { signal });
  expect(long).toMatchObject({ result: 'fatal', code: 'message_too_long' });
  expect(received).toEqual([]);
});

it.each([
  [
    { status: 400, body: '{"code":21211,"message":"Invalid To +15550100","status":400}' },
    'fatal',
    'twilio_21211',
  ],
  [{ status: 401, body: '{"code":20003,"status":401}' }, 'fatal', 'twilio_20003'],
  [{ status: 429, body: '{"code":20429,"status":429}' }, 'retry', 'twilio_20429'],
  [{ status: 503, body: '<html>' }, 'retry', 'http_503'],
] as const)('reads %j as %s', async (answer, result, code) => {
  const { sms: message } = await sms({}, answer);
  const outcome = await message.run(given, { signal });
  expect(outcome).toMatchObject({ result, code });
  expect(JSON.stringify(outcome)).not.toContain('+15550100');
});

it('without an account is refused at start', () => {
  const options = { to: '{call.from}', from: '+1', body: 'x' };
  expect(() => defineMessage('sms', options, clock)).toThrow(/TWILIO_ACCOUNT_SID/);
});

describe('a callback', () => {
  const at = 'state.callbackAt';
  const due = NOW + 7_200_000;
  const asked = (callbackAt: JsonObject[string]) => ({ ...given, state: { ...given.state, callbackAt } });

  it('asks to be run again at the instant, and sends then', async () => {
    const { sms: callback, received } = await sms({ at }, CREATED, 'callback');
    const booked = asked(new Date(due).toISOString());
    expect(await callback.run(booked, { signal })).toEqual({
      result: 'done',
      data: { runAgainAt: due, output: { sendAt: '2026-11-20T12:00:00.000Z' } },
    });
    expect(received).toEqual([]);
    expect(await callback.run({ ...booked, scheduledFor: due }, { signal })).toMatchObject({
      result: 'done',
    });
    expect(received).toHaveLength(1);
  });

  it('that is due already is sent at once, and one that is no instant is refused', async () => {
    const { sms: callback, received } = await sms({ at }, CREATED, 'callback');
    expect(await callback.run(asked(NOW - 1), { signal })).toMatchObject({
      data: { output: { sid: 'SM1' } },
    });
    expect(received).toHaveLength(1);
    expect(await callback.run(asked('tomorrow at noon'), { signal })).toMatchObject({
      code: 'callback_time_invalid',
    });
  });

  it('that nobody asked for is skipped', async () => {
    const { sms: callback } = await sms({ at }, CREATED, 'callback');
    expect(callback.manifest.onlyIf).toEqual({ 'state.callbackAt': { present: true } });
  });
});

it('shows in the sandbox what it would send', async () => {
  const { sms: message, received } = await sms();
  expect(await message.run(given, { signal, sandbox: true })).toMatchObject({ result: 'done' });
  expect(message.shown).toMatchObject([{ body: { To: '+15550100', Body: 'Thank you, Ann.' } }]);
  expect(JSON.stringify(message.shown)).not.toContain('planted-token');
  expect(received).toEqual([]);
});
