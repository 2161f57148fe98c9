/** Decision table: transfers, dialling, the system's own ends and operators (rows 31 to 50). */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import { aCall, BOTH, GONE, ROOM, twilioCall } from './call-under-test.ts';
import type { CallUnderTest } from './call-under-test.ts';

const STD = { carrier: 'confirmed_by_response', session: 'confirmed_by_response' };
const SPEAKS = { capabilities: { farewell: true, farewellEvents: true } };

/** The gateway says the goodbye that it was asked for, and plays its mark. */
function saysGoodbye(call: CallUnderTest): CallUnderTest {
  const { utteranceId } = call.commands('farewell')[0] ?? call.commands('say')[0] ?? {};
  return call
    .play('farewell.started', { utteranceId: utteranceId ?? '' })
    .play('farewell.finished', { utteranceId: utteranceId ?? '', audioMs: 900 })
    .wait(500)
    .echo()
    .untilClosed();
}

describe('transfers', () => {
  it('row 31, field rule 38: all legs survive', () => {
    const call = aCall({ start: BOTH }).play('call.transferred', { to: 'sales' }).untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('agent / transferred / none_needed');
    expect(call.legs).toEqual({ carrier: 'not_ours', room: 'not_ours', session: 'confirmed_by_response' });
    expect([...call.of('hang-up-leg'), ...call.of('delete-room')]).toEqual([]);
  });

  it('row 32: a SIP REFER leaves the line, the room is deleted', () => {
    const call = aCall({ start: BOTH })
      .play('call.transferred', { survivors: ['carrier'] })
      .untilClosed();
    expect(call.ending).toBe('agent / transferred / none_needed');
    expect(call.legs).toMatchObject({ carrier: 'not_ours', room: 'confirmed_by_response' });
  });

  it('row 33: a human joins and the agent leaves', () => {
    const call = aCall({ start: BOTH })
      .play('leg.added', { key: 'human', leg: { callSid: 'CA2' }, role: 'transfer' })
      .play('transfer.started')
      .play('call.transferred')
      .untilClosed();
    expect(call.legs).toEqual({
      carrier: 'not_ours',
      room: 'not_ours',
      human: 'not_ours',
      session: 'confirmed_by_response',
    });
  });

  it('row 33, invariant 24: a surviving leg that is learned late survives too', () => {
    const call = aCall({ start: BOTH, script: { close: 'never' } }).play('call.transferred');
    call.play('leg.added', { key: 'human', leg: { callSid: 'CA2' } }).untilClosed();
    expect(call.legs['human']).toBe('not_ours');
  });

  it('row 34: transfer and end in either order', () => {
    const endFirst = aCall()
      .play('end.requested', { farewell: 'spoken' })
      .play('call.transferred')
      .echo()
      .untilClosed();
    expect(endFirst.path).toBe('A D T P Z');
    expect(endFirst.ending).toBe('agent / transferred / confirmed');
    const speaking = aCall()
      .play('end.requested', { farewell: 'reply' })
      .play('call.transferred')
      .untilClosed();
    expect(speaking.path).toBe('A F D T P Z');
    const transferFirst = aCall().play('call.transferred').play('end.requested').untilClosed();
    expect(transferFirst.ending).toBe('agent / transferred / none_needed');
    for (const call of [endFirst, speaking, transferFirst]) {
      expect(call.record.endReason).toBe('transferred');
      expect(call.legs['carrier']).toBe('not_ours');
      expect(call.of('hang-up-leg')).toEqual([]);
    }
  });

  it('row 34: after a transfer the end is not taken back', () => {
    const call = twilioCall({ policy: { bargeIn: 'resume' } })
      .play('end.requested', { farewell: 'spoken' })
      .play('call.transferred')
      .operator('end-cancelled')
      .play('caller.spoke', { text: 'hello there', final: true });
    expect(call.name).toBe('draining');
  });

  it('row 34: too late once the hangup was sent', () => {
    const call = aCall({ script: { 'hang-up-leg': { afterMs: 900, outcome: { result: 'done' } } } })
      .play('end.requested', { farewell: 'none' })
      .play('call.transferred')
      .untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / none_needed');
  });

  it('rule R3, field rule 51: a PBX pulls the leg first and tells of the transfer after', () => {
    const call = aCall({ script: { 'hang-up-leg': 'never' } })
      .play('caller.left')
      .wait(2_000)
      .play('call.transferred')
      .untilClosed();
    expect(call.ending).toBe('agent / transferred / none_needed');
    expect(call.causes).toEqual(['caller.left', 'call.transferred']);
    const late = aCall({ script: { 'hang-up-leg': { afterMs: 2_500, outcome: GONE } } })
      .play('caller.left')
      .wait(2_001)
      .play('call.transferred')
      .untilClosed();
    expect(late.ending).toBe('caller / caller_hangup / none_needed');
  });

  it('row 35: an end waits for a ringing transfer, a kill does not', () => {
    const call = aCall().play('transfer.started').play('end.requested', { farewell: 'spoken' });
    expect(call.path).toBe('A');
    expect(call.commands('end-refused')).toMatchObject([{ code: 'transfer_pending' }]);
    expect(call.notes.some(({ type }) => type === 'end.refused')).toBe(true);
    const failed = aCall().play('transfer.started').play('transfer.failed').play('end.requested');
    expect(failed.name).toBe('draining');
    const timedOut = aCall().play('transfer.started').wait(60_000).play('end.requested');
    expect(timedOut.name).toBe('draining');
    call.operator('kill-requested').untilClosed();
    expect(call.ending).toBe('operator / operator_ended / none_needed');
  });

  it('row 35: the silence of a caller counts again when the transfer ran out', () => {
    const call = twilioCall({ policy: { timers: { silenceMs: 20_000 } } }).play('transfer.started');
    call.wait(60_000);
    expect(call.state.timers.some(({ timerId }) => timerId.startsWith('silence.'))).toBe(true);
    call.untilClosed();
    expect(call.ending).toBe('system / silence_timeout / none_needed');
  });

  it('row 36, field rule 60: the caller leaves, the leg that rings is cancelled', () => {
    const call = aCall()
      .play('leg.added', { key: 'human', leg: { callSid: 'CA2' }, role: 'transfer' })
      .play('transfer.started')
      .play('caller.left')
      .untilClosed();
    expect(call.ending).toBe('caller / caller_hangup / none_needed');
    expect(call.legs['human']).toBe('confirmed_by_response');
    expect(call.of('hang-up-leg').map(({ payload }) => 'leg' in payload && payload.leg)).toContain('human');
  });

  it('row 37: a room that others own is left alone', () => {
    const call = aCall({ start: { ...BOTH, policy: { deleteRoom: false } } })
      .play('caller.left')
      .untilClosed();
    expect(call.legs['room']).toBe('not_ours');
    expect(call.of('delete-room')).toEqual([]);
  });
});

