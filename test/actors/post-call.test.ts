/** The post-call work and what outlives a call (invariants 7, 8, 15, 25; log rules 35 to 37). */
import { describe, expect, it } from 'vitest';
import { pendingEffects } from '../../src/actors/call-actor.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { aCall, BUSY, DONE, endFunction, GONE } from './call-under-test.ts';
import type { CallOptions, CallUnderTest } from './call-under-test.ts';

const FUNCTIONS = [endFunction('crm'), endFunction('mail', ['crm'])];
const FAILS: Outcome = { result: 'retry', code: 'function_threw', detail: 'no CRM' };

const ended = (options: CallOptions = {}): CallUnderTest =>
  aCall({ functions: FUNCTIONS, ...options }).play('caller.left');

const statuses = (call: CallUnderTest): string[] => call.record.endFunctions.map(({ status }) => status);

describe('end functions', () => {
  it('run once each, in their order, after the settle window (field rule 54)', () => {
    const call = ended().wait(1_999);
    expect(call.of('run-end-function')).toEqual([]);
    call.play('transcript.appended', { role: 'user', text: 'late words' }).untilClosed();
    const runs = call.of('run-end-function');
    expect(runs.map(({ payload }) => 'function' in payload && payload.function)).toEqual(['crm', 'mail']);
    expect(runs[0]?.payload).toMatchObject({ input: { transcript: [{ text: 'late words' }] } });
    expect(new Set(runs.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
    expect(statuses(call)).toEqual(['succeeded', 'succeeded']);
  });

  it('give a disposition and an output', () => {
    const data = { output: { ticket: 7 }, disposition: { code: 'sale' } };
    const call = ended({ script: { 'run-end-function:crm': { result: 'done', data } } }).untilClosed();
    expect(call.record.disposition).toEqual({ code: 'sale' });
    expect(call.record.endFunctions[0]).toMatchObject({ output: { ticket: 7 } });
  });

  it('are retried, then a dead letter; those after them still run', () => {
    const call = ended({ script: { 'run-end-function:crm': FAILS } }).untilClosed();
    expect(statuses(call)).toEqual(['dead_lettered', 'succeeded']);
    expect(call.record.endFunctions[0]).toMatchObject({ attempts: 2, error: 'no CRM' });
    expect(call.of('publish-dead-letter')).toHaveLength(1);
  });

  it('succeed in a later redrive, which leaves no error and adds a version of the record', () => {
    let answer = FAILS;
    const call = ended({ script: { 'run-end-function:crm': () => answer } }).untilClosed();
    expect(call.wait(600_000).record.recordVersion).toBe(1);
    answer = DONE;
    call.wait(3_600_000);
    expect(call.record.recordVersion).toBe(2);
    expect(call.record.endFunctions[0]).toMatchObject({ status: 'succeeded', attempts: 4 });
    expect(call.record.endFunctions[0]).not.toHaveProperty('error');
    expect(call.state.effects).toEqual([]);
  });

  it('are redriven four times, one attempt each, then left to people', () => {
    const call = ended({ script: { 'run-end-function:crm': FAILS } })
      .untilClosed()
      .wait(172_000_000);
    const runs = call
      .of('run-end-function')
      .filter(({ payload }) => 'function' in payload && payload.function === 'crm');
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(call.state.effects).toEqual([]);
  });

  it('that hope is lost for are not redriven', () => {
    const hopeless: Outcome = { result: 'fatal', code: 'function_missing' };
    const call = ended({ script: { 'run-end-function:crm': hopeless } }).untilClosed();
    expect(call.record.endFunctions[0]).toMatchObject({ status: 'dead_lettered', attempts: 1 });
    expect(call.state.effects).toEqual([]);
  });

  it('that are left when the time is over are dead letters, also those that never started', () => {
    const call = ended({ script: { 'run-end-function:crm': 'never' } }).untilClosed();
    expect(statuses(call)).toEqual(['dead_lettered', 'dead_lettered']);
    const letters = call
      .of('publish-dead-letter')
      .map(({ payload }) => 'letter' in payload && payload.letter);
    expect(letters).toMatchObject([
      { function: 'crm', attempts: 1, error: 'post_processing_over' },
      { function: 'mail', attempts: 0, error: 'never_started' },
    ]);
    call.script = { ...call.script, 'run-end-function:crm': DONE };
    call.wait(700_000);
    expect(statuses(call)).toEqual(['succeeded', 'succeeded']);
    expect(call.record.endFunctions[1]).toMatchObject({ attempts: 1 });
  });

  it('that finish while the record is on its way bring one more version', () => {
    const late = { afterMs: 302_000, outcome: DONE };
    const slow = { afterMs: 60_000, outcome: DONE };
    const script = { 'run-end-function:crm': late, 'publish-record': slow };
    const call = ended({ functions: [endFunction('crm')], script })
      .untilClosed()
      .wait(200_000);
    expect(call.record.recordVersion).toBe(2);
    expect(statuses(call)).toEqual(['succeeded']);
  });
});

describe('a closed call (invariant 15)', () => {
  it('absorbs what comes late, and a second start (invariant 16)', () => {
    const call = ended().untilClosed();
    const { state } = call;
    call.play('end.requested').play('caller.spoke').operator('kill-requested');
    expect(call.verdicts.slice(-3)).toEqual(['late', 'late', 'late']);
    call.play('call.started', { provider: 'twilio', legs: { carrier: { callSid: 'CA1' } } });
    expect(call.verdicts.at(-1)).toBe('duplicate');
    expect(call.commands('call-refused')).toEqual([]);
    expect(call.state.snapshot).toBe(state.snapshot);
    call.play('call.started', { provider: 'twilio', legs: { carrier: { callSid: 'OTHER' } } });
    expect(call.commands('call-refused')).toEqual([{ code: 'id_reused' }]);
  });

  it('is closed only once its record was acknowledged (invariant 25)', () => {
    let answer: Outcome = BUSY;
    const call = ended({ script: { 'publish-record': () => answer } }).wait(60_000);
    expect(call.name).toBe('post-processing');
    const { closedAt } = call.record;
    answer = DONE;
    call.untilClosed();
    expect(call.record.closedAt).toBe(closedAt);
    expect(call.record.timeline.at(-1)).toMatchObject({ to: 'closed', at: closedAt });
  });
});

describe('pauses and repeats', () => {
  it('a paused node notes what it would do, and does it when the pause ends (rule R11)', () => {
    const call = aCall();
    call.world = { ...call.world, paused: true };
    call.play('end.requested', { farewell: 'none' }).wait(1_000);
    expect(call.of('hang-up-leg')).toEqual([]);
    expect(call.state.account.would.map(({ effect }) => effect)).toContain('hang-up-leg');
    call.world = { ...call.world, paused: false };
    for (const effect of pendingEffects(call.state)) call.perform(effect);
    call.untilClosed();
    expect(call.legs['carrier']).toBe('confirmed_by_response');
    expect(call.record.would?.length).toBeGreaterThan(0);
  });

  it('a message of another gateway never reaches the call (invariant 20)', () => {
    const call = aCall().play('caller.left', {}, { gateway: 'gw2' });
    expect(call.path).toBe('A');
    expect(call.verdicts).toEqual(['unauthorised']);
  });

  it('a gap in the numbering blocks only the confirmation (log rule 21)', () => {
    const call = aCall().play('end.requested', { farewell: 'spoken' }, { sequence: 2 });
    call.play('caller.spoke', {}, { sequence: 5 }).play('agent.spoke', {}, { sequence: 4 });
    expect(call.verdicts.at(-1)).toBe('duplicate');
    call.play('mark.echoed', { name: 'onhook-1-1' }, { sequence: 6 }).untilClosed();
    expect(call.ending).toBe('agent / agent_end_call / unconfirmed');
  });

  it('an emergency hangup that is reported late is in the record (log rule 40)', () => {
    const call = aCall({ script: { 'hang-up-leg': 'never' } }).play('end.requested', { farewell: 'none' });
    const [hangUp] = call.of('hang-up-leg');
    const outcome = { ...GONE } as { result: string };
    call.own('effect.settled', { effectId: hangUp?.effectId ?? '', attempt: 1, outcome, emergency: true });
    call.untilClosed();
    expect(call.record.emergency).toBe(true);
    expect(call.legs['carrier']).toBe('already_ended');
  });
});
