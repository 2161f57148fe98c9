/** Field rules about the goodbye and its barge-in, each as a failure that was seen elsewhere would show. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import { aCall, BUSY, DONE, NOBODY, twilioCall } from './call-under-test.ts';
import type { CallUnderTest, Reply } from './call-under-test.ts';

const SPOKEN = { farewell: 'spoken' };
const REPLY = { farewell: 'reply' };
const SPEAKS = { say: true, farewell: true, farewellEvents: true };

/** Ms from `from` to the first hangup. */
function hungUpAfter(call: CallUnderTest, from: number): number {
  return (call.of('hang-up-leg')[0]?.requestedAt ?? Infinity) - from;
}

const timerOf = (call: CallUnderTest, name: string) =>
  call.state.timers.find(({ timerId }) => timerId.startsWith(`${name}.`));

describe('the goodbye is heard', () => {
  it.each([
    ['spoken', DEFAULT_TIMERS.drainMs],
    ['reply', DEFAULT_TIMERS.farewellStartMs + DEFAULT_TIMERS.drainMs],
  ])('field rule 1: a repeat of the end never shortens the wait (%s)', (farewell, capMs) => {
    const asked = aCall().play('end.requested', { farewell });
    const from = asked.at;
    for (let repeat = 0; repeat * 700 < capMs; repeat += 1) {
      asked.wait(699).play('end.requested', { farewell: 'none', by: 'policy' }).wait(1);
    }
    asked.untilClosed();
    expect(hungUpAfter(asked, from)).toBe(capMs);
    expect(asked.record.endReason).toBe('agent_end_call');
  });

  it('field rule 2: generated is not played; the cap of the drain ends before every watchdog behind it', () => {
    const call = aCall()
      .play('end.requested', REPLY)
      .play('farewell.started', { utteranceId: 'u1', expectedMs: 7_000 })
      .wait(400)
      .play('farewell.finished', { utteranceId: 'u1', audioMs: 7_000 });
    expect(call.context.farewell?.outcome).toBe('none_needed');
    // 6.6 s of audio are left: nothing may end them but their mark or their cap.
    expect(call.wait(6_600).name).toBe('draining');
    const behind = call.state.timers.filter(({ timerId }) => !timerId.startsWith('drain.'));
    const drain = timerOf(call, 'drain');
    const dueAt = (drain?.armedAt ?? 0) + (drain?.durationMs ?? Infinity);
    expect(behind.length).toBeGreaterThan(0);
    for (const timer of behind) expect(timer.armedAt + timer.durationMs).toBeGreaterThan(dueAt);
    call.untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / unconfirmed');
  });

  it('field rule 5: whatever is heard, the deadline of a farewell stays where its state put it', () => {
    const noise = ['agent.spoke', 'caller.spoke', 'stream.started', 'end.requested', 'activity.paused'];
    const drained = aCall().play('end.requested', SPOKEN);
    const waiting = aCall().play('end.requested', REPLY);
    const [drain, start] = [timerOf(drained, 'drain'), timerOf(waiting, 'farewellStart')];
    for (let second = 1; second <= 4; second += 1) {
      for (const type of noise) {
        drained.play(type);
        waiting.play(type);
      }
      drained.play('mark.echoed', { name: 'some-older-mark' }).wait(1_000);
      waiting.wait(1_000);
    }
    expect([drain, start]).not.toContain(undefined);
    expect(timerOf(drained, 'drain')).toBe(drain);
    expect(timerOf(waiting, 'farewellStart')).toBe(start);
  });

  it('field rule 5: hearing a talking caller out has a bound of its own', () => {
    const call = twilioCall({ policy: { bargeIn: 'listen' } }).play('end.requested', SPOKEN);
    const from = call.at;
    for (let n = 0; n < 60 && call.name === 'draining'; n += 1) {
      call.play('caller.spoke', { text: 'and another thing' }).wait(1_000);
    }
    expect(call.name).not.toBe('draining');
    expect(call.at - from).toBeLessThanOrEqual(DEFAULT_TIMERS.drainMs + DEFAULT_TIMERS.listenMaxMs);
  });

  it.each([
    ['never', []],
    ['before the new one', ['onhook-1-1', 'onhook-2-1']],
    ['after the new one', ['onhook-2-1', 'onhook-1-1']],
  ])(
    'field rule 6: an older mark that is echoed %s neither confirms nor holds anything up',
    (_when, echoes) => {
      const call = aCall()
        .play('end.requested', SPOKEN)
        .operator('end-cancelled')
        .play('end.requested', SPOKEN);
      expect(call.marks).toEqual(['onhook-1-1', 'onhook-2-1']);
      for (const name of echoes) {
        call.play('mark.echoed', { name });
        if (name === 'onhook-1-1' && echoes[0] === name) expect(call.name).toBe('draining');
      }
      if (echoes.length === 0) call.echo();
      expect(call.name, 'no time was lost').toBe('post-processing');
      call.untilClosed();
      expect(call.ending).toBe('agent / agent_end_call / confirmed');
    },
  );

  it('field rule 8: the end may come before its farewell begins, and the farewell before its end', () => {
    const endFirst = aCall().play('end.requested', REPLY);
    expect(endFirst.state.snapshot.value).toEqual({ 'farewell-speaking': 'awaiting-start' });
    expect(timerOf(endFirst, 'farewellStart')?.durationMs).toBe(DEFAULT_TIMERS.farewellStartMs);
    endFirst.play('farewell.started', { utteranceId: 'u1' });
    const speechFirst = aCall().play('farewell.started', { utteranceId: 'u1' }).play('end.requested', REPLY);
    for (const call of [endFirst, speechFirst]) {
      expect(call.of('hang-up-leg')).toEqual([]);
      call.play('farewell.finished', { utteranceId: 'u1', audioMs: 500 }).echo().untilClosed();
      expect(call.path).toBe('A F D T P Z');
      expect(call.ending).toBe('agent / agent_end_call / confirmed');
    }
  });

  const NEVER_SPOKEN: readonly JsonObject[string][] = ['reply', { say: 'Bye.' }];

  it.each(NEVER_SPOKEN)(
    'field rule 9: a model that never speaks ends the call once, as timed out (%j)',
    (farewell) => {
      const call = twilioCall({ capabilities: SPEAKS }).play('end.requested', { farewell });
      call.untilClosed();
      expect(call.path).toBe('A F D T P Z');
      expect(call.ending).toBe('agent / agent_end_call / timed_out');
      expect(call.of('hang-up-leg')).toHaveLength(1);
    },
  );

  const ANSWERS: readonly (readonly [string, Reply])[] = [
    ['nothing', 'never'],
    ['no', { result: 'refused', code: '500' }],
    ['nobody', NOBODY],
    ['busy', BUSY],
    ['what is fatal', { result: 'fatal', code: 'x' }],
    ['yes', DONE],
  ];

  it.each(ANSWERS)(
    'field rule 10: the timer is armed with the request, and a farewell that is answered with %s falls through',
    (_what, answer) => {
      const call = twilioCall({ capabilities: SPEAKS }, { script: { say: answer, farewell: answer } });
      const { effects, state } = call.fold(call.message('end.requested', { farewell: { say: 'Bye.' } }));
      expect(effects.map(({ payload }) => 'verb' in payload && payload.verb)).toContain('say');
      expect(state.timers.some(({ timerId }) => timerId.startsWith('farewellStart.'))).toBe(true);
      call.untilClosed();
      expect(call.of('hang-up-leg')).toHaveLength(1);
      expect(call.legs['carrier']).toBe('confirmed_by_response');
    },
  );

  it.each(['agent', 'phrase', 'voicemail', 'ivr', 'silence', 'max_duration', 'ai_error', 'worker_shutdown'])(
    'field rule 11: an end by %s goes through the farewell, a refusal by policy is abrupt by its own word',
    (by) => {
      expect(twilioCall({ capabilities: SPEAKS }).play('end.requested', { by }).path).toBe('A F');
      expect(aCall().play('end.requested', { by }).path).toBe('A D');
      expect(aCall().play('end.requested', { by, farewell: 'none' }).path).toMatch(/^A T/);
      expect(twilioCall({ capabilities: SPEAKS }).play('end.requested', { by: 'policy' }).path).toMatch(
        /^A T/,
      );
    },
  );

  it('field rule 11: ends of our own go the same way: silence, the longest call, an operator', () => {
    const timers = { silenceMs: 20_000, maxCallMs: 600_000 };
    const start = { capabilities: SPEAKS, policy: { timers } };
    const silent = twilioCall(start).wait(20_000);
    const longest = twilioCall({ ...start, policy: { timers: { maxCallMs: 600_000 } } }).wait(600_000);
    const operated = twilioCall(start).operator('end-requested');
    for (const call of [silent, longest, operated]) {
      expect(call.path).toBe('A F');
      expect(call.commands('farewell')).toHaveLength(1);
    }
  });

  it('field rule 12: one farewell for each end attempt, and none generated over words that came with it', () => {
    const said = twilioCall({ capabilities: SPEAKS }).play('end.requested', { farewell: { say: 'Bye.' } });
    said
      .play('end.requested', { farewell: { say: 'Bye again.' } })
      .operator('end-requested')
      .wait(3_000);
    expect([said.commands('say').length, said.commands('farewell').length]).toEqual([1, 0]);
    const spoken = twilioCall({ capabilities: SPEAKS }).play('end.requested', SPOKEN).wait(3_000);
    expect([spoken.commands('say').length, spoken.commands('farewell').length]).toEqual([0, 0]);
    const system = twilioCall({ capabilities: SPEAKS }).operator('end-requested').operator('end-requested');
    system.play('end.requested', REPLY).wait(3_000);
    expect(system.commands('farewell')).toHaveLength(1);
  });
});

