/** Outcomes of one call that came together: one message, the same life. */
import { expect, test } from 'vitest';
import { pendingEffects } from '../../src/actors/call-actor.ts';
import { Draft } from '../../src/actors/draft.ts';
import { effectId } from '../../src/actors/effect-id.ts';
import { aCall, BOTH, BUSY, GONE } from './call-under-test.ts';
import type { CallOptions } from './call-under-test.ts';
import { effectById } from '../../src/actors/call-state.ts';

const LIVES: readonly CallOptions[] = [
  { start: BOTH },
  { start: BOTH, script: { 'hang-up-leg': GONE, 'delete-room': BUSY, 'run-end-function': BUSY } },
  { start: BOTH, script: { mark: { result: 'refused', code: '500' }, close: { result: 'no-responder' } } },
];

test.each(LIVES.map((options, index) => [index, options] as const))(
  'told together, outcomes do what they do one by one (%i)',
  (_index, options) => {
    const [together, apart] = [true, false].map((gathered) => {
      const call = aCall({ ...options, together: gathered });
      call.play('end.requested', { by: 'agent', farewell: 'spoken' }).echo().untilClosed();
      const asked = call.sent.map(({ kind, attempt }) => `${kind} ${attempt}`);
      const { timeline, ...record } = call.record;
      return { seq: call.seq, asked: asked.toSorted(), record, states: timeline.map(({ to }) => to) };
    });
    expect({ ...together, seq: 0 }).toEqual({ ...apart, seq: 0 });
    expect(together?.seq).toBeLessThan(apart?.seq ?? 0);
  },
);

test('what a fold asks for and then withdraws is not done (log rule 32)', () => {
  const call = aCall({ script: { mark: 'never' } });
  call.play('end.requested', { by: 'agent', farewell: 'spoken' });
  const [pending] = call.state.effects;
  const id = pending?.request.effectId ?? '';
  const draft = new Draft(call.state, call.message('caller.spoke'), call.world);
  draft.effects.push(...pendingEffects(call.state));
  expect(draft.effects.map(({ effectId }) => effectId)).toContain(id);
  draft.withdraw(id);
  const { effects, withdrawn, state } = draft.done('applied');
  expect(effects.map(({ effectId }) => effectId)).not.toContain(id);
  expect([withdrawn, effectById(state, id)]).toEqual([[id], undefined]);
});

test('a hangup that an outcome of the same message proves is not asked for again (log rule 40)', () => {
  const start = { provider: 'twilio', legs: { carrier: { callSid: 'CA1' }, agent: { callSid: 'CA2' } } };
  const call = aCall({ start, script: { mark: 'never' } });
  call.play('end.requested', { by: 'agent', farewell: 'spoken' });
  const { endAttempt } = call.context;
  const hungUp = (leg: string) => ({
    effectId: effectId(call.state, 'hang-up-leg', leg, endAttempt),
    attempt: 1,
    outcome: { result: 'done', status: 'completed' },
    emergency: true,
  });
  call.own('effect.settled', { ...hungUp('carrier'), also: [hungUp('agent')] });
  expect(call.of('hang-up-leg')).toEqual([]);
  call.untilClosed();
  expect(call.legs).toMatchObject({
    carrier: expect.stringMatching(/^confirmed/),
    agent: expect.stringMatching(/^confirmed/),
  });
});
