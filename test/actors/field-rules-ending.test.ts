/** Field rules about legs, rooms, statuses, timers and the post-call work. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { effectId } from '../../src/actors/effect-id.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import { aCall, BOTH, BUSY, endFunction, NOBODY, ROOM, twilioCall } from './call-under-test.ts';
import type { CallUnderTest, Script } from './call-under-test.ts';
import { effectById } from '../../src/actors/call-state.ts';

const SPOKEN = { farewell: 'spoken' };
const AT_ONCE = { farewell: 'none' };
const FATAL: Outcome = { result: 'fatal', code: 'x' };
const ACCEPTED: Outcome = { result: 'accepted', status: 'in-progress' };
const COMPLETED: Outcome = { result: 'done', status: 'completed' };
const HUMAN = { key: 'human', leg: { callSid: 'CA2' } };

const hasTimer = (call: CallUnderTest, name: string): boolean =>
  call.state.timers.some(({ timerId }) => timerId.startsWith(`${name}.`));
const statuses = (call: CallUnderTest): string[] => call.record.endFunctions.map(({ status }) => status);

/** The longest termination, post-processing included. */
const { terminateMs, verifyMs, settleMs, postProcessingMs } = DEFAULT_TIMERS;
const ENDING_MS = terminateMs + 2 * verifyMs + settleMs + postProcessingMs;

describe('every leg is ended, and said to be', () => {
  const NEVER: readonly (readonly [leg: string, script: Script])[] = [
    ['carrier', { 'hang-up-leg:carrier': 'never', 'ask-leg': 'never' }],
    ['room', { 'delete-room': 'never', 'ask-leg': 'never' }],
    ['session', { close: 'never' }],
    ['human', { 'hang-up-leg:human': 'never', 'ask-leg': 'never' }],
  ];

  it.each(NEVER)(
    'field rule 22: %s without evidence keeps the call open, then is given up with an alarm',
    (leg, script) => {
      const call = aCall({ start: BOTH, script }).play('leg.added', HUMAN).play('end.requested', AT_ONCE);
      const boundMs = leg === 'session' ? DEFAULT_TIMERS.sessionCloseMs : terminateMs;
      expect(call.wait(boundMs - 1).name).toBe('terminating');
      call.untilClosed();
      expect(call.legs[leg]).toBe('forced_unconfirmed');
      expect(call.alarms).toContain(leg === 'session' ? 'session_unconfirmed' : 'leg_unconfirmed');
      for (const [other, termination] of Object.entries(call.legs)) {
        if (other !== leg) expect([other, termination]).toEqual([other, 'confirmed_by_response']);
      }
    },
  );

  it.each([
    'hang-up-leg:carrier',
    'delete-room',
    'close',
    'hang-up-leg:human',
    'run-end-function:crm',
    'publish-dead-letter',
  ])('field rule 35: a failing %s skips nothing that comes beside or after it', (failing) => {
    const functions = [endFunction('crm'), endFunction('mail')];
    const script = { [failing]: FATAL };
    const call = aCall({ start: BOTH, script, functions })
      .play('leg.added', HUMAN)
      .play('end.requested', SPOKEN);
    call.echo().untilClosed();
    const failed = failing.split(':')[1] ?? { 'delete-room': 'room', close: 'session' }[failing];
    for (const [leg, termination] of Object.entries(call.legs)) {
      expect([leg, termination]).toEqual([leg, leg === failed ? 'failed' : 'confirmed_by_response']);
    }
    expect(statuses(call)).toEqual([failed === 'crm' ? 'dead_lettered' : 'succeeded', 'succeeded']);
    expect(call.record.farewell).toBe('confirmed');
  });

  it('field rule 49: one request that changes a line is under way at a time, whoever else asks', () => {
    const answers: Outcome[] = [BUSY, ACCEPTED, BUSY, ACCEPTED];
    const slow = () => ({ afterMs: 700, outcome: answers.shift() ?? COMPLETED });
    const call = aCall({ script: { 'hang-up-leg': slow, 'ask-leg': { afterMs: 300, outcome: BUSY } } });
    call.play('end.requested', AT_ONCE);
    const underWay = (): number =>
      call.state.effects.filter(
        ({ request, phase }) => request.kind === 'hang-up-leg' && phase === 'attempting',
      ).length;
    for (let step = 0; step < 400 && call.name !== 'closed'; step += 1) {
      call
        .play('end.requested', AT_ONCE)
        .operator('kill-requested')
        .operator('end-requested')
        .play('caller.left');
      expect(underWay()).toBeLessThanOrEqual(1);
      call.wait(100);
    }
    call.untilClosed();
    const attempts = call.of('hang-up-leg').map(({ attempt }) => attempt);
    expect(attempts.length).toBeGreaterThan(2);
    expect(new Set(attempts).size).toBe(attempts.length);
    expect(new Set(call.of('hang-up-leg').map(({ effectId }) => effectId)).size).toBe(1);
  });

  it.each([
    [['end.requested', 'stream.stopped', 'call.ended', 'caller.left']],
    [['end.requested', 'call.ended', 'stream.stopped']],
    [['stream.stopped', 'end.requested', 'call.ended']],
    [['call.ended', 'end.requested', 'stream.stopped']],
  ])('field rule 31: the end is asked for from inside the session that is torn down: %j', (order) => {
    const deaf = { close: NOBODY, mark: NOBODY, 'end-accepted': NOBODY };
    const call = aCall({ start: BOTH, script: deaf });
    for (const type of order) call.fold(call.message(type, type === 'end.requested' ? SPOKEN : {}));
    call.settle().untilClosed();
    expect(call.record).toMatchObject({ endedBy: 'agent', endReason: 'agent_end_call' });
    expect(call.of('hang-up-leg').length).toBe(1);
    expect(call.of('delete-room').length).toBe(1);
    expect(call.legs).toMatchObject({ carrier: 'confirmed_by_response', room: 'confirmed_by_response' });
    expect(statuses(call)).toEqual(['succeeded']);
  });
});