describe('voicemail', () => {
  it('row 38: a message is spoken to its end, nobody barges in', () => {
    const call = twilioCall({
      capabilities: { say: true, farewellEvents: true },
      policy: { bargeIn: 'resume' },
      direction: 'outbound',
    });
    call.play('end.requested', { by: 'voicemail', farewell: { say: 'Call us back.' } });
    expect(call.commands('say')).toEqual([{ text: 'Call us back.', utteranceId: 'onhook-1' }]);
    call.play('caller.spoke', { text: 'please leave a message', final: true });
    saysGoodbye(call);
    expect(call.path).toBe('A F D T P Z');
    expect(call.ending).toBe('agent / voicemail / confirmed');
  });

  it('row 38: a gateway that tells no more accepts the text and its length', () => {
    const call = twilioCall(
      { capabilities: { say: true } },
      { script: { say: { result: 'done', data: { audioMs: 4_000 } } } },
    ).play('end.requested', { by: 'voicemail', farewell: { say: 'Call us back.' } });
    expect(call.name).toBe('draining');
    expect(call.wait(8_999).name).toBe('draining');
    call.untilClosed();
    expect(call.path).toBe('A F D T P Z');
    expect(call.ending).toBe('agent / voicemail / unconfirmed');
  });

  it('row 39: without a message the line is ended', () => {
    const call = aCall().play('end.requested', { by: 'voicemail', farewell: 'none' }).untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('agent / voicemail / none_needed');
    expect(call.legs).toEqual(STD);
  });
});

