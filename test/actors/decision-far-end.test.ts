/** Decision table: the far end, the media or the gateway goes away (rows 18 to 30, 51 to 54). */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { aCall, BOTH, GONE, LIVE, NOBODY, ROOM, twilioCall } from './call-under-test.ts';
import type { CallUnderTest } from './call-under-test.ts';

const COMPLETED: Outcome = { result: 'done', status: 'completed' };
const STD = { carrier: 'confirmed_by_response', session: 'confirmed_by_response' };

/** Every word that the gateway says keeps it alive; this one says nothing and hears nothing. */
const silentGateway = (ask: Outcome, more: JsonObject = {}): CallUnderTest =>
  twilioCall(more, { script: { ping: NOBODY, close: NOBODY, 'ask-leg': ask } });

/** Long enough for liveness (spread included), its ping and the answers. */
const LIVENESS_MS = 48_000;

describe('the caller leaves', () => {
  it('row 18: in active, the line is gone already when it is hung up', () => {
    const call = aCall({ script: { 'hang-up-leg': GONE } })
      .play('caller.left')
      .untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('caller / caller_hangup / none_needed');
    expect(call.record.endedByBasis).toBe('reported');
    expect(call.legs).toEqual({ ...STD, carrier: 'already_ended' });
  });

  it('row 18: evidence that came first needs no request', () => {
    const call = aCall().webhook('leg.status', { leg: 'carrier', status: 'completed' }).untilClosed();
    expect(call.legs).toEqual({ ...STD, carrier: 'confirmed_by_event' });
    expect(call.record.legs['carrier']?.attempts).toBe(0);
    expect(call.of('hang-up-leg')).toEqual([]);
    expect(call.record.endedByBasis).toBe('inferred');
    expect(call.record.endedAt).toBe(call.record.startedAt);
  });

  it('row 19: in the farewell or the drain, the farewell is skipped', () => {
    const speaking = aCall().play('end.requested', { farewell: 'reply' }).play('caller.left').untilClosed();
    expect(speaking.path).toBe('A F T P Z');
    const draining = aCall().play('end.requested', { farewell: 'spoken' }).play('caller.left').untilClosed();
    expect(draining.path).toBe('A D T P Z');
    for (const call of [speaking, draining]) {
      expect(call.ending).toBe('agent / agent_end_call / skipped_caller_left');
      expect(call.causes).toEqual(['end.requested', 'caller.left']);
    }
  });

  it('row 19: an echo that was logged before stays confirmed', () => {
    const call = twilioCall({ policy: { bargeIn: 'listen' } })
      .play('end.requested', { farewell: 'spoken' })
      .play('caller.spoke', { text: 'thanks' })
      .echo()
      .play('caller.left')
      .untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
  });

  it('row 20: while the hangup is in flight it changes nothing', () => {
    const call = aCall({ script: { 'hang-up-leg': { afterMs: 800, outcome: COMPLETED } } })
      .play('end.requested', { farewell: 'none' })
      .wait(100)
      .play('caller.left')
      .untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / none_needed');
    expect(call.of('hang-up-leg')).toHaveLength(1);
    expect(call.legs).toEqual(STD);
  });
});

