/** Decision table: how a farewell is waited for and what cuts it (rows 1 to 17). */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import { aCall, twilioCall } from './call-under-test.ts';
import type { CallUnderTest } from './call-under-test.ts';

const STD = { carrier: 'confirmed_by_response', session: 'confirmed_by_response' };

const bargeIn = (mode: string, more: JsonObject = {}): CallUnderTest =>
  twilioCall({ policy: { bargeIn: mode, ...more } });

describe('the farewell is heard', () => {
  it('row 1: a spoken farewell ends with the echo of our mark', () => {
    const call = aCall().play('end.requested', { farewell: 'spoken', toolCallId: 't1' });
    expect(call.marks).toEqual(['onhook-1-1']);
    call.wait(500).echo().wait(0).untilClosed();
    expect(call.path).toBe('A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
    expect(call.legs).toEqual(STD);
    expect(call.record.legs['carrier']?.attempts).toBe(1);
    expect(call.record.endedByBasis).toBe('reported');
    expect(call.record.endFunctions).toMatchObject([{ name: 'crm', status: 'succeeded', attempts: 1 }]);
    expect(call.commands('end-accepted')).toEqual([{ attempt: 1 }]);
    expect(call.commands('close')).toEqual([{ reason: 'agent_end_call' }]);
    expect(call.of('hang-up-leg')).toHaveLength(1);
    expect(call.of('hang-up-leg')[0]?.cause).toBe('mark.echoed');
    expect(call.record.silenceAfterFarewellMs).toBe(0);
    expect(call.record.endAttempts).toEqual([{ attempt: 1, by: 'agent', outcome: 'accepted' }]);
  });

  it('row 2: a reply is started, finished, and its mark echoed', () => {
    const call = aCall()
      .play('end.requested', { farewell: 'reply' })
      .play('farewell.started', { utteranceId: 'u1' })
      .wait(2_000)
      .play('farewell.finished', { utteranceId: 'u1', audioMs: 3_000 });
    expect(call.name).toBe('draining');
    call.wait(900).echo().untilClosed();
    expect(call.path).toBe('A F D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
    expect(call.legs).toEqual(STD);
  });

  it('row 3: a reply that never starts is given up, its buffered audio is still flushed', () => {
    const call = aCall().play('end.requested', { farewell: 'reply' }).wait(4_999);
    expect(call.name).toBe('farewell-speaking');
    call.wait(1);
    expect(call.name).toBe('draining');
    expect(call.marks).toHaveLength(1);
    call.echo().untilClosed();
    expect(call.path).toBe('A F D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / timed_out');
  });

  it('row 4: a reply that never finishes is given up after farewellMs, the drain is still waited for', () => {
    const call = aCall()
      .play('end.requested', { farewell: 'reply' })
      .play('farewell.started', { utteranceId: 'u1' })
      .wait(29_999);
    expect(call.name).toBe('farewell-speaking');
    call.wait(1).wait(14_999);
    expect(call.name).toBe('draining');
    call.untilClosed();
    expect(call.path).toBe('A F D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / timed_out');
  });

  it('row 4, field rule 4: a known length bounds the farewell by its end and a grace', () => {
    const call = aCall()
      .play('end.requested', { farewell: 'reply' })
      .play('farewell.started', { utteranceId: 'u1', expectedMs: 60_000 })
      .wait(64_999);
    expect(call.name).toBe('farewell-speaking');
    expect(call.wait(1).name).toBe('draining');
  });

  it('row 5: a failed farewell ends the call at once', () => {
    const failed = aCall().play('end.requested', { farewell: 'reply' }).play('farewell.failed').untilClosed();
    const refused = twilioCall(
      { capabilities: { say: true } },
      { script: { say: { result: 'refused', code: '500' } } },
    )
      .play('end.requested', { farewell: { say: 'Bye.' } })
      .untilClosed();
    for (const call of [failed, refused]) {
      expect(call.path).toBe('A F T P Z');
      expect(call.ending).toBe('agent / agent_end_call / failed');
      expect(call.legs).toEqual(STD);
    }
  });

  it('row 5: a refused farewell command fails the farewell', () => {
    const call = twilioCall(
      { capabilities: { farewell: true } },
      { script: { farewell: { result: 'refused', code: '500' } } },
    )
      .operator('end-requested')
      .untilClosed();
    expect(call.path).toBe('A F T P Z');
    expect(call.ending).toBe('operator / operator_ended / failed');
  });

  it('row 6, field rule 7: another utterance that finishes is not the farewell, an unbound one binds', () => {
    const bound = aCall()
      .play('end.requested', { farewell: 'reply' })
      .play('farewell.started', { utteranceId: 'u1' })
      .play('farewell.finished', { utteranceId: 'other' });
    expect(bound.name).toBe('farewell-speaking');
    const unbound = aCall()
      .play('end.requested', { farewell: 'reply' })
      .play('farewell.finished', { utteranceId: 'u7' });
    expect(unbound.name).toBe('draining');
  });

  it('row 7, field rule 33: without an echo the drain timer ends the call', () => {
    const call = aCall().play('end.requested', { farewell: 'spoken' }).wait(14_999);
    expect(call.name).toBe('draining');
    call.wait(1).untilClosed();
    expect(call.path).toBe('A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / unconfirmed');
    expect(call.of('hang-up-leg')[0]?.cause).toBe('timer.drain');
    expect(call.legs).toEqual(STD);
  });

  it('row 8: the log decides between the echo and the drain timer, in both orders', () => {
    const late = aCall({ script: { 'hang-up-leg': 'never' } }).play('end.requested', { farewell: 'spoken' });
    late.wait(15_000).echo().untilClosed();
    expect(late.ending).toBe('agent / agent_end_call / unconfirmed');
    const early = aCall().play('end.requested', { farewell: 'spoken' });
    const stale = early.state.timers.find(({ timerId }) => timerId.startsWith('drain.'));
    early.at += 15_000;
    early.fold(early.message('mark.echoed', { name: 'onhook-1-1' }));
    const { seq: armedSeq, era: armedEra } = stale?.armed ?? { seq: 0, era: 0 };
    early.own('timer.fired', { timerId: stale?.timerId ?? '', armedSeq, armedEra, waitedMs: 15_000 });
    early.untilClosed();
    expect(early.ending).toBe('agent / agent_end_call / confirmed');
  });
});

describe('barge-in (rule R5)', () => {
  it('row 9: under lock speech changes nothing and is kept in the causes', () => {
    const call = aCall().play('end.requested', { farewell: 'spoken' }).play('caller.spoke', { text: 'wait' });
    expect(call.name).toBe('draining');
    call.echo().untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
    expect(call.causes).toEqual(['end.requested', 'caller.spoke']);
  });

  it('row 10, field rule 16: under lock a clear ends the call at once, its echo proves nothing', () => {
    const draining = aCall().play('end.requested', { farewell: 'spoken' });
    draining.fold(draining.message('playback.cleared'));
    expect(draining.name).toBe('terminating');
    draining.echo().untilClosed();
    expect(draining.ending).toBe('agent / agent_end_call / interrupted');
    const speaking = aCall()
      .play('end.requested', { farewell: 'reply' })
      .play('playback.cleared')
      .untilClosed();
    expect(speaking.path).toBe('A F T P Z');
    expect(speaking.ending).toBe('agent / agent_end_call / interrupted');
  });

  it('row 11: under listen the hangup waits until the caller was quiet', () => {
    const call = bargeIn('listen')
      .play('end.requested', { farewell: 'spoken' })
      .play('caller.spoke', { text: 'one more' })
      .wait(1_000)
      .echo();
    expect(call.name).toBe('draining');
    expect(call.wait(499).name).toBe('draining');
    call.wait(1).untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
  });

  it('row 11: under listen a clear interrupts, and listenMaxMs bounds the patience', () => {
    const call = bargeIn('listen').play('end.requested', { farewell: 'spoken' }).play('playback.cleared');
    expect(call.marks).toEqual(['onhook-1-1', 'onhook-1-2']);
    for (let spoken = 0; spoken < 7; spoken += 1) call.wait(1_000).play('caller.spoke', { text: 'and' });
    expect(call.name).toBe('draining');
    expect(call.wait(1_000).name).not.toBe('draining');
    call.untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / interrupted');
  });

  it('row 12: under resume real speech takes the end back', () => {
    const call = bargeIn('resume')
      .play('end.requested', { farewell: 'spoken', toolCallId: 't9' })
      .play('caller.spoke', { text: 'wait, one question', final: true });
    expect(call.path).toBe('A D A');
    expect(call.commands('clear')).toHaveLength(1);
    expect(call.commands('end-cancelled')).toEqual([{ attempt: 1, toolCallId: 't9' }]);
    expect(call.state.timers.some(({ timerId }) => timerId.startsWith('maxCall.'))).toBe(true);
    expect(call.state.account.endAttempts).toEqual([{ attempt: 1, by: 'agent', outcome: 'cancelled' }]);
    call.play('mark.echoed', { name: 'onhook-1-1' }).play('end.requested', { farewell: 'spoken' });
    expect(call.marks).toEqual(['onhook-1-1', 'onhook-2-1']);
    call.echo().untilClosed();
    expect(call.path).toBe('A D A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
  });

  it('row 12: also while the farewell is spoken, and a non-final word holds an echo back', () => {
    const spoken = bargeIn('resume')
      .play('end.requested', { farewell: 'reply' })
      .play('caller.spoke', { text: 'hold on please', final: true });
    expect(spoken.path).toBe('A F A');
    const held = bargeIn('resume')
      .play('end.requested', { farewell: 'spoken' })
      .play('caller.spoke', { text: 'hold' })
      .echo();
    expect(held.name).toBe('draining');
    held.play('caller.spoke', { text: 'hold on please', final: true });
    expect(held.name).toBe('active');
  });

  it('row 13: an acknowledgement does not take the end back', () => {
    const call = bargeIn('resume')
      .play('end.requested', { farewell: 'spoken' })
      .play('caller.spoke', { text: 'Okay, bye!', final: true });
    expect(call.name).toBe('draining');
    call.echo().untilClosed();
    expect(call.path).toBe('A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
  });

  it('row 14: past bargeInMax resume is lock', () => {
    const call = bargeIn('resume', { bargeInMax: 1 })
      .play('end.requested', { farewell: 'spoken' })
      .play('caller.spoke', { text: 'one question', final: true })
      .play('end.requested', { farewell: 'spoken' })
      .play('caller.spoke', { text: 'another question', final: true });
    expect(call.name).toBe('draining');
    call.play('playback.cleared').untilClosed();
    expect(call.path).toBe('A D A D T P Z');
    expect(call.ending).toBe('agent / agent_end_call / interrupted');
  });

  it.each([
    ['lock', 'A F T P Z'],
    ['listen', 'A F T P Z'],
    ['resume', 'A F T P Z'],
  ])('row 15: an interrupted farewell under %s', (mode, path) => {
    const call = bargeIn(mode)
      .play('end.requested', { farewell: 'reply' })
      .play('farewell.started', { utteranceId: 'u1' })
      .play('farewell.finished', { utteranceId: 'u1', interrupted: true });
    if (mode !== 'lock') {
      expect(call.name).toBe('farewell-speaking');
      expect(call.wait(1_499).name).toBe('farewell-speaking');
      call.wait(1);
    }
    call.untilClosed();
    expect(call.path).toBe(path);
    expect(call.ending).toBe('agent / agent_end_call / interrupted');
  });

  it('row 15: under resume the words that follow an interruption take the end back', () => {
    const call = bargeIn('resume')
      .play('end.requested', { farewell: 'reply' })
      .play('farewell.started', { utteranceId: 'u1' })
      .play('farewell.finished', { utteranceId: 'u1', interrupted: true })
      .wait(1_000)
      .play('caller.spoke', { text: 'one more thing', final: true });
    expect(call.name).toBe('active');
  });

  it('a gateway without marks is sent none, also after a clear', () => {
    const call = twilioCall({ capabilities: { marks: false }, policy: { bargeIn: 'listen' } })
      .play('end.requested', { farewell: 'spoken' })
      .play('playback.cleared')
      .untilClosed();
    expect(call.marks).toEqual([]);
    expect(call.ending).toBe('agent / agent_end_call / interrupted');
  });
});

describe('repeats and silence', () => {
  it('row 16, field rule 19: eleven repeats of the end make one hangup, each is answered', () => {
    const call = aCall().play('end.requested', { farewell: 'spoken' });
    for (let repeat = 0; repeat < 11; repeat += 1) call.wait(300).play('end.requested', { farewell: 'none' });
    expect(call.name).toBe('draining');
    call.echo().untilClosed();
    expect(call.commands('end-accepted')).toEqual([
      { attempt: 1 },
      ...Array.from({ length: 11 }, () => ({ attempt: 1, already: true })),
    ]);
    expect(call.of('hang-up-leg')).toHaveLength(1);
    expect(call.ending).toBe('agent / agent_end_call / confirmed');
  });

  it('row 17: no farewell wished, the line is ended at once', () => {
    const call = aCall().play('end.requested', { farewell: 'none' }).untilClosed();
    expect(call.path).toBe('A T P Z');
    expect(call.ending).toBe('agent / agent_end_call / none_needed');
    expect(call.legs).toEqual(STD);
  });
});

describe('rule R1: who asks for the end', () => {
  it.each([
    ['agent', 'agent / agent_end_call'],
    ['phrase', 'agent / agent_end_phrase'],
    ['voicemail', 'agent / voicemail'],
    ['ivr', 'agent / ivr'],
    ['silence', 'system / silence_timeout'],
    ['max_duration', 'system / max_duration'],
    ['policy', 'system / rejected_by_policy'],
    ['ai_error', 'system / ai_error'],
    ['media_failure', 'system / media_failure'],
    ['worker_shutdown', 'system / worker_shutdown'],
    ['martian', 'agent / agent_end_call'],
  ])('rule R1: %s → %s', (by, ending) => {
    const call = aCall().play('end.requested', { by, farewell: 'none' }).untilClosed();
    expect(call.ending).toBe(`${ending} / none_needed`);
    if (by === 'martian') expect(call.record.causes[0]).toMatchObject({ detail: 'martian' });
  });
});