describe('the gateway’s own cleanup is waited for by nobody', () => {
  it.each(['never', NOBODY, FATAL, BUSY] as const)(
    'field rules 32 and 62: hangup and close leave side by side; a close that answers %j holds nothing up for long',
    (close) => {
      const call = aCall({ script: { close } });
      const { effects } = call.fold(call.message('end.requested', AT_ONCE));
      expect(effects.map(({ kind }) => kind)).toContain('hang-up-leg');
      expect(call.commands('close')).toHaveLength(1);
      const from = call.at;
      call.untilClosed();
      expect(call.legs['carrier']).toBe('confirmed_by_response');
      expect(statuses(call)).toEqual(['succeeded']);
      expect((call.of('run-end-function')[0]?.requestedAt ?? Infinity) - from).toBeLessThanOrEqual(
        DEFAULT_TIMERS.sessionCloseMs + settleMs,
      );
    },
  );

  it('field rule 53: with gateway and media gone the post-call work runs, and what did not run is shown', () => {
    const dead = { ping: NOBODY, close: NOBODY, mark: NOBODY, 'end-accepted': NOBODY };
    const ran = aCall({ script: dead }).play('stream.stopped').untilClosed();
    expect(statuses(ran)).toEqual(['succeeded']);
    const functions = [endFunction('crm'), endFunction('mail', ['crm'])];
    const stuck = aCall({ script: { ...dead, 'run-end-function': 'never' }, functions });
    stuck.play('stream.stopped').untilClosed();
    expect(stuck.record.endFunctions).toMatchObject([
      { name: 'crm', status: 'dead_lettered', error: 'post_processing_over' },
      { name: 'mail', status: 'dead_lettered', error: 'never_started', attempts: 0 },
    ]);
    expect(stuck.of('publish-dead-letter')).toHaveLength(2);
  });

  it('field rule 34, invariant 29: from the caller’s leaving to closed is bounded and written down, whatever never answers', () => {
    const silent: Script = {
      'hang-up-leg': 'never',
      'delete-room': 'never',
      'ask-leg': 'never',
      close: 'never',
      'run-end-function': 'never',
    };
    for (const script of [{}, silent]) {
      const call = aCall({ start: BOTH, script }).wait(60_000);
      const leftAt = call.at;
      call.play('caller.left').untilClosed();
      expect(call.at - leftAt).toBeLessThanOrEqual(ENDING_MS);
      const { timeline, closedAt } = call.record;
      expect(timeline.map(({ to }) => to)).toEqual(['terminating', 'post-processing', 'closed']);
      expect(timeline[0]?.at).toBe(leftAt);
      expect(closedAt).toBe(timeline.at(-1)?.at);
      expect((closedAt ?? 0) - leftAt).toBeLessThanOrEqual(ENDING_MS);
    }
  });
});