describe('the media stops', () => {
  it('row 21, field rule 20: the carrier is asked at once and says that the call ended', () => {
    const call = aCall({ script: { 'ask-leg': COMPLETED } })
      .play('stream.stopped')
      .untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('caller / caller_hangup / none_needed');
    expect(call.record.endedByBasis).toBe('inferred');
    expect(call.legs['carrier']).toBe('confirmed_by_poll');
    expect(call.record.endedAt).toBe(call.record.startedAt);
    expect(call.of('hang-up-leg')).toEqual([]);
  });

  it('row 22: the carrier says in progress, and the media stays away', () => {
    const call = aCall().play('stream.stopped').wait(9_999);
    expect(call.name).toBe('active');
    call.untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('system / media_failure / none_needed');
    expect(call.legs).toEqual(STD);
    expect(call.alarms).toContain('unattended_end');
  });

  it('row 22: a live child call is a transfer, and afterMedia leaves the line to its carrier', () => {
    const child = aCall({ script: { 'ask-leg': { ...LIVE, data: { children: 1 } } } });
    child.play('stream.stopped').untilClosed();
    expect(child.ending).toBe('agent / transferred / none_needed');
    expect(child.legs['carrier']).toBe('not_ours');
    const left = twilioCall({ policy: { afterMedia: 'continue' } })
      .play('stream.stopped')
      .untilClosed();
    expect(left.legs['carrier']).toBe('not_ours');
    expect(left.of('hang-up-leg')).toEqual([]);
  });

  it.each(['stream.started', 'caller.spoke', 'agent.spoke'])(
    'row 23: %s in time, the call goes on',
    (type) => {
      const call = aCall().play('stream.stopped').wait(9_000).play(type).wait(20_000);
      expect(call.path).toBe('A');
      expect(call.state.timers.filter(({ timerId }) => timerId.startsWith('mediaLost.'))).toEqual([]);
    },
  );

  it('row 24: in the drain nothing can be heard any more', () => {
    const call = aCall().play('end.requested', { farewell: 'spoken' });
    call.fold(call.message('stream.stopped'));
    expect(call.name).toBe('terminating');
    call.untilClosed();
    expect(call.path).toBe('A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / unconfirmed');
  });
});

describe('the gateway is silent', () => {
  it('row 25: pinged, the carrier asked, and ended after gatewayLostMs', () => {
    const call = silentGateway(LIVE).wait(29_999);
    expect(call.commands('ping')).toEqual([]);
    call.wait(LIVENESS_MS - 29_999);
    expect(call.commands('ping')).toHaveLength(1);
    expect(call.of('ask-leg')).toHaveLength(1);
    expect(call.name).toBe('active');
    call.untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('system / gateway_lost / none_needed');
    expect(call.legs).toEqual({ carrier: 'confirmed_by_response', session: 'already_ended' });
    expect(call.causes).toContain('gateway_lost');
  });

  it('row 26: the carrier says that the call ended', () => {
    const call = silentGateway(COMPLETED).untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('caller / caller_hangup / none_needed');
    expect(call.record.endedByBasis).toBe('inferred');
    expect(call.legs['carrier']).toBe('confirmed_by_poll');
  });

  it('row 27: gone in the drain, after commandRetryMs', () => {
    const call = aCall({ script: { mark: NOBODY, close: NOBODY, 'end-accepted': NOBODY } });
    call.play('end.requested', { farewell: 'spoken' }).wait(1_900);
    expect(call.name).toBe('draining');
    call.wait(1_100);
    expect(call.name).not.toBe('draining');
    call.untilClosed();
    expect(call.path).toBe('A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / unconfirmed');
    expect(call.causes).toContain('gateway_lost');
  });

  it('row 27, field rule 24: gone while it should speak', () => {
    const call = aCall({ script: { 'end-accepted': NOBODY, close: NOBODY } })
      .play('end.requested', { farewell: 'reply' })
      .wait(1_900);
    expect(call.name).toBe('farewell-speaking');
    call.wait(1_100).untilClosed();
    expect(call.path).toBe('A F T P Z');
    expect(call.ending).toBe('agent / agent_end_call / timed_out');
    expect(call.causes).toContain('gateway_lost');
  });

  it('row 28: a ping that is answered ends nothing', () => {
    const call = aCall().wait(300_000);
    expect(call.commands('ping').length).toBeGreaterThan(3);
    expect(call.path).toBe('A');
    expect(call.of('ask-leg')).toEqual([]);
  });

  it('row 29: a word from another instance is a word of the gateway', () => {
    const call = silentGateway(LIVE).wait(LIVENESS_MS).play('agent.spoke').wait(20_000);
    expect(call.path).toBe('A');
  });

  it('row 30: onhook does not wait for a tool, and a paused activity stops the silence timer', () => {
    const call = twilioCall({ policy: { timers: { silenceMs: 5_000 } } });
    call.play('activity.paused').wait(25_000);
    expect(call.path).toBe('A');
    call.play('end.requested', { farewell: 'spoken' }).echo().untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
  });
});