describe('the caller barges in', () => {
  const during = (bargeIn: string, max = 2): CallUnderTest =>
    twilioCall({ policy: { bargeIn, bargeInMax: max } }).play('end.requested', {
      toolCallId: 't1',
      ...SPOKEN,
    });

  it.each(['lock', 'listen'])(
    'field rule 13: under %s the decision to end outlives the speech that was cut',
    (policy) => {
      const call = during(policy)
        .play('playback.cleared')
        .play('caller.spoke', { text: 'wait', final: true });
      call.untilClosed();
      expect(call.of('hang-up-leg')).toHaveLength(1);
      expect(call.record.endAttempts).toEqual([{ attempt: 1, by: 'agent', outcome: 'accepted' }]);
    },
  );

  it('field rule 13: under resume nobody loops goodbyes: after bargeInMax the end stands', () => {
    const call = during('resume');
    const interrupt = (): void => void call.play('caller.spoke', { text: 'wait, a question', final: true });
    interrupt();
    expect(call.name).toBe('active');
    for (let again = 0; again < 5; again += 1) {
      if (call.name === 'active') call.play('end.requested', SPOKEN);
      interrupt();
    }
    expect(call.name).toBe('draining');
    call.untilClosed();
    expect(call.record.endAttempts.map(({ outcome }) => outcome)).toEqual([
      'cancelled',
      'cancelled',
      'accepted',
    ]);
  });

  it('field rule 14: a cancelled end is taken back from the model, under the number of its attempt', () => {
    const call = during('resume').play('caller.spoke', { text: 'no, wait', final: true });
    expect(call.commands('end-cancelled')).toEqual([{ attempt: 1, toolCallId: 't1' }]);
    call.play('end.requested', { toolCallId: 't2', ...SPOKEN });
    expect(call.commands('end-accepted')).toEqual([{ attempt: 1 }, { attempt: 2 }]);
    call.play('caller.spoke', { text: 'one more', final: true });
    expect(call.commands('end-cancelled').at(-1)).toEqual({ attempt: 2, toolCallId: 't2' });
  });

  it.each([
    ['confirmed', (call: CallUnderTest) => call.echo()],
    ['unconfirmed', (call: CallUnderTest) => call.wait(DEFAULT_TIMERS.drainMs)],
    ['interrupted', (call: CallUnderTest) => call.play('playback.cleared').wait(8_000)],
  ])('field rule 15, rule R2: a playback is %s, which is none of the others', (outcome, settle) => {
    const call = during('listen');
    settle(call);
    call.untilClosed();
    expect(call.record.farewell).toBe(outcome);
  });

  it('field rule 15: an interrupted playback does not end a call whose caller wants to go on', () => {
    const call = during('resume').play('playback.cleared').wait(500);
    expect(call.context.farewell?.outcome).toBe('interrupted');
    call.echo().play('caller.spoke', { text: 'I have a question', final: true }).wait(30_000);
    expect(call.path).toBe('A D A');
    expect(call.of('hang-up-leg')).toEqual([]);
  });

  it('rule R4: a repeat changes neither reason nor farewell, only a kill shortens', () => {
    const call = aCall().play('end.requested', SPOKEN);
    const before = call.context;
    for (const by of ['policy', 'ai_error', 'worker_shutdown']) {
      call.play('end.requested', { by, farewell: 'none' });
      expect([call.context.end, call.context.farewell, call.name]).toEqual([
        before.end,
        before.farewell,
        'draining',
      ]);
    }
    call.fold(call.message('operator.kill-requested', {}, { gateway: '_operator' }));
    expect(call.name).toBe('terminating');
  });
});

