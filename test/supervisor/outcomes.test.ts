/** Outcomes on their way to the log: which go together, in which order, and what a lost partition does. */
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { Settled } from '../../src/contract/settled.ts';
import { settledIn } from '../../src/contract/settled.ts';
import type { Effect } from '../../src/contract/effect.ts';
import { Outcomes } from '../../src/supervisor/outcomes.ts';
import { Fleet, quiet } from './fleet.ts';

const ended = (effectId: string): Settled => ({ effectId, attempt: 1, outcome: { result: 'done' } });

function desk() {
  const clock = new ManualClock();
  const told: string[] = [];
  const outcomes = new Outcomes({
    clock,
    tell: (callId, settled) => told.push(`${callId}: ${settled.map(({ effectId }) => effectId).join(' ')}`),
  });
  return { clock, told, outcomes };
}

test('what ends within some milliseconds in one call goes together, in its order', () => {
  const { clock, told, outcomes } = desk();
  outcomes.add('c1', ended('a'));
  outcomes.add('c2', ended('b'));
  clock.advance(4);
  outcomes.add('c1', ended('c'));
  expect([told, outcomes.size]).toEqual([[], 2]);
  clock.advance(1);
  expect([told, outcomes.size]).toEqual([['c1: a c', 'c2: b'], 0]);
  outcomes.add('c1', ended('d'));
  clock.advance(5);
  expect(told.at(-1)).toBe('c1: d');
});

test('a message stays small: the sixteenth outcome of a call waits for no more', () => {
  const { told, outcomes } = desk();
  for (let i = 1; i <= 17; i += 1) outcomes.add('c1', ended(`${i}`));
  expect(told.map((line) => line.split(' ').length - 1)).toEqual([16]);
  outcomes.flush();
  expect(told.at(-1)).toBe('c1: 17');
});

test('what waits when the partition is lost is not told', () => {
  const { clock, told, outcomes } = desk();
  outcomes.add('c1', ended('a'));
  outcomes.drop();
  clock.advance(1_000);
  expect([told, outcomes.size]).toEqual([[], 0]);
});

const effect = (effectId: string, kind: Effect['kind']): Effect => ({
  effectId,
  kind,
  callId: 'c1',
  gateway: 'gw1',
  attempt: 1,
  position: { era: 0, seq: 1 },
  cause: 'end.requested',
  requestedAt: 0,
  idempotencyKey: effectId,
  timeoutMs: 1_000,
  payload: { permit: true },
});

test('an owner tells them in one message, but an end function alone, and none is lost by a release', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { settle: false });
  fleet.startCall('c1');
  await quiet();
  a.owner().onSettled(effect('e1', 'command'), { result: 'done' });
  a.owner().onSettled(effect('e2', 'run-end-function'), { result: 'done', data: { output: {} } });
  a.owner().onSettled(effect('e3', 'hang-up-leg'), { result: 'done' });
  await fleet.pass(10);
  a.owner().onSettled(effect('e4', 'command'), { result: 'done' });
  const closed = a.node.close();
  await fleet.pass(1_000);
  await closed;
  const settled = await a.log.ofCall('c1').then((messages) =>
    messages.map(({ subject, data }) => {
      const body = JSON.parse(Buffer.from(data).toString()) as never;
      return settledIn({ type: subject.split('.').slice(-2).join('.'), data: body });
    }),
  );
  const ids = settled.filter(({ length }) => length > 0).map((all) => all.map(({ effectId }) => effectId));
  expect(ids).toEqual([['e2'], ['e1', 'e3'], ['e4']]);
});
