/** When an end function starts, whether it does, and its later runs (field rules 54, 55; log rules 11, 35). */
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/contract/outcome.ts';
import type { Effect } from '../../src/contract/effect.ts';
import { aCall, DONE, endFunction } from './call-under-test.ts';
import type { CallUnderTest, Script } from './call-under-test.ts';

const SETTLE_MS = 2_000;
const RECORDING = { inputs: ['state.recordingUrl'], inputsWaitMs: 5_000 };
const MINUTE_MS = 60_000;

function endedWith(conditions: Parameters<typeof endFunction>[2], script: Script = {}, after: string[] = []) {
  const functions = after.length === 0 ? [] : [endFunction('summary')];
  return aCall({ functions: [...functions, endFunction('crm', after, conditions)], script }).play(
    'caller.left',
  );
}

const runsOf = (call: CallUnderTest, name = 'crm'): Effect[] =>
  call.of('run-end-function').filter(({ payload }) => 'function' in payload && payload.function === name);

const entryOf = (call: CallUnderTest, name = 'crm') =>
  call.record.endFunctions.find((entry) => entry.name === name);

describe('declared inputs', () => {
  it('are waited for, and the function starts when the last has come', () => {
    const call = endedWith(RECORDING).wait(SETTLE_MS + 3_000);
    expect(runsOf(call)).toEqual([]);
    call.play('state.patched', { patch: { recordingUrl: 'https://r/1' } });
    expect(runsOf(call)).toMatchObject([
      { attempt: 1, payload: { input: { missing: [], state: { recordingUrl: 'https://r/1' } } } },
    ]);
    expect(entryOf(call.untilClosed())).not.toHaveProperty('missing');
  });

  it('that do not come are named as missing, never sent as a blank (field rule 55)', () => {
    const call = endedWith(RECORDING).play('state.patched', { patch: { recordingUrl: '' } });
    call.wait(SETTLE_MS + 4_999);
    expect(runsOf(call)).toEqual([]);
    call.wait(1);
    expect(runsOf(call)).toMatchObject([
      { attempt: 1, payload: { input: { missing: ['state.recordingUrl'] } } },
    ]);
    expect(entryOf(call.untilClosed())).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      missing: ['state.recordingUrl'],
    });
  });

  it('are not waited for when the bound is 0, nor when they are there', () => {
    const none = endedWith({ ...RECORDING, inputsWaitMs: 0 }).wait(SETTLE_MS);
    expect(runsOf(none)).toHaveLength(1);
    const there = aCall({ functions: [endFunction('crm', [], { inputs: ['transcript', 'call.endReason'] })] })
      .play('transcript.appended', { role: 'caller', text: 'bye' })
      .play('caller.left')
      .wait(SETTLE_MS);
    expect(runsOf(there)).toHaveLength(1);
  });

  it('may be the output of another function', () => {
    const data = { output: { text: 'all well' } };
    const script = {
      'run-end-function:summary': { afterMs: 1_000, outcome: { result: 'done', data } as Outcome },
    };
    const call = endedWith({ inputs: ['functions.summary.output.text'] }, script);
    const both = aCall({
      functions: [
        endFunction('summary'),
        endFunction('crm', [], { inputs: ['functions.summary.output.text'] }),
      ],
      script,
    });
    both.play('caller.left').wait(SETTLE_MS + 999);
    expect(runsOf(both)).toEqual([]);
    both.wait(1);
    expect(runsOf(both)).toMatchObject([{ payload: { input: { missing: [] } } }]);
    expect(entryOf(call.untilClosed())).toMatchObject({ missing: ['functions.summary.output.text'] });
  });

  it('hold up nobody else, and a wait that outlasts the time is a dead letter with its reason', () => {
    const late = endFunction('crm', [], { inputs: ['state.never'], inputsWaitMs: 400_000 });
    const call = aCall({ functions: [late, endFunction('mail')] })
      .play('caller.left')
      .wait(SETTLE_MS);
    expect(runsOf(call, 'mail')).toHaveLength(1);
    call.untilClosed();
    expect(entryOf(call)).toMatchObject({ status: 'dead_lettered', attempts: 0, error: 'inputs_missing' });
    call.wait(10 * MINUTE_MS);
    expect(entryOf(call)).toMatchObject({ status: 'succeeded', attempts: 1, missing: ['state.never'] });
  });
});

