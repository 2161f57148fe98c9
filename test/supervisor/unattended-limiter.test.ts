/** How many calls may end without terminal evidence (log rule 24, rule R11). */
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { UnattendedLimiter } from '../../src/supervisor/unattended-limiter.ts';

function desk(limit: number, partitions: number) {
  const clock = new ManualClock();
  const granted: string[] = [];
  const waiting: number[] = [];
  const limiter = new UnattendedLimiter({
    clock,
    partitions,
    limitPerMinute: () => limit,
    grant: (callId) => granted.push(callId),
    onWaiting: (count) => waiting.push(count),
  });
  const ask = (from: number, to: number): void => {
    for (let i = from; i < to; i += 1) limiter.ask(`e${i}`, `c${i}`);
  };
  return { clock, granted, waiting, limiter, ask };
}

test('a partition grants its share, rounded up, in every minute (log rule 24)', () => {
  const { clock, granted, ask } = desk(10, 4);
  ask(0, 8);
  expect(granted).toEqual(['c0', 'c1', 'c2']);
  clock.advance(59_999);
  expect(granted).toHaveLength(3);
  clock.advance(1);
  expect(granted).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5']);
  clock.advance(60_000);
  expect(granted).toHaveLength(8);
});

test('one alarm is raised when calls begin to wait', () => {
  const { waiting, ask } = desk(2, 1);
  ask(0, 2);
  expect(waiting).toEqual([]);
  ask(2, 6);
  expect(waiting).toEqual([1]);
});

test('a question that is asked again is one question', () => {
  const { clock, granted, ask } = desk(1, 1);
  ask(0, 2);
  ask(1, 2);
  clock.advance(120_000);
  expect(granted).toEqual(['c0', 'c1']);
});

test('a call that was heard again is not ended', () => {
  const { clock, granted, limiter, ask } = desk(1, 1);
  ask(0, 3);
  limiter.withdraw('e1');
  clock.advance(180_000);
  expect(granted).toEqual(['c0', 'c2']);
});

test('a limit of 0 grants none, and a stop forgets all', () => {
  const none = desk(0, 1);
  none.ask(0, 3);
  none.clock.advance(600_000);
  expect(none.granted).toEqual([]);
  const stopped = desk(1, 1);
  stopped.ask(0, 3);
  stopped.limiter.stop();
  stopped.clock.advance(600_000);
  expect(stopped.granted).toEqual(['c0']);
});
