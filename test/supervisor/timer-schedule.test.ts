/** When timers fire: by the log's clock, once, and again when they were refused. */
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { ArmedTimer } from '../../src/actors/call-state.ts';
import { LogTime } from '../../src/supervisor/log-time.ts';
import type { Firing } from '../../src/supervisor/timer-schedule.ts';
import { TimerSchedule } from '../../src/supervisor/timer-schedule.ts';

const GUARD_MS = 2;

interface Desk {
  readonly clock: ManualClock;
  readonly logTime: LogTime;
  readonly timers: TimerSchedule;
  readonly fired: Firing[];
  /** Fold time now, if the log's clock is `aheadMs` before ours. */
  now(): number;
}

/** `aheadMs`: how far the log's clock is before this machine's. */
function desk(aheadMs = 0): Desk {
  const clock = new ManualClock();
  const logTime = new LogTime(clock);
  const fired: Firing[] = [];
  const dueAt = (timer: ArmedTimer): number => timer.armedAt + timer.durationMs;
  const timers = new TimerSchedule({ clock, logTime, dueAt, fire: (firing) => fired.push(firing) });
  const now = (): number => clock.now() + aheadMs;
  logTime.observe(now());
  timers.start();
  return { clock, logTime, timers, fired, now };
}

function armed(seq: number, armedAt: number, durationMs: number, timerId = 'drain.x'): ArmedTimer {
  return { timerId, armed: { era: 0, seq }, armedAt, durationMs, absence: false };
}

test('a timer fires once, just after it is due by the log, however this clock stands (log rule 15)', () => {
  for (const aheadMs of [0, 60_000, -60_000]) {
    const { clock, timers, fired, now } = desk(aheadMs);
    timers.sync('c1', [armed(1, now(), 1_000)]);
    clock.advance(1_000);
    expect(fired, 'never early').toEqual([]);
    clock.advance(GUARD_MS + 1);
    expect(fired).toHaveLength(1);
    expect(fired[0]?.lagMs).toBeGreaterThan(0);
    expect(fired[0]?.waitedMs).toBeGreaterThanOrEqual(1_000);
    clock.advance(60_000);
    expect(fired, 'once').toHaveLength(1);
  }
});

test('a slow message does not move the schedule: the largest difference counts (log rule 15)', () => {
  const { clock, logTime, timers, fired, now } = desk();
  logTime.observe(now() - 700);
  timers.sync('c1', [armed(1, now(), 1_000)]);
  clock.advance(1_000 + GUARD_MS + 1);
  expect(fired).toHaveLength(1);
});

test('a firing that was refused as early is published again, under the same arming (log rule 14)', () => {
  const { clock, timers, fired, now } = desk();
  const timer = armed(7, now(), 1_000);
  timers.sync('c1', [timer]);
  clock.advance(1_100);
  expect(fired).toHaveLength(1);
  timers.readBack('c1', timer.timerId, timer.armed, now() - 101);
  clock.advance(200);
  expect(fired.map(({ timer: { armed: at } }) => at.seq)).toEqual([7, 7]);
});

test('a firing of an older arming that comes back changes nothing (log rule 14)', () => {
  const { clock, timers, fired, now } = desk();
  timers.sync('c1', [armed(7, now(), 1_000)]);
  clock.advance(1_100);
  timers.readBack('c1', 'drain.x', { seq: 6, era: 0 }, now());
  timers.readBack('c1', 'drain.x', { seq: 7, era: 1 }, now());
  timers.readBack('nobody', 'drain.x', { seq: 7, era: 0 }, now());
  clock.advance(10_000);
  expect(fired).toHaveLength(1);
});

test('a thousand re-armings keep one entry, and the timer fires after the last (log rule 42)', () => {
  const { clock, timers, fired, now } = desk();
  for (let seq = 1; seq <= 1_000; seq += 1) {
    timers.sync('c1', [armed(seq, now(), 5_000)]);
    clock.advance(10);
  }
  expect(timers.size).toBe(1);
  clock.advance(4_900);
  expect(fired).toEqual([]);
  clock.advance(200);
  expect(fired.map(({ timer }) => timer.armed.seq)).toEqual([1_000]);
});

test('a re-arming to an earlier time fires at the earlier time (log rule 42)', () => {
  const { clock, timers, fired, now } = desk();
  timers.sync('c1', [armed(1, now(), 60_000)]);
  timers.sync('c1', [armed(2, now(), 1_000)]);
  clock.advance(1_100);
  expect(fired.map(({ timer }) => timer.armed.seq)).toEqual([2]);
});

test('timers of a call that is gone, or that its state dropped, never fire', () => {
  const { clock, timers, fired, now } = desk();
  timers.sync('c1', [armed(1, now(), 1_000)]);
  timers.sync('c2', [armed(2, now(), 1_000)]);
  timers.sync('c1', undefined);
  timers.sync('c2', []);
  clock.advance(5_000);
  expect([fired, timers.size]).toEqual([[], 0]);
});

test('while paused nothing fires, and what fell due fires at the start (log rule 16)', () => {
  const { clock, timers, fired, now } = desk();
  timers.sync('c1', [armed(1, now(), 1_000)]);
  timers.pause();
  clock.advance(5_000);
  expect(fired).toEqual([]);
  timers.start();
  clock.advance(10);
  expect(fired).toHaveLength(1);
});

const HOUR_MS = 3_600_000;

test("an absence that a server's clock made early again waits for the rest, and is not fired in between (log rule 14)", () => {
  const { clock, timers, fired, now } = desk();
  const timer = { ...armed(7, now(), 1_000), absence: true };
  timers.sync('c1', [timer]);
  clock.advance(1_100);
  expect(fired).toHaveLength(1);
  timers.readBack('c1', timer.timerId, timer.armed, now() - HOUR_MS);
  clock.advance(HOUR_MS - 2_000);
  expect(fired).toHaveLength(1);
  clock.advance(3_000);
  expect(fired).toHaveLength(2);
});

test("a deadline is not late by as much as a server's clock stepped back (log rules 14, 15)", () => {
  const { clock, logTime, timers, fired, now } = desk();
  timers.sync('c1', [armed(1, now(), 120_000)]);
  // Two windows of the estimate pass: the clock before the step is forgotten.
  for (let passed = 0; passed < 100_000; passed += 10_000) {
    clock.advance(10_000);
    logTime.observe(now() - HOUR_MS);
  }
  // Armed after the step, by a fold time that does not go back (log rule 13).
  timers.sync('c2', [armed(2, now(), 10_000)]);
  clock.advance(10_000 + GUARD_MS + 1);
  expect(fired.map(({ callId }) => callId)).toEqual(['c2']);
  clock.advance(10_000 + GUARD_MS + 1);
  expect(fired.map(({ callId }) => callId)).toEqual(['c2', 'c1']);
});
