/** The wait between attempts. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs } from '../../src/end-functions/backoff.ts';

const policy = { maxAttempts: 5, initialMs: 1_000, maxMs: 60_000, factor: 2 };

it('doubles from the first wait to the longest', () => {
  const waits = [1, 2, 3, 6, 7, 8].map((attempt) => backoffMs(policy, attempt, 1));
  expect(waits).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
});

it('is spread between half and the whole', () => {
  expect([0, 0.5, 1].map((random) => backoffMs(policy, 1, random))).toEqual([500, 750, 1_000]);
});

it('is a whole number within its bounds for every policy and attempt', () => {
  const policies = fc.record({
    maxAttempts: fc.integer({ min: 1, max: 100 }),
    initialMs: fc.integer({ min: 1, max: 86_400_000 }),
    maxMs: fc.integer({ min: 1, max: 86_400_000 }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
  });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 10_000 }), random, (any, attempt, random01) => {
      const waitMs = backoffMs(any, attempt, random01);
      expect(Number.isInteger(waitMs)).toBe(true);
      expect(waitMs).toBeGreaterThanOrEqual(Math.floor(Math.min(any.initialMs, any.maxMs) / 2));
      expect(waitMs).toBeLessThanOrEqual(any.maxMs);
    }),
  );
});
