/** Decision table: legs that resist, modes, faults and the lifetime (rows 55 to 65, rules R6 to R10). */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { aCall, BOTH, BUSY, endFunction, GONE, LIVE, ROOM, twilioCall } from './call-under-test.ts';
import type { CallOptions, CallUnderTest } from './call-under-test.ts';
import { timerById } from '../../src/actors/call-state.ts';

const COMPLETED: Outcome = { result: 'done', status: 'completed' };
const ACCEPTED: Outcome = { result: 'accepted', status: 'in-progress' };
const FATAL: Outcome = { result: 'fatal', code: 'twilio_20003' };
const SPOKEN = { farewell: 'spoken' };

/** A call as in row 1: spoken farewell, echo. */
const asRow1 = (options: CallOptions): CallUnderTest => aCall(options).play('end.requested', SPOKEN).echo();

describe('legs that resist', () => {
  const recorded = { ...ROOM, policy: { stopEgress: true } };

  it.each([{ result: 'done' }, FATAL, BUSY, GONE] as Outcome[])(
    'row 55: egress answers $result',
    (egress) => {
      const call = asRow1({ start: recorded, script: { 'stop-egress': egress } }).untilClosed();
      expect(call.path).toBe('A D T P Z');
      expect(call.ending).toBe('agent / agent_end_call / confirmed');
      expect(call.legs['room']).toBe('confirmed_by_response');
      const [stopped] = call.of('stop-egress');
      const [deleted] = call.of('delete-room');
      const both = call.sent.filter((effect) => effect === stopped || effect === deleted);
      expect(both).toEqual([stopped, deleted]);
    },
  );

  it('row 55: an egress that never answers is waited for egressMs', () => {
    const call = asRow1({ start: recorded, script: { 'stop-egress': 'never' } }).wait(4_999);
    expect(call.of('delete-room')).toEqual([]);
    expect(call.wait(1).of('delete-room')).toHaveLength(1);
  });

  const sip: Outcome = { result: 'done', data: { sip: [{ identity: 'sip-1', callSid: 'CA9' }] } };

  it('row 56, field rule 41: the SIP leg of a deleted room is ended by its carrier', () => {
    const call = asRow1({ start: ROOM, script: { 'delete-room': sip } }).untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
    expect(call.legs).toMatchObject({ room: 'confirmed_by_response', carrier: 'confirmed_by_response' });
    expect(call.of('hang-up-leg')[0]?.payload).toMatchObject({ address: { callSid: 'CA9' } });
  });

  it('row 56: it left with its room', () => {
    const call = asRow1({ start: ROOM, script: { 'delete-room': sip } })
      .webhook('participant.left', { identity: 'sip-1', kind: 'SIP', reason: 'ROOM_DELETED' })
      .untilClosed();
    expect(call.legs['carrier']).toBe('confirmed_by_event');
  });

  it('row 56: nobody can reach it', () => {
    const unaddressed: Outcome = { result: 'done', data: { sip: [{ identity: 'sip-1' }] } };
    const call = asRow1({ start: ROOM, script: { 'delete-room': unaddressed } }).untilClosed();
    expect(call.legs['carrier']).toBe('forced_unconfirmed');
    expect(call.alarms).toContain('leg_unconfirmed');
  });

  it('row 57: a fatal answer fails the leg and alarms', () => {
    const call = asRow1({ script: { 'hang-up-leg': FATAL } }).untilClosed();
    expect(call.path).toBe('A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
    expect(call.record.legs['carrier']).toMatchObject({ termination: 'failed', attempts: 1 });
    expect(call.alarms).toContain('leg_failed');
  });

  it('row 58, field rule 25: a busy carrier is retried to the budget, then the leg is an orphan', () => {
    let answer: Outcome = BUSY;
    const call = asRow1({ script: { 'hang-up-leg': () => answer, 'ask-leg': BUSY } }).untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
    expect(call.legs['carrier']).toBe('forced_unconfirmed');
    expect(call.record.legs['carrier']?.attempts).toBeGreaterThan(5);
    expect(call.alarms).toContain('leg_unconfirmed');
    expect(call.of('publish-dead-letter')).toHaveLength(1);
    expect(call.record.recordVersion).toBe(1);
    answer = COMPLETED;
    call.wait(600_000);
    expect(call.record.recordVersion).toBe(2);
    expect(call.legs['carrier']).toBe('confirmed_by_response');
    expect(call.state.effects).toEqual([]);
  });

  it('row 58: an orphan is given up at its horizon', () => {
    const call = asRow1({ script: { 'hang-up-leg': BUSY, 'ask-leg': BUSY } }).untilClosed();
    call.wait(90_000_000);
    expect(call.state.effects).toEqual([]);
    expect(call.record.recordVersion).toBe(1);
  });

  it('rule R6: an accepted hangup whose end is never seen leaves an orphan too', () => {
    let answer: Outcome = ACCEPTED;
    const call = asRow1({ script: { 'hang-up-leg': () => answer, 'ask-leg': 'never' } }).untilClosed();
    expect(call.legs['carrier']).toBe('forced_unconfirmed');
    answer = GONE;
    call.wait(600_000);
    expect(call.legs['carrier']).toBe('already_ended');
  });
});

describe('evidence (rule R6)', () => {
  it('rule R6: an answer that proves nothing is verified by asking', () => {
    const call = asRow1({ script: { 'hang-up-leg': ACCEPTED, 'ask-leg': COMPLETED } }).wait(1_999);
    expect(call.of('ask-leg')).toEqual([]);
    call.untilClosed();
    expect(call.legs['carrier']).toBe('confirmed_by_poll');
  });

  it('rule R6: an event within that time is evidence', () => {
    const call = asRow1({ script: { 'hang-up-leg': ACCEPTED } })
      .wait(1_000)
      .webhook('leg.status', { leg: 'carrier', status: 'completed' })
      .untilClosed();
    expect(call.legs['carrier']).toBe('confirmed_by_event');
    expect(call.of('ask-leg')).toEqual([]);
  });

  it('rule R6: a leg that lives is hung up again under the same id', () => {
    const answers: Outcome[] = [ACCEPTED, COMPLETED];
    const call = asRow1({ script: { 'hang-up-leg': () => answers.shift() ?? FATAL, 'ask-leg': LIVE } });
    call.untilClosed();
    expect(call.record.legs['carrier']).toMatchObject({ termination: 'confirmed_by_response', attempts: 2 });
  });

  it.each([GONE, { result: 'already-gone', code: 'twilio_21220' }] as Outcome[])(
    'rule R6, field rule 27: $code is already ended',
    (gone) => {
      expect(asRow1({ script: { 'hang-up-leg': gone } }).untilClosed().legs['carrier']).toBe('already_ended');
    },
  );

  it('rule R6: further legs are verified the same way', () => {
    const call = aCall({ script: { 'hang-up-leg:human': ACCEPTED, 'ask-leg:human': COMPLETED } })
      .play('leg.added', { key: 'human', leg: { callSid: 'CA2' } })
      .play('caller.left')
      .untilClosed();
    expect(call.legs['human']).toBe('confirmed_by_poll');
  });

  it('rule R6: a leg that is learned while legs are ended is hung up beside the call', () => {
    const call = aCall({ script: { 'hang-up-leg:carrier': { afterMs: 5_000, outcome: COMPLETED } } })
      .play('caller.left')
      .play('leg.added', { key: 'human', leg: { callSid: 'CA2' } })
      .untilClosed();
    expect(call.legs['human']).toBe('confirmed_by_response');
  });

  it('rule R6: what the policy leaves alone is not ours', () => {
    const call = twilioCall({ policy: { hangup: false } }).play('end.requested', { farewell: 'none' });
    call.untilClosed();
    expect(call.legs['carrier']).toBe('not_ours');
    expect(call.of('hang-up-leg')).toEqual([]);
  });

  it('rule R8: terminating is in the timeline also when nothing is left to end', () => {
    const call = twilioCall({ legs: {} }).play('call.ended', {}).untilClosed();
    expect(call.path).toBe('A T P Z');
  });

  it('rule R10: without a carrier the room says when it ended', () => {
    const call = asRow1({ start: ROOM }).untilClosed();
    expect(call.record.endedAt).toBe(call.record.legs['room']?.at);
    const both = asRow1({ start: BOTH, script: { 'hang-up-leg': { afterMs: 900, outcome: COMPLETED } } });
    both.untilClosed();
    expect(both.record.endedAt).toBe(both.record.legs['carrier']?.at);
  });
});

describe('faults and the lifetime', () => {
  it('row 60: a call whose fold failed is hung up safely', () => {
    const active = aCall().own('call.quarantined', { detail: 'a guard threw' }).untilClosed();
    expect(active.path).toBe('A T P Z');
    expect(active.ending).toBe('system / internal_error / none_needed');
    const draining = aCall().play('end.requested', SPOKEN).own('call.quarantined', { detail: 'x' });
    expect(draining.untilClosed().ending).toBe('system / internal_error / unconfirmed');
    for (const call of [active, draining]) {
      expect(call.legs['carrier']).toBe('confirmed_by_response');
      expect(call.alarms).toContain('internal_error');
    }
  });

  it('row 65: the lifetime ends what is left of a call', () => {
    const times = { lifetimeMs: 15_000_000 };
    const call = twilioCall(
      { policy: { timers: times, hangup: true } },
      { script: { 'hang-up-leg': 'never' }, functions: [endFunction('crm'), endFunction('mail', ['crm'])] },
    );
    call.wait(14_100_000 - 1).play('end.requested', { farewell: 'none' });
    const { state } = call;
    const lifetime = timerById(state, 'lifetime.call');
    call.own('timer.fired', {
      timerId: 'lifetime.call',
      armedSeq: lifetime?.armed.seq ?? 0,
      armedEra: 1,
      waitedMs: 86_400_000,
    });
    call.untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('agent / agent_end_call / none_needed');
    expect(call.legs['carrier']).toBe('forced_unconfirmed');
    expect(call.record.endFunctions.map(({ status }) => status)).toEqual(['dead_lettered', 'dead_lettered']);
    expect(call.alarms).toContain('leg_unconfirmed');
  });

  it('row 65: in the post-processing too', () => {
    const call = aCall({ script: { 'run-end-function': 'never' } })
      .play('caller.left')
      .wait(3_000);
    const { seq } = timerById(call.state, 'lifetime.call')?.armed ?? { seq: 0 };
    call.own('timer.fired', { timerId: 'lifetime.call', armedSeq: seq, armedEra: 1, waitedMs: 86_400_000 });
    call.untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('caller / caller_hangup / none_needed');
    expect(call.legs['carrier']).toBe('confirmed_by_response');
    expect(call.record.endFunctions).toMatchObject([{ status: 'dead_lettered' }]);
  });
});

describe('backstop mode (rule R9)', () => {
  const backstop = (more: JsonObject = {}): CallUnderTest =>
    twilioCall({ policy: { mode: 'backstop', ...more }, capabilities: { say: true, farewell: true } });

  it('row 61: the gateway hangs up itself', () => {
    const call = backstop().play('end.requested', SPOKEN).wait(2_000);
    call.webhook('leg.status', { leg: 'carrier', status: 'completed' }).untilClosed();
    expect(call.path).toBe('A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / unconfirmed');
    expect(call.record.legs['carrier']).toMatchObject({ termination: 'confirmed_by_event', attempts: 0 });
    expect(call.marks).toEqual([]);
    expect(call.causes).not.toContain('backstop_acted');
  });

  it('row 61: the gateway reports its farewell, before or after the carrier', () => {
    const before = backstop().play('end.requested', SPOKEN).play('call.ended', { farewell: 'confirmed' });
    before.webhook('leg.status', { leg: 'carrier', status: 'completed' }).untilClosed();
    const after = backstop().play('end.requested', SPOKEN);
    after.webhook('leg.status', { leg: 'carrier', status: 'completed' });
    after.play('call.ended', { farewell: 'confirmed' }).untilClosed();
    for (const call of [before, after]) {
      expect(call.ending).toBe('agent / agent_end_call / confirmed');
      expect(call.legs).toMatchObject({ carrier: 'confirmed_by_event', session: 'confirmed_by_event' });
    }
  });

  it('row 62: the gateway does nothing, we act after the grace', () => {
    const call = backstop().play('end.requested', SPOKEN).wait(15_000);
    expect(call.name).toBe('terminating');
    call.wait(4_999);
    expect(call.of('hang-up-leg')).toEqual([]);
    call.untilClosed();
    expect(call.path).toBe('A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / unconfirmed');
    expect(call.legs).toEqual({ carrier: 'confirmed_by_response', session: 'confirmed_by_response' });
    expect(call.causes).toContain('backstop_acted');
  });

  it('rule R9: no grace for a kill; no say, farewell or clear in this mode', () => {
    const call = backstop().play('end.requested', { farewell: { say: 'Bye.' } });
    expect(call.name).toBe('draining');
    call.operator('kill-requested');
    expect(call.of('hang-up-leg')).toHaveLength(1);
    call.untilClosed();
    const polite = backstop().operator('end-requested');
    expect(polite.name).toBe('terminating');
    for (const verb of ['mark', 'say', 'farewell', 'clear']) {
      expect([...call.commands(verb), ...polite.commands(verb)]).toEqual([]);
    }
  });
});

describe('observe mode (rule R9)', () => {
  const observed = (more: JsonObject = {}): CallUnderTest =>
    twilioCall({ policy: { mode: 'observe' }, ...more });

  it('row 63: end, then the caller leaves', () => {
    const call = observed().play('end.requested', SPOKEN).wait(1_000).play('caller.left').untilClosed();
    expect(call.path).toBe('A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / skipped_caller_left');
    expect(call.legs).toEqual({ carrier: 'not_ours', session: 'not_ours' });
    expect(call.record.endFunctions).toMatchObject([{ status: 'skipped', reason: 'observe', attempts: 0 }]);
    expect(call.sent.map(({ kind }) => kind)).toEqual(['publish-record']);
    expect(call.record.would?.map(({ effect }) => effect)).toEqual(['end-accepted', 'hang-up-leg', 'close']);
  });

  it('rule R9: the silence after the goodbye is known from the length of its audio', () => {
    const call = observed({ capabilities: { farewellEvents: true } }).play('end.requested');
    call.play('farewell.started', { utteranceId: 'bye', expectedMs: 2_000 }).wait(2_000);
    call.play('farewell.finished', { utteranceId: 'bye', audioMs: 2_000 }).wait(9_000);
    call.webhook('leg.status', { leg: 'carrier', status: 'completed' }).untilClosed();
    expect(call.record.mode).toBe('observe');
    const { endedAt = 0, silenceAfterFarewellMs = 0 } = call.record;
    const startedAt = call.record.timeline[0]?.at ?? 0;
    expect(endedAt - silenceAfterFarewellMs - startedAt).toBe(2_000);
  });

  it('rule R9: a goodbye that the line cut was never followed by silence', () => {
    const call = observed({ capabilities: { farewellEvents: true } }).play('end.requested');
    call.play('farewell.started', { utteranceId: 'bye', expectedMs: 20_000 }).wait(1_000);
    call.webhook('leg.status', { leg: 'carrier', status: 'completed' }).untilClosed();
    expect(call.record.silenceAfterFarewellMs).toBeUndefined();
  });

  it('rule R9: each leg with its fact ends the watch at once', () => {
    const call = observed({ ...BOTH }).play('end.requested', { farewell: 'none' });
    call.webhook('leg.status', { leg: 'carrier', status: 'completed' }).webhook('room.finished');
    call.play('call.ended').untilClosed();
    expect(call.legs).toEqual({
      carrier: 'confirmed_by_event',
      room: 'confirmed_by_event',
      session: 'confirmed_by_event',
    });
    expect(call.at - call.record.startedAt).toBe(2_000);
  });

  it('rule R9: a call without a fact of the far end is watched until maxCallMs', () => {
    const call = observed().play('end.requested', { farewell: 'none' }).wait(14_099_999);
    expect(call.name).toBe('terminating');
    call.untilClosed();
    expect(call.legs['carrier']).toBe('not_ours');
    expect(call.state.effects).toEqual([]);
  });

  it('rule R9: a first fact that comes late starts the clock of every leg', () => {
    const call = observed({ ...BOTH })
      .play('leg.added', { key: 'human', leg: { callSid: 'CA2' } })
      .play('end.requested', { farewell: 'none' })
      .wait(100_000)
      .webhook('leg.status', { leg: 'human', status: 'in-progress' })
      .play('caller.left');
    call.wait(29_999);
    expect(call.name).toBe('terminating');
    expect(call.wait(1).name).toBe('post-processing');
  });

  it('rule R9: reading is allowed, so a silent gateway is noticed without a ping', () => {
    const call = observed().wait(48_000);
    expect(call.of('ask-leg')).toHaveLength(1);
    expect(call.commands('ping')).toEqual([]);
    call.untilClosed();
    expect(call.record.endReason).toBe('gateway_lost');
  });
});
