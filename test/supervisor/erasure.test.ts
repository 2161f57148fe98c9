/** Erasing a closed call: all that the streams keep of it, and not before a checkpoint knows its end. */
import { expect, test } from 'vitest';
import { deadLetterSubject, recordSubject } from '../../src/contract/subjects.ts';
import { eraseCall } from '../../src/supervisor/erasure.ts';
import { Fleet, PREFIX, quiet } from './fleet.ts';

const data = Buffer.from('{}');

test('a call is erased with its messages, its record and every kind of dead letter, once a checkpoint knows that it is closed (log rule 37)', async () => {
  const fleet = new Fleet();
  const { log, node } = await fleet.start('a', { timers: { checkpointMs: 5_000 } });
  for (const callId of ['c1', 'c2']) {
    fleet.startCall(callId);
    fleet.publish(callId, 'end.requested');
    await log.append('records', { subject: recordSubject(PREFIX, callId), data });
    for (const kind of ['function', 'leg', 'input'] as const) {
      await log.append('deadLetters', { subject: deadLetterSubject(PREFIX, kind, callId), data });
    }
  }
  await quiet();
  expect(node.calls()).toEqual([]);
  // A recovery would find it open, and without its end.
  expect(await eraseCall(log, 'c1')).toBe('unsettled');
  expect(await log.ofCall('c1')).not.toEqual([]);
  await fleet.pass(6_000);
  expect(await eraseCall(log, 'c1')).toEqual({ messages: 3, records: 1, deadLetters: 3 });
  expect(await eraseCall(log, 'c1')).toEqual({ messages: 0, records: 0, deadLetters: 0 });
  const left = [...(await log.list('records', '>', 10)), ...(await log.list('deadLetters', '>', 10))];
  expect(new Set(left.map(({ subject }) => subject.split('.').at(-1)))).toEqual(new Set(['c2']));
  expect(await log.ofCall('c2')).toHaveLength(3);
});