describe('dialling', () => {
  const dialled = (): CallUnderTest => twilioCall({ direction: 'outbound' });

  it.each([
    ['no-answer', undefined, 'carrier / no_answer'],
    ['busy', undefined, 'carrier / busy'],
    ['failed', undefined, 'carrier / dial_failed'],
    ['failed', 404, 'carrier / invalid_destination'],
    ['failed', 484, 'carrier / invalid_destination'],
    ['failed', 603, 'caller / declined'],
    ['busy', 603, 'caller / declined'],
  ])('rows 40 and 41: %s %s', (status, sipCode, ending) => {
    const data: JsonObject = { leg: 'carrier', status, ...(sipCode === undefined ? {} : { sipCode }) };
    const call = dialled().webhook('leg.status', data).untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe(`${ending} / none_needed`);
    expect(call.legs['carrier']).toBe('confirmed_by_event');
    expect(call.record.endFunctions).toMatchObject([{ status: 'succeeded' }]);
  });

  it('row 40: what was connected did not fail to be dialled: its carrier failed', () => {
    const answered = dialled().webhook('leg.status', { leg: 'carrier', status: 'in-progress', sequence: 1 });
    const inbound = twilioCall({ direction: 'inbound' });
    for (const call of [answered, inbound]) {
      call.webhook('leg.status', { leg: 'carrier', status: 'failed', sequence: 2 }).untilClosed();
      expect(call.path).toBe('A T P Z');
      expect(call.ending).toBe('carrier / provider_error / none_needed');
      expect(call.legs['carrier']).toBe('confirmed_by_event');
    }
  });

  it('row 42: no callback at all', () => {
    const call = dialled().wait(119_999);
    expect(call.path).toBe('A');
    call.untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('system / no_answer / none_needed');
    expect(call.of('hang-up-leg')[0]?.payload).toMatchObject({ unanswered: true });
  });

  it('row 42, field rule 44: media proves an answer whatever the callbacks said', () => {
    const call = dialled().play('stream.started').wait(200_000);
    expect(call.path).toBe('A');
    expect(call.state.account.answeredAt).toBeDefined();
  });

  it('row 43, field rule 48: an end while it rings cancels first', () => {
    const agent = dialled().play('end.requested', { farewell: 'spoken' }).untilClosed();
    const operator = dialled().operator('end-requested').untilClosed();
    expect(agent.ending).toBe('agent / canceled_before_answer / none_needed');
    expect(operator.ending).toBe('operator / canceled_before_answer / none_needed');
    for (const call of [agent, operator]) {
      expect(call.path).toBe('A T P Z');
      expect(call.of('hang-up-leg')[0]?.payload).toMatchObject({ unanswered: true });
    }
  });

  it('row 44: an inbound caller leaves before the answer', () => {
    const call = twilioCall({ direction: 'inbound' })
      .webhook('leg.status', { leg: 'carrier', status: 'ringing', sequence: 1 })
      .webhook('leg.status', { leg: 'carrier', status: 'canceled', sequence: 2 })
      .untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('caller / canceled_before_answer / none_needed');
    expect(call.legs['carrier']).toBe('confirmed_by_event');
  });

  it('row 45, field rule 26: refused by policy, also while it rings', () => {
    const plain = twilioCall({ direction: 'inbound', policy: { farewell: 'reply' } });
    const ringing = twilioCall({ direction: 'inbound' }).webhook('leg.status', {
      leg: 'carrier',
      status: 'ringing',
    });
    for (const call of [plain, ringing]) {
      call.play('end.requested', { by: 'policy' }).untilClosed();
      expect(call.path).toBe('A T P Z');
      expect(call.ending).toBe('system / rejected_by_policy / none_needed');
      expect(call.legs).toEqual(STD);
    }
  });
});

