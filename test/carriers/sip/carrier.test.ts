/** `sip`: the gateway's own lines, ended by its command; what each of its answers means. */
import { expect, it } from 'vitest';
import { createSipCarrier } from '../../../src/carriers/sip/carrier.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Outcome } from '../../../src/contract/outcome.ts';
import { twilioCall } from '../../actors/call-under-test.ts';
import { attemptOptions } from '../attempt-options.ts';

const command = { gateway: 'gw1', callId: 'CA1', leg: 'carrier', effectId: 'e1', era: 1, seq: 7 };
const options = { ...attemptOptions(), unanswered: false, command };

function asked(reply: Outcome) {
  const sent: { address: object; body: JsonObject }[] = [];
  const carrier = createSipCarrier({
    send: (address, body) => {
      sent.push({ address, body });
      return Promise.resolve(reply);
    },
  });
  return { carrier, sent };
}

it('sends the command hangup with the line and what makes it act once', async () => {
  const { carrier, sent } = asked({ result: 'done' });
  const outcome = await carrier.hangUp({ legId: 'dialog-1' }, { ...options, unanswered: true });
  expect(outcome).toEqual({ result: 'accepted' });
  expect(sent).toEqual([
    {
      address: { gateway: 'gw1', callId: 'CA1', verb: 'hangup' },
      body: { legId: 'dialog-1', leg: 'carrier', effectId: 'e1', era: 1, seq: 7, unanswered: true },
    },
  ]);
});

it.each<[Outcome, Partial<Outcome>]>([
  [
    { result: 'done', data: { ended: true } },
    { result: 'done', status: 'ended' },
  ],
  [{ result: 'done', data: { acted: false, why: 'duplicate' } }, { result: 'accepted' }],
  [
    { result: 'refused', code: 'already_ended' },
    { result: 'already-gone', code: 'sip_already_ended' },
  ],
  [{ result: 'refused', code: 'unknown_leg' }, { result: 'already-gone' }],
  [
    { result: 'refused', code: '501' },
    { result: 'retry', code: 'sip_501' },
  ],
  [{ result: 'no-responder' }, { result: 'retry', code: 'sip_no_responder' }],
  [
    { result: 'retry', code: 'unanswered' },
    { result: 'retry', code: 'unanswered' },
  ],
])('reads the answer %j as %j', async (reply, meaning) => {
  expect(await asked(reply).carrier.hangUp({}, options)).toMatchObject(meaning);
});

it('is not asked whether a line lives: its gateway tells', async () => {
  const { carrier, sent } = asked({ result: 'done' });
  expect(await carrier.ask({}, options)).toMatchObject({ result: 'fatal', code: 'ask_unsupported' });
  expect(sent).toEqual([]);
});

it('a call of a gateway with its own lines ends by the leg.status that only such a gateway may say', () => {
  const start = { provider: 'sip', legs: { carrier: { legId: 'dialog-1' } } };
  const accepted: Outcome = { result: 'accepted' };
  const unaskable: Outcome = { result: 'fatal', code: 'ask_unsupported' };
  const script = { 'hang-up-leg': accepted, 'ask-leg': unaskable };
  const call = twilioCall(start, { script }).play('end.requested', { farewell: 'none' }).wait(500);
  expect(call.of('hang-up-leg')).toMatchObject([
    { payload: { provider: 'sip', address: { legId: 'dialog-1' } } },
  ]);
  call.play('leg.status', { leg: 'carrier', status: 'completed' }).untilClosed();
  expect(call.legs['carrier']).toBe('confirmed_by_event');
});
