/** An operator's word about dead letters, and what is left of a call when it was forgotten (log rule 37). */
import { describe, expect, it } from 'vitest';
import * as actor from '../../src/actors/call-actor.ts';
import type { Effect } from '../../src/contract/effect.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { aCall, BUSY, DONE, endFunction } from './call-under-test.ts';
import type { CallUnderTest } from './call-under-test.ts';

const FAILS: Outcome = { result: 'retry', code: 'function_threw', detail: 'no CRM' };
const HOPELESS: Outcome = { result: 'fatal', code: 'function_terminal', detail: 'no such customer' };

let answer: Outcome = FAILS;

const failing = (outcome: Outcome = FAILS): CallUnderTest => {
  answer = outcome;
  return aCall({ functions: [endFunction('crm')], script: { 'run-end-function:crm': () => answer } })
    .play('caller.left')
    .untilClosed();
};

interface Letter extends JsonObject {
  readonly id: string;
}

function letterOf(call: CallUnderTest): Letter {
  const published = call.of('publish-dead-letter').at(-1)?.payload;
  if (published === undefined || !('letter' in published)) throw new TypeError('no letter was written');
  return published.letter as Letter;
}

function asked(call: CallUnderTest, more: JsonObject = {}): JsonObject {
  return { kind: 'function', subject: 'crm', letterId: letterOf(call).id, ...more };
}

const removals = (call: CallUnderTest): Effect['payload'][] =>
  call.of('remove-dead-letter').map(({ payload }) => payload);

describe('a redrive by an operator (log rule 37)', () => {
  it('brings the next attempt forward, under the same key, and a success takes the letter away', () => {
    const call = failing();
    answer = DONE;
    call.own('redrive.requested', asked(call));
    const runs = call.of('run-end-function');
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(runs.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(call.record).toMatchObject({ recordVersion: 2, endFunctions: [{ status: 'succeeded' }] });
    expect(removals(call)).toEqual([{ letterId: letterOf(call).id, letterKind: 'function' }]);
    expect(actor.isDone(call.state)).toBe(true);
  });

  it('tries what nothing would try again', () => {
    const call = failing(HOPELESS);
    expect(actor.isDone(call.state)).toBe(true);
    answer = DONE;
    call.own('redrive.requested', asked(call));
    expect(call.record).toMatchObject({
      recordVersion: 2,
      endFunctions: [{ status: 'succeeded', attempts: 2 }],
    });
  });

  it('that fails changes nothing, and the automatic rounds go on', () => {
    const call = failing();
    call.own('redrive.requested', asked(call));
    expect(call.record.recordVersion).toBe(1);
    expect(removals(call)).toEqual([]);
    answer = DONE;
    call.wait(86_400_000);
    expect(call.record.endFunctions[0]).toMatchObject({ status: 'succeeded' });
  });

  it('asked for twice runs once at a time (invariant 6)', () => {
    answer = FAILS;
    let runs = 0;
    const call = aCall({
      functions: [endFunction('crm')],
      script: { 'run-end-function:crm': () => ((runs += 1) > 2 ? 'never' : answer) },
    });
    call.play('caller.left').untilClosed();
    call.own('redrive.requested', asked(call)).own('redrive.requested', asked(call));
    expect(call.of('run-end-function')).toHaveLength(3);
  });

  it('of a function that has succeeded meanwhile is late', () => {
    const call = failing();
    answer = DONE;
    call.own('redrive.requested', asked(call)).own('redrive.requested', asked(call));
    expect(call.verdicts.at(-1)).toBe('late');
    expect(call.of('run-end-function')).toHaveLength(3);
  });
});

describe('a discard by an operator (log rule 37)', () => {
  it('ends the automatic rounds, says why in the record, and takes the letter away', () => {
    const call = failing().own('discard.requested', {});
    call.own('discard.requested', asked(call, { note: 'customer left' }));
    expect(call.record).toMatchObject({
      recordVersion: 2,
      endFunctions: [{ status: 'dead_lettered', reason: 'discarded: customer left' }],
    });
    expect(removals(call)).toHaveLength(1);
    expect(actor.isDone(call.state)).toBe(true);
    expect(call.wait(200_000_000).of('run-end-function')).toHaveLength(2);
  });

  it('of a leg stops the hangups of a line that was never proven to be down', () => {
    const call = aCall({ script: { 'hang-up-leg': BUSY, 'ask-leg': BUSY } });
    call.play('end.requested', { farewell: 'none' }).untilClosed();
    const letterId = letterOf(call).id;
    call.own('discard.requested', { kind: 'leg', subject: 'carrier', letterId, note: 'checked by hand' });
    const attempts = call.of('hang-up-leg').length;
    call.wait(3_600_000);
    expect(call.of('hang-up-leg')).toHaveLength(attempts);
    expect(call.record.legs['carrier']).toMatchObject({
      termination: 'forced_unconfirmed',
      detail: 'discarded: checked by hand',
    });
  });
});

describe('a call that was forgotten', () => {
  const revived = (call: CallUnderTest, type: string, more: JsonObject = {}) => {
    const { record } = call;
    const { incarnation } = call.state;
    const revival = { record, incarnation } as unknown as JsonObject;
    const data = asked(call, { revival, ...more });
    return actor.reviveCall(call.message(type, data, { gateway: '_onhook' }), call.world);
  };

  it('is made again from its record, runs under the same ids, and tells the same and more', () => {
    const call = failing(HOPELESS);
    const before = call.record;
    const fold = revived(call, 'redrive.requested');
    if (fold === undefined) throw new TypeError('it was not revived');
    const [first] = call.of('run-end-function');
    expect(fold.effects).toMatchObject([
      { effectId: first?.effectId, idempotencyKey: first?.idempotencyKey, attempt: 2 },
    ]);
    call.state = fold.state;
    answer = DONE;
    for (const effect of fold.effects) call.perform(effect);
    call.settle();
    const [crm] = before.endFunctions;
    expect(call.record).toEqual({
      ...before,
      recordVersion: 2,
      endFunctions: [{ ...crm, status: 'succeeded', attempts: 2, endedAt: call.at, error: undefined }].map(
        ({ error: _overcome, ...rest }) => rest,
      ),
    });
    expect(actor.isDone(call.state)).toBe(true);
  });

  it('is not made again for a success, without a record, or from the record of another call', () => {
    const call = failing(HOPELESS);
    const { record } = call;
    expect(revived(call, 'redrive.requested', { subject: 'unknown' })).toBeUndefined();
    expect(revived(call, 'redrive.requested', { revival: null })).toBeUndefined();
    const other = { record: { ...record, callId: 'CA2' }, incarnation: 1 } as unknown as JsonObject;
    expect(revived(call, 'redrive.requested', { revival: other })).toBeUndefined();
  });
});
