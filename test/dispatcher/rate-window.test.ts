/** The rate window under any timing of answers: no one-second window holds more than its bound (invariant 23). */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { RateWindow } from '../../src/dispatcher/rate-window.ts';

const MAX = 5;

/** Wait, ask for places, and how long after it was sent the request arrives and is answered, in ms. */
const step = fc.record({
  waitMs: fc.nat(700),
  requests: fc.integer({ min: 1, max: 3 }),
  arrivesMs: fc.nat(400),
  answeredMs: fc.nat(3_000),
});

it('bounds what arrives in any second, whenever the answers come', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new ManualClock();
      const window = new RateWindow(clock, MAX);
      const arrivals: number[] = [];
      for (const { waitMs, requests, arrivesMs, answeredMs } of steps) {
        clock.advance(waitMs);
        const place = window.take(requests);
        if (place === undefined) continue;
        for (let n = 0; n < requests; n += 1) arrivals.push(clock.monotonic() + arrivesMs);
        clock.after(arrivesMs + answeredMs, () => place.release());
      }
      for (const from of arrivals) {
        const within = arrivals.filter((at) => at >= from && at < from + 1_000).length;
        expect(within).toBeLessThanOrEqual(MAX);
      }
    }),
  );
});

it('frees at once what was not sent, and says when the next place is free', () => {
  const clock = new ManualClock();
  const window = new RateWindow(clock, 1);
  window.take(1)?.giveBack();
  const place = window.take(3);
  expect([place === undefined, window.take(1), window.freeInMs()]).toEqual([false, undefined, 2_000]);
  place?.release();
  expect(window.freeInMs()).toBe(1_000);
  clock.advance(1_000);
  expect(window.take(1)).toBeDefined();
});