describe('what others say of the end', () => {
  const SAID: readonly (readonly [string, JsonObject, string])[] = [
    ['leg.status', { leg: 'carrier', status: 'failed', sipCode: 500 }, '_ingress'],
    ['leg.status', { leg: 'carrier', status: 'completed' }, '_ingress'],
    ['participant.left', { identity: 'bot', kind: 'AGENT', reason: 'JOIN_FAILURE' }, '_ingress'],
    ['room.finished', {}, '_ingress'],
    ['call.ended', { by: 'ai_error', reason: 'JS_FAILED' }, 'gw1'],
    ['stream.stopped', {}, 'gw1'],
  ];

  it.each(SAID)('field rule 40: %s %j from %s does not rename an end of ours', (type, data, gateway) => {
    const stuck: Script = { 'hang-up-leg': 'never', 'delete-room': 'never' };
    const asked = (): CallUnderTest =>
      aCall({ start: BOTH, script: stuck }).play('end.requested', { by: 'phrase', ...SPOKEN });
    for (const call of [asked(), asked().echo()]) {
      call.play(type, data, { gateway }).untilClosed();
      expect(call.record).toMatchObject({
        endedBy: 'agent',
        endReason: 'agent_end_phrase',
        endedByBasis: 'reported',
      });
    }
  });

  it('field rule 42: a status that a newer one has overtaken is no news, and ends nothing', () => {
    const call = twilioCall({ direction: 'outbound' });
    const told = (status: string, sequence: number): CallUnderTest =>
      call.webhook('leg.status', { leg: 'carrier', status, sequence });
    told('in-progress', 3);
    for (const status of ['no-answer', 'failed', 'ringing']) told(status, 2);
    told('busy', 3);
    expect(call.path).toBe('A');
    expect(hasTimer(call, 'answer')).toBe(false);
    told('completed', 4).untilClosed();
    expect(call.ending).toBe('caller / caller_hangup / none_needed');
  });

  it('rule R7, field rule 51: who ended it is reported or inferred, and what was asked stands beside what cut it', () => {
    const said = aCall().play('caller.left').untilClosed();
    const seen = aCall().webhook('leg.status', { leg: 'carrier', status: 'completed' }).untilClosed();
    expect([said.record.endedByBasis, seen.record.endedByBasis]).toEqual(['reported', 'inferred']);
    expect(said.ending).toBe(seen.ending);
    const data = { disposition: { code: 'qualified' } };
    const cut = aCall({ script: { 'run-end-function:crm': { result: 'done', data } } })
      .play('end.requested', SPOKEN)
      .play('caller.left')
      .webhook('leg.status', { leg: 'carrier', status: 'completed' })
      .untilClosed();
    expect(cut.record).toMatchObject({
      endReason: 'agent_end_call',
      farewell: 'skipped_caller_left',
      disposition: { code: 'qualified' },
    });
    expect(cut.causes).toEqual(['end.requested', 'caller.left', 'leg.status']);
  });
});