describe('an end that was asked for', () => {
  /** Calls in every kind of trouble that an active call may be in. */
  const TROUBLES: Readonly<Record<string, () => CallUnderTest>> = {
    'all is well': () => aCall(),
    'media stopped': () => aCall().play('stream.stopped'),
    'the gateway is in doubt': () => twilioCall({}, { script: { ping: 'never' } }).wait(48_000),
    'an end without evidence waits': () =>
      aCall({ script: { 'permit-unattended': 'never' } })
        .play('stream.stopped')
        .wait(30_000),
    'the activity is paused': () => aCall().play('activity.paused'),
    'the agent left the room': () => aCall().webhook('participant.left', { identity: 'bot', kind: 'AGENT' }),
    'it still rings': () => twilioCall({ direction: 'outbound' }),
    'an end was cancelled': () => aCall().play('end.requested', SPOKEN).operator('end-cancelled'),
  };

  it.each(Object.keys(TROUBLES))('field rule 18: leads out of active at once, also when %s', (trouble) => {
    const call = TROUBLES[trouble]?.() ?? aCall();
    expect(call.name).toBe('active');
    call.fold(call.message('end.requested', SPOKEN));
    expect(call.name).not.toBe('active');
    call.untilClosed();
    expect(call.record.endedBy).toBe('agent');
  });

  it('field rule 18: what a watchdog ends has a reason of its own', () => {
    const timed = (name: string, value: number): CallUnderTest =>
      twilioCall({ policy: { timers: { [name]: value } } }).untilClosed();
    const reasons = [
      timed('silenceMs', 20_000),
      timed('maxCallMs', 60_000),
      twilioCall({ direction: 'outbound' }).untilClosed(),
      aCall().play('stream.stopped').untilClosed(),
      aCall({ script: { ping: NOBODY } }).untilClosed(),
      aCall().play('end.requested', SPOKEN).untilClosed(),
    ].map(({ record }) => record.endReason);
    expect(reasons).toEqual([
      'silence_timeout',
      'max_duration',
      'no_answer',
      'media_failure',
      'gateway_lost',
      'agent_end_call',
    ]);
  });

  it('field rule 21: a model that never calls its tool is ended by silence, by length, or by its phrase', () => {
    const timers = { silenceMs: 20_000, maxCallMs: 600_000 };
    const silent = twilioCall({ policy: { timers } }).untilClosed();
    expect(silent.record.endReason).toBe('silence_timeout');
    const onHold = twilioCall({ policy: { timers } }).play('activity.paused').untilClosed();
    expect(onHold.record.endReason).toBe('max_duration');
    expect(onHold.at - onHold.record.startedAt).toBeLessThan(700_000);
    const phrase = aCall().play('end.requested', { by: 'phrase' }).echo().untilClosed();
    expect(phrase.ending).toBe('agent / agent_end_phrase / confirmed');
  });
});