describe('rule R11: absence only verifies', () => {
  it('rule R11: above the limit of the fleet the end waits and alarms', () => {
    const call = aCall({ script: { 'permit-unattended': 'never' } })
      .play('stream.stopped')
      .wait(60_000);
    expect(call.path).toBe('A');
    expect(call.alarms).toContain('unattended_end');
    call.own('unattended.permitted').untilClosed();
    expect(call.ending).toBe('system / media_failure / none_needed');
  });

  it('rule R11: a permission that nobody waits for ends nothing', () => {
    const call = aCall({ script: { 'permit-unattended': 'never' } })
      .play('stream.stopped')
      .wait(20_000);
    const [asked] = call.of('permit-unattended');
    call.play('stream.started');
    expect(call.state.effects.map(({ request }) => request.effectId)).not.toContain(asked?.effectId);
    call.own('unattended.permitted').wait(10_000);
    expect(call.path).toBe('A');
  });

  it('log rule 16: absences start again from the moment the log came back', () => {
    const call = aCall().play('stream.stopped').wait(8_000);
    call.world = { ...call.world, restoredAt: call.at };
    expect(call.wait(9_999).path).toBe('A');
    call.untilClosed();
    expect(call.ending).toBe('system / media_failure / none_needed');
  });
});

describe('participants of a room', () => {
  const inRoom = (): CallUnderTest => aCall({ start: ROOM });

  it('row 51: the caller left for good, the agent goes on', () => {
    const call = inRoom()
      .webhook('participant.left', { identity: 'sip-1', kind: 'SIP', reason: 'CLIENT_INITIATED' })
      .untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('caller / caller_hangup / none_needed');
    expect(call.legs).toEqual({ room: 'confirmed_by_response', session: 'confirmed_by_response' });
  });

  it.each([
    ['outbound', 'dial_failed'],
    ['inbound', 'provider_error'],
  ])('row 40: a trunk that fails under a room, %s', (direction, reason) => {
    const call = aCall({ start: { ...ROOM, direction } })
      .webhook('participant.left', { identity: 'sip-1', kind: 'SIP', reason: 'SIP_TRUNK_FAILURE' })
      .untilClosed();
    expect(call.ending).toBe(`carrier / ${reason} / none_needed`);
  });

  it('row 52, field rule 39: an unclear leave ends the call unless the caller is back in time', () => {
    const left = { identity: 'sip-1', kind: 'SIP', reason: 'STATE_MISMATCH' };
    const gone = inRoom().webhook('participant.left', left).wait(14_999);
    expect(gone.path).toBe('A');
    gone.untilClosed();
    expect(gone.ending).toBe('carrier / media_failure / none_needed');
    const back = inRoom().webhook('participant.left', left).wait(10_000);
    back.webhook('participant.joined', { identity: 'sip-1', kind: 'SIP' }).wait(30_000);
    expect(back.path).toBe('A');
  });

  it.each(['MIGRATION', 'DUPLICATE_IDENTITY'])('row 52: %s is no leave', (reason) => {
    const call = inRoom().webhook('participant.left', { identity: 'sip-1', reason }).wait(60_000);
    expect(call.path).toBe('A');
  });

  it("row 53: the agent's participant left, the caller is in the room", () => {
    const call = aCall({ start: BOTH }).webhook('participant.left', { identity: 'bot', kind: 'AGENT' });
    expect(call.wait(14_999).path).toBe('A');
    call.untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('system / gateway_lost / none_needed');
    expect(call.legs).toMatchObject({ room: 'confirmed_by_response', carrier: 'confirmed_by_response' });
  });

  it('row 54: the room finished', () => {
    const call = aCall({ start: BOTH }).webhook('room.finished').untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('system / unknown / none_needed');
    expect(call.legs).toMatchObject({ room: 'confirmed_by_event', carrier: 'confirmed_by_response' });
    expect(call.of('delete-room')).toEqual([]);
  });

  it('row 54: the caller was seen leaving before', () => {
    const call = inRoom()
      .webhook('participant.left', { identity: 'sip-1', kind: 'SIP', reason: 'STATE_MISMATCH' })
      .webhook('room.finished')
      .untilClosed();
    expect(call.ending).toBe('caller / caller_hangup / none_needed');
    const back = inRoom()
      .webhook('participant.left', { identity: 'sip-1', kind: 'SIP', reason: 'STATE_MISMATCH' })
      .webhook('participant.joined', { identity: 'sip-1', kind: 'SIP' })
      .webhook('room.finished')
      .untilClosed();
    expect(back.ending).toBe('system / unknown / none_needed');
  });
});