describe('timers and the lifetime', () => {
  it('field rule 43, invariant 30: a call of which nothing is ever heard ends by its longest time, and the provider is asked', () => {
    const maxCallMs = 600_000;
    const quiet = (script: Script): CallUnderTest =>
      twilioCall({ policy: { timers: { maxCallMs } } }, { script }).untilClosed();
    const heard = quiet({ 'hang-up-leg': ACCEPTED, 'ask-leg': COMPLETED });
    expect(heard.record.endReason).toBe('max_duration');
    expect(heard.legs['carrier']).toBe('confirmed_by_poll');
    const lost = quiet({ 'hang-up-leg': 'never', 'ask-leg': 'never' });
    expect(lost.of('ask-leg').length).toBeGreaterThan(0);
    expect(lost.legs['carrier']).toBe('forced_unconfirmed');
    for (const call of [heard, lost]) {
      expect(call.at - call.record.startedAt).toBeLessThanOrEqual(maxCallMs + ENDING_MS);
    }
    // Behind it stands one more bound, for every state (row 65).
    expect(hasTimer(aCall(), 'lifetime')).toBe(true);
  });

  it('invariant 30: with the gateway gone and the carrier reachable it ends by livenessMs and gatewayLostMs', () => {
    const { livenessMs, gatewayLostMs, commandRetryMs } = DEFAULT_TIMERS;
    const call = aCall({ script: { ping: NOBODY, close: NOBODY } }).untilClosed();
    expect(call.record.endReason).toBe('gateway_lost');
    // Absences are spread by up to a half (log rule 16).
    const endedMs = (call.record.timeline[0]?.at ?? Infinity) - call.record.startedAt;
    expect(endedMs).toBeLessThanOrEqual(1.5 * livenessMs + gatewayLostMs + 2 * commandRetryMs);
    expect(call.at - call.record.startedAt).toBeLessThanOrEqual(endedMs + ENDING_MS);
  });

  it.each(['call.answered', 'stream.started', 'caller.spoke', 'agent.spoke'])(
    'field rule 45: %s that comes before the timer it cancels leaves no timer behind',
    (answer) => {
      const ringing = { leg: 'carrier', status: 'ringing' };
      const before = twilioCall({ direction: 'outbound' }).play(answer).webhook('leg.status', ringing);
      const after = twilioCall({ direction: 'outbound' }).webhook('leg.status', ringing).play(answer);
      for (const call of [before, after]) {
        expect(hasTimer(call, 'answer')).toBe(false);
        expect(call.wait(DEFAULT_TIMERS.answerMs + 60_000).path).toBe('A');
      }
    },
  );

  it('field rule 45: a mark that is echoed before its drain begins confirms nothing and stops nothing', () => {
    const call = aCall().play('mark.echoed', { name: 'onhook-1-1' }).play('end.requested', SPOKEN);
    expect(call.name).toBe('draining');
    expect(hasTimer(call, 'drain')).toBe(true);
    call.untilClosed();
    expect(call.record.farewell).toBe('unconfirmed');
    const transfer = aCall().play('transfer.failed').play('transfer.started');
    expect(hasTimer(transfer, 'transfer')).toBe(true);
    expect(hasTimer(transfer.wait(DEFAULT_TIMERS.transferMs), 'transfer')).toBe(false);
  });

  it('field rule 47: the idle timer rests in tools, stops with the farewell, and starts again when the call resumes', () => {
    const call = twilioCall({ policy: { bargeIn: 'resume', timers: { silenceMs: 20_000 } } });
    call.wait(19_000).play('agent.spoke').wait(19_000).play('caller.spoke').wait(19_999);
    expect(call.path).toBe('A');
    call.play('activity.paused');
    expect(hasTimer(call, 'silence')).toBe(false);
    call.wait(60_000).play('activity.resumed').wait(19_999);
    expect([call.path, hasTimer(call, 'silence')]).toEqual(['A', true]);
    call.play('end.requested', SPOKEN);
    expect(hasTimer(call, 'silence')).toBe(false);
    call.play('caller.spoke', { text: 'one question', final: true });
    expect(hasTimer(call, 'silence')).toBe(true);
    call.wait(20_000).untilClosed();
    expect(call.record.endReason).toBe('silence_timeout');
  });

  it('log rule 13: time of a call never runs backwards, whatever the server’s clock does', () => {
    const call = aCall().wait(10_000).play('end.requested', SPOKEN);
    const { foldAt } = call.state;
    const due = call.state.timers.find(({ timerId }) => timerId.startsWith('drain.'));
    const back = call.message('caller.spoke', { text: 'hm' }, { at: foldAt - 8_000 });
    call.fold(back);
    expect(call.state.foldAt).toBe(foldAt);
    expect(call.state.account.causes.at(-1)?.at).toBe(foldAt);
    expect(call.state.timers).toContain(due);
    call.untilClosed();
    const times = call.record.timeline.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});

describe('the post-call work', () => {
  it.each(['no-answer', 'busy', 'failed', 'canceled'])(
    'field rule 36: runs for a call that ended as %s',
    (status) => {
      const call = twilioCall({ direction: 'outbound' })
        .webhook('leg.status', { leg: 'carrier', status })
        .untilClosed();
      expect(call.record.answeredAt).toBeUndefined();
      expect(statuses(call)).toEqual(['succeeded']);
    },
  );

  it('field rule 36: runs for a call of which only its start was ever heard, and for one that a fault cut', () => {
    const started = twilioCall(
      { direction: 'outbound' },
      { script: { ping: NOBODY, close: NOBODY } },
    ).untilClosed();
    const faulty = aCall({ start: ROOM }).own('call.quarantined', { detail: 'x' }).untilClosed();
    for (const call of [started, faulty]) expect(statuses(call)).toEqual(['succeeded']);
  });

  it('log rule 20: a failure counts only for the present attempt, a success for any', () => {
    const stuck: Script = { 'hang-up-leg': 'never', close: 'never' };
    const asked = aCall({ script: stuck }).play('end.requested', AT_ONCE);
    const effectOf = asked.of('hang-up-leg')[0]?.effectId ?? '';
    const settled = (attempt: number, outcome: Outcome): CallUnderTest =>
      asked.own('effect.settled', { effectId: effectOf, attempt, outcome: outcome as unknown as JsonObject });
    settled(1, BUSY);
    settled(1, FATAL);
    expect(effectById(asked.state, effectOf)?.phase, 'nothing is under way').toBe('backing-off');
    asked.wait(5_000);
    expect(asked.of('hang-up-leg').at(-1)?.attempt).toBe(2);
    settled(1, FATAL);
    expect(asked.context.legs['carrier']?.termination).toBeUndefined();
    settled(1, COMPLETED);
    expect(asked.context.legs['carrier']?.termination).toBe('confirmed_by_response');
  });

  it('log rule 31: an id is the same over attempts; another call, life, kind, leg or end attempt has another', () => {
    const answers: Outcome[] = [BUSY, BUSY];
    const script: Script = { 'hang-up-leg:carrier': () => answers.shift() ?? COMPLETED };
    const call = twilioCall({ policy: { bargeIn: 'resume' } }, { script }).play('end.requested', SPOKEN);
    call.play('caller.spoke', { text: 'one question', final: true }).play('end.requested', SPOKEN).echo();
    call.untilClosed();
    const hangups = call.of('hang-up-leg');
    expect(hangups.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(hangups.map(({ effectId: id }) => id)).size).toBe(1);
    const marks = call.sent.filter(({ payload }) => 'verb' in payload && payload.verb === 'mark');
    expect(new Set(marks.map(({ effectId: id }) => id)).size).toBe(2);
    const run = call.of('run-end-function')[0];
    expect(run?.idempotencyKey).toBe(`${run?.effectId ?? ''}.1`);

    const life = { callId: 'c1', incarnation: 7 };
    const others = [
      effectId(life, 'hang-up-leg', 'carrier', 1),
      effectId({ ...life, callId: 'c2' }, 'hang-up-leg', 'carrier', 1),
      effectId({ ...life, incarnation: 8 }, 'hang-up-leg', 'carrier', 1),
      effectId(life, 'delete-room', 'carrier', 1),
      effectId(life, 'hang-up-leg', 'human', 1),
      effectId(life, 'hang-up-leg', 'carrier', 2),
    ];
    expect(new Set(others).size).toBe(others.length);
    expect(effectId({ ...life }, 'hang-up-leg', 'carrier', 1)).toBe(others[0]);
  });
});
