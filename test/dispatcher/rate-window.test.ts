/** The rate window under any timing of answers: no one-second window holds more than its bound (invariant 23). */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Clock } from '../../src/clock/clock.ts';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { RateWindow } from '../../src/dispatcher/rate-window.ts';
import type { Place } from '../../src/dispatcher/rate-window.ts';

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

/** The same by its definition: every place has its instant, and all are looked at each time. */
class EveryPlace {
  private readonly held = new Set<{ readonly requests: number; freeAt: number }>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  take(requests: number): Place | undefined {
    const now = this.clock.monotonic();
    for (const held of this.held) if (held.freeAt <= now) this.held.delete(held);
    const used = [...this.held].reduce((sum, held) => sum + held.requests, 0);
    const wanted = Math.min(requests, MAX);
    if (used + wanted > MAX) return undefined;
    const held = { requests: wanted, freeAt: now + 2_000 };
    this.held.add(held);
    return {
      release: () => void (held.freeAt = Math.min(held.freeAt, this.clock.monotonic() + 1_000)),
      giveBack: () => void this.held.delete(held),
    };
  }

  freeInMs(): number {
    const frees = [...this.held].map(({ freeAt }) => Math.max(1, Math.ceil(freeAt - this.clock.monotonic())));
    return frees.length === 0 ? 0 : Math.min(...frees);
  }
}

const act = fc.oneof(
  {
    arbitrary: fc.record({ act: fc.constant('wait' as const), ms: fc.constantFrom(1, 400, 999, 1_000) }),
    weight: 2,
  },
  {
    arbitrary: fc.record({ act: fc.constant('take' as const), requests: fc.integer({ min: 1, max: 7 }) }),
    weight: 3,
  },
  fc.record({ act: fc.constantFrom('release' as const, 'giveBack' as const), of: fc.nat(20) }),
);

it('frees each place when its own instant has come, in whatever order they were answered', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 100 }), (acts) => {
      const clock = new ManualClock();
      const [window, model] = [new RateWindow(clock, MAX), new EveryPlace(clock)];
      const places: (readonly (Place | undefined)[])[] = [];
      for (const done of acts) {
        if (done.act === 'wait') clock.advance(done.ms);
        else if (done.act === 'take') {
          const pair = [window.take(done.requests), model.take(done.requests)];
          expect(pair[0] === undefined).toBe(pair[1] === undefined);
          places.push(pair);
        } else for (const place of places[done.of % places.length] ?? []) place?.[done.act]();
        expect(window.freeInMs()).toBe(model.freeInMs());
      }
    }),
    { numRuns: 500 },
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