describe("the system's own ends", () => {
  it('row 46: nobody speaks', () => {
    const call = twilioCall({ ...SPEAKS, policy: { timers: { silenceMs: 20_000 } } });
    call.wait(15_000).play('caller.spoke').wait(19_999);
    expect(call.path).toBe('A');
    call.wait(1);
    expect(call.commands('farewell')).toMatchObject([{ attempt: 1, utteranceId: 'onhook-1' }]);
    saysGoodbye(call);
    expect(call.path).toBe('A F D T P Z');
    expect(call.ending).toBe('system / silence_timeout / confirmed');
  });

  it('row 46: a gateway that cannot speak for us is just ended', () => {
    const call = twilioCall({ policy: { timers: { silenceMs: 20_000 } } }).untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('system / silence_timeout / none_needed');
  });

  it('row 47, field rule 46: the longest call says goodbye, from its first known start', () => {
    const call = twilioCall({ ...SPEAKS, policy: { timers: { maxCallMs: 600_000 }, bargeIn: 'resume' } });
    call.wait(300_000).play('end.requested', { farewell: 'spoken' });
    call.play('caller.spoke', { text: 'one question', final: true }).wait(299_999);
    expect(call.path).toBe('A D A');
    call.wait(1);
    expect(call.name).toBe('farewell-speaking');
    saysGoodbye(call);
    expect(call.ending).toBe('system / max_duration / confirmed');
  });

  it('row 48: an operator ends it politely', () => {
    const call = twilioCall({ capabilities: { say: true }, policy: { systemFarewell: { say: 'Closing.' } } });
    call.operator('end-requested');
    expect(call.commands('say')).toMatchObject([{ text: 'Closing.' }]);
    call.echo().untilClosed();
    expect(call.path).toBe('A F D T P Z');
    expect(call.ending).toBe('operator / operator_ended / confirmed');
    const mute = aCall().operator('end-requested').untilClosed();
    expect(mute.path).toBe('A T P Z');
  });

  it('row 49: a kill ends at once, the first cause stays', () => {
    const active = aCall().operator('kill-requested').untilClosed();
    expect(active.ending).toBe('operator / operator_ended / none_needed');
    const speaking = aCall().play('end.requested', { farewell: 'reply' }).operator('kill-requested');
    const draining = aCall().play('end.requested', { farewell: 'spoken' }).operator('kill-requested');
    expect(speaking.untilClosed().path).toBe('A F T P Z');
    expect(draining.untilClosed().path).toBe('A D T P Z');
    for (const call of [speaking, draining]) {
      expect(call.ending).toBe('agent / agent_end_call / interrupted');
      expect(call.causes).toEqual(['end.requested', 'operator.kill-requested']);
    }
  });

  it('row 49: after the hangup a kill changes nothing', () => {
    const call = aCall({ script: { 'hang-up-leg': { afterMs: 500, outcome: { result: 'done' } } } })
      .play('end.requested', { farewell: 'none' })
      .operator('kill-requested')
      .wait(600)
      .operator('kill-requested')
      .untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / none_needed');
    expect(call.of('hang-up-leg')).toHaveLength(1);
  });

  it('row 50: an operator takes the end back before the hangup, not after', () => {
    const call = aCall().play('end.requested', { farewell: 'spoken' }).operator('end-cancelled');
    expect(call.path).toBe('A D A');
    expect(call.commands('end-cancelled')).toEqual([{ attempt: 1 }]);
    const speaking = aCall().play('end.requested', { farewell: 'reply' }).operator('end-cancelled');
    expect(speaking.path).toBe('A F A');
    const late = aCall({ start: ROOM, script: { 'delete-room': 'never' } });
    late.play('end.requested', { farewell: 'none' }).operator('end-cancelled');
    expect(late.name).toBe('terminating');
  });

  it('row 59: a gateway that shuts down says goodbye like any other', () => {
    const call = aCall().play('end.requested', { by: 'worker_shutdown', farewell: 'reply' });
    call.play('farewell.finished', { utteranceId: 'u1' }).echo().untilClosed();
    expect(call.path).toBe('A F D T P Z');
    expect(call.ending).toBe('system / worker_shutdown / confirmed');
  });
});