describe('onlyIf', () => {
  const start = { state: { consent: true, kind: 'sales' } };
  const decided = (onlyIf: Parameters<typeof endFunction>[2]) => {
    const call = aCall({ start: { ...TWILIO_START, ...start }, functions: [endFunction('crm', [], onlyIf)] });
    return entryOf(call.play('caller.left').untilClosed());
  };

  it.each([
    { 'state.consent': true },
    { 'state.kind': ['sales', 'support'] },
    { 'call.endReason': 'caller_hangup', 'call.endedBy': 'caller' },
    { 'state.consent': { present: true }, 'state.other': { present: false } },
  ])('lets %j run', (onlyIf) => {
    expect(decided({ onlyIf })).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it.each([
    [{ 'state.consent': false }, 'state.consent'],
    [{ 'state.kind': ['support'] }, 'state.kind'],
    [{ 'state.consent': true, 'call.endReason': 'voicemail' }, 'call.endReason'],
    [{ 'state.other': { present: true } }, 'state.other'],
    [{ 'state.consent.deeper': true }, 'state.consent.deeper'],
  ])('skips for %j and names the path', (onlyIf, path) => {
    expect(decided({ onlyIf })).toMatchObject({ status: 'skipped', reason: `only_if ${path}`, attempts: 0 });
  });

  it('is decided when what it asks about was waited for', () => {
    const conditions = { inputs: ['state.consent'], inputsWaitMs: 5_000, onlyIf: { 'state.consent': true } };
    const yes = endedWith(conditions)
      .wait(SETTLE_MS)
      .play('state.patched', { patch: { consent: true } });
    expect(entryOf(yes.untilClosed())).toMatchObject({ status: 'succeeded' });
    const no = endedWith(conditions)
      .wait(SETTLE_MS)
      .play('state.patched', { patch: { consent: false } });
    expect(entryOf(no.untilClosed())).toMatchObject({ status: 'skipped', reason: 'only_if state.consent' });
    const silent = endedWith(conditions).untilClosed();
    expect(entryOf(silent)).toMatchObject({ status: 'skipped', attempts: 0 });
  });

  it('may look at what came of another, and lets those behind a skipped one run', () => {
    const fails: Outcome = { result: 'fatal', code: 'function_terminal' };
    const functions = [
      endFunction('crm'),
      endFunction('thanks', ['crm'], { onlyIf: { 'functions.crm.status': 'succeeded' } }),
      endFunction('audit', ['thanks']),
    ];
    const call = aCall({ functions, script: { 'run-end-function:crm': fails } }).play('caller.left');
    const statuses = call.untilClosed().record.endFunctions.map(({ status }) => status);
    expect(statuses).toEqual(['dead_lettered', 'skipped', 'succeeded']);
  });
});

const TWILIO_START = { provider: 'twilio', legs: { carrier: { callSid: 'CA1' } } };

describe('a run that a function asks for with runAgainAt', () => {
  const HOUR_MS = 3_600_000;
  function booked(second: Outcome = DONE, inMs = 2 * HOUR_MS) {
    const call = aCall({ functions: [endFunction('callback')] });
    const runAgainAt = call.at + inMs;
    call.script = {
      ...call.script,
      'run-end-function:callback': ({ payload }) =>
        'function' in payload && payload.input['scheduledFor'] === undefined
          ? { result: 'done', data: { runAgainAt } }
          : second,
    };
    return { call: call.play('caller.left').untilClosed(), runAgainAt };
  }

  it('waits in the log, runs at its instant under a key of its own, and makes a new version', () => {
    const { call, runAgainAt } = booked();
    expect(entryOf(call, 'callback')).toMatchObject({
      status: 'succeeded',
      followUp: { at: runAgainAt, status: 'scheduled', attempts: 0 },
    });
    call.wait(runAgainAt - call.at - 1);
    expect(runsOf(call, 'callback')).toHaveLength(1);
    call.wait(1);
    const [first, second] = runsOf(call, 'callback');
    expect(second).toMatchObject({ attempt: 1, payload: { input: { scheduledFor: runAgainAt } } });
    expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey);
    expect(call.record).toMatchObject({ recordVersion: 2 });
    expect(entryOf(call, 'callback')?.followUp).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(call.state.effects).toEqual([]);
  });

  it('is retried as its function is, then a dead letter of its own', () => {
    const { call, runAgainAt } = booked({ result: 'retry', code: 'http_503' });
    call.wait(runAgainAt - call.at + MINUTE_MS);
    expect(runsOf(call, 'callback').map(({ attempt }) => attempt)).toEqual([1, 1, 2]);
    expect(entryOf(call, 'callback')).toMatchObject({
      status: 'succeeded',
      followUp: { status: 'dead_lettered', attempts: 2, error: 'http_503' },
    });
    expect(call.of('publish-dead-letter')).toHaveLength(1);
  });

  it('runs at once when its instant is over, and not at all beyond 14 days', () => {
    const { call } = booked(DONE, -HOUR_MS);
    expect(entryOf(call.settle(), 'callback')?.followUp).toMatchObject({ status: 'succeeded' });
    const far = booked(DONE, 15 * 24 * HOUR_MS).call;
    expect(entryOf(far, 'callback')?.followUp).toMatchObject({ status: 'dead_lettered', attempts: 0 });
    expect(far.state.effects).toEqual([]);
  });
});

describe('what comes after the settle window', () => {
  const words = { role: 'caller', text: 'one more thing' };

  it('is told by the record, which was not published yet', () => {
    const call = aCall({ script: { 'run-end-function': { afterMs: 5_000, outcome: DONE } } }).play(
      'caller.left',
    );
    call
      .wait(SETTLE_MS + 1_000)
      .play('transcript.appended', words)
      .untilClosed();
    expect(call.record).toMatchObject({
      recordVersion: 1,
      late: [{ type: 'transcript.appended', data: words }],
    });
  });

  it('makes one more version when the record has left, never a silent drop', () => {
    const slow = { afterMs: 1_000, outcome: DONE };
    const call = aCall({ script: { 'publish-record': slow } })
      .play('caller.left')
      .wait(SETTLE_MS + 500);
    call
      .play('transcript.appended', words)
      .play('state.patched', { patch: { mood: 'good' } })
      .wait(10_000);
    expect(call.record).toMatchObject({ recordVersion: 2, state: { mood: 'good' } });
    expect(call.record.late).toHaveLength(2);
  });

  it('makes one more version of a closed call that is still known (invariant 15)', () => {
    const fails: Outcome = { result: 'retry', code: 'function_threw' };
    const call = aCall({ script: { 'run-end-function': fails } })
      .play('caller.left')
      .untilClosed();
    call.play('transcript.appended', words);
    expect(call.record).toMatchObject({ recordVersion: 2, late: [{ data: words }] });
  });
});

it('a function that spent its attempts by killing its process is a dead letter (log rule 35)', () => {
  const call = aCall({ functions: [endFunction('crm')], script: { 'run-end-function': 'never' } });
  call.play('caller.left').wait(SETTLE_MS);
  const [run] = runsOf(call);
  call.own('effect.attempted', { effectId: run?.effectId ?? '', attempt: 3 }).untilClosed();
  expect(entryOf(call)).toMatchObject({ status: 'dead_lettered', error: 'attempts_spent' });
  expect(call.of('publish-dead-letter')).toHaveLength(1);
});

it('shows the version that ran where the pinned one was gone (log rule 11)', () => {
  const ran: Outcome = { result: 'done', data: { ranVersion: '2' } };
  const call = aCall({ script: { 'run-end-function': ran } })
    .play('caller.left')
    .untilClosed();
  expect(entryOf(call)).toMatchObject({ version: '1', ranVersion: '2' });
});
