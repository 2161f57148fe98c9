/** The ledger of end functions: what is waited for, what ran, what never ran and why (invariant 8). */
import { expect, it } from 'vitest';
import { dueAt } from '../../src/actors/call-actor.ts';
import { functionViews } from '../../src/supervisor/function-ledger.ts';
import { aCall, DONE, endFunction } from '../actors/call-under-test.ts';
import type { CallUnderTest } from '../actors/call-under-test.ts';

const ledgerOf = (call: CallUnderTest) => functionViews(call.state, (timer) => dueAt(timer, call.world));
const linesOf = (call: CallUnderTest): string[] =>
  ledgerOf(call).map(({ name, status, attempt, why = '' }) =>
    `${name} ${status} ${attempt} ${why}`.trimEnd(),
  );

it('tells each way of a function, from declared to decided', () => {
  const functions = [
    endFunction('crm'),
    endFunction('mail', ['crm']),
    endFunction('sms', [], { onlyIf: { 'state.consent': true } }),
    endFunction('archive', [], { inputs: ['state.recordingUrl'], inputsWaitMs: 60_000 }),
  ];
  const slow = { afterMs: 500, outcome: { result: 'retry', code: 'http_503' } } as const;
  const call = aCall({ functions, script: { 'run-end-function:crm': slow } });
  const declared = 'declared 0 the end of the call is not decided';
  expect(linesOf(call)).toEqual(['crm', 'mail', 'sms', 'archive'].map((name) => `${name} ${declared}`));
  call.play('caller.left').wait(2_000);
  expect(linesOf(call)).toEqual([
    'crm running 1',
    'mail waiting 0 after: crm',
    'sms skipped 0 only_if state.consent',
    'archive waiting 0 inputs: state.recordingUrl',
  ]);
  call.wait(600);
  expect(linesOf(call)[0]).toBe('crm waiting 1 attempt 1 failed');
  expect(ledgerOf(call)[0]?.nextAttemptAt).toBeGreaterThan(call.at);
  call.wait(10_000);
  expect(linesOf(call).slice(0, 2)).toEqual(['crm dead_lettered 2 http_503', 'mail succeeded 1']);
  call.untilClosed();
  expect(linesOf(call)[3]).toBe('archive succeeded 1');
  expect(ledgerOf(call)[3]?.missing).toEqual(['state.recordingUrl']);
  expect(call.record.endFunctions.find(({ name }) => name === 'sms')).toMatchObject({ attempts: 0 });
});

it('shows a function that was never run, and the run that was put off until later', () => {
  const never = aCall({ functions: [endFunction('crm'), endFunction('mail', ['crm'])] });
  never.script = { ...never.script, 'run-end-function:crm': 'never' };
  never.play('caller.left').untilClosed();
  expect(linesOf(never)[1]).toBe('mail dead_lettered 0 never_started');
  expect(ledgerOf(never)[1]?.nextAttemptAt).toBeGreaterThan(never.at);
  const booked = aCall({ functions: [endFunction('callback')] });
  const runAgainAt = booked.at + 3_600_000;
  booked.script = { 'run-end-function': { result: 'done', data: { runAgainAt } } };
  booked.play('caller.left').settle().wait(60_000);
  expect(ledgerOf(booked)[0]?.followUp).toMatchObject({ at: runAgainAt, status: 'scheduled' });
  booked.script = { 'run-end-function': DONE };
});
