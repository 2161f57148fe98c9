/** Row 56: the room is deleted, its SIP leg goes on, and the leg's carrier ends it. */
import { expect, it } from 'vitest';
import { createCarriers } from '../../src/carriers/registry.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { startStubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import { startStubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import { attemptOptions } from './attempt-options.ts';

it('a SIP leg that survives its room is hung up with what the deletion reported (field rule 41)', async () => {
  const twilio = await startStubTwilio();
  const livekit = await startStubLiveKit();
  const { carriers, rooms, close } = await createCarriers(
    { twilio: { accounts: twilio.accounts, baseUrl: twilio.url }, livekit },
    systemClock,
  );
  const { sid: callSid, accountSid } = twilio.addCall({ sid: 'CA1' });
  const attributes = { 'sip.twilio.callSid': callSid, 'sip.twilio.accountSid': accountSid };
  livekit.addRoom({
    name: 'r1',
    participants: [{ identity: 'sip_1', kind: 'SIP', attributes, survivesRoom: true }],
  });

  const deleted = await rooms.get('livekit')?.deleteRoom({ name: 'r1' }, attemptOptions());
  expect(deleted).toEqual({ result: 'done', data: { sip: [{ identity: 'sip_1', callSid, accountSid }] } });
  expect(twilio.calls.get('CA1')?.status).toBe('in-progress');

  const hungUp = await carriers
    .get('twilio')
    ?.hangUp({ callSid, accountSid }, { ...attemptOptions(), unanswered: false });
  expect(hungUp).toEqual({ result: 'done', status: 'completed' });

  await close();
  await twilio.close();
  await livekit.close();
});
