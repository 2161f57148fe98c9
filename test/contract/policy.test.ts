/** What a call pins: the configuration's values, bounded, and shared where they are the same. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endingBudgetMs } from '../../src/config/relation.ts';
import { CALL_TIMER_NAMES } from '../../src/contract/call-timers.ts';
import {
  defaultPolicy,
  resolveCapabilities,
  resolvePolicy,
  resolveTimers,
} from '../../src/contract/policy.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';

describe('a policy', () => {
  it('that says nothing new is the shared default', () => {
    const defaults = defaultPolicy('own');
    expect(resolvePolicy(undefined, defaults).value).toBe(defaults);
    expect(resolvePolicy({ mode: 'own', bargeIn: undefined, timers: {} }, defaults).value).toBe(defaults);
    expect(defaultPolicy('own')).toBe(defaults);
    expect(Object.isFrozen(defaults)).toBe(true);
  });

  it('replaces what it names and nothing else', () => {
    const defaults = defaultPolicy('observe');
    const { value, adjustments } = resolvePolicy({ bargeIn: 'listen', farewell: { say: 'bye' } }, defaults);
    expect(value).toEqual({ ...defaults, bargeIn: 'listen', farewell: { say: 'bye' } });
    expect(Object.isFrozen(value)).toBe(true);
    expect(adjustments).toEqual([]);
  });

  it('cannot let a call be taken back without end', () => {
    const { value, adjustments } = resolvePolicy({ bargeInMax: 1_000 }, defaultPolicy('own'));
    expect(value.bargeInMax).toBe(10);
    expect(adjustments).toEqual([{ field: 'bargeInMax', given: 1_000, used: 10 }]);
  });
});

describe('capabilities', () => {
  it('are those of the contract unless the gateway says otherwise', () => {
    const defaults = resolveCapabilities(undefined);
    expect(defaults).toEqual({
      marks: true,
      say: false,
      farewell: false,
      clear: true,
      farewellEvents: false,
      endCancelled: false,
    });
    expect(resolveCapabilities({ marks: true })).toBe(defaults);
    expect(resolveCapabilities({ say: true })).toEqual({ ...defaults, say: true });
  });
});

describe('timers', () => {
  it('that say nothing new are one object for one configuration', () => {
    const { value } = resolveTimers(undefined, DEFAULT_TIMERS);
    expect(resolveTimers({ drainMs: DEFAULT_TIMERS.drainMs }, DEFAULT_TIMERS).value).toBe(value);
    expect(Object.keys(value)).toEqual(CALL_TIMER_NAMES);
    expect(Object.isFrozen(value)).toBe(true);
  });

  it('may be given with or without their unit', () => {
    const { value, adjustments } = resolveTimers({ drain: 8_000, silenceMs: 20_000 }, DEFAULT_TIMERS);
    expect([value.drainMs, value.silenceMs]).toEqual([8_000, 20_000]);
    expect(adjustments).toEqual([]);
  });

  it("cannot outlive the configuration's limits, and 0 is no limit of the call's own", () => {
    const long = { maxCallMs: 2 ** 31 - 1, lifetimeMs: 2 ** 31 - 1 };
    const { value, adjustments } = resolveTimers(long, DEFAULT_TIMERS);
    expect(value).toBe(resolveTimers(undefined, DEFAULT_TIMERS).value);
    expect(adjustments.map(({ field }) => field)).toEqual(['timers.maxCallMs', 'timers.lifetimeMs']);
    expect(resolveTimers({ maxCallMs: 0, lifetimeMs: 0 }, DEFAULT_TIMERS).value).toBe(value);
  });

  it('have the relations that a configuration must have, whatever is given', () => {
    const duration = fc.oneof(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 1_000 }));
    const given = fc.dictionary(fc.constantFrom(...CALL_TIMER_NAMES), duration);
    fc.assert(
      fc.property(given, (raw) => {
        const { value, adjustments } = resolveTimers(raw, DEFAULT_TIMERS);
        expect(value.farewellStartMs).toBeLessThanOrEqual(value.farewellMs);
        expect(value.lifetimeMs).toBeGreaterThan(
          value.maxCallMs + endingBudgetMs({ ...DEFAULT_TIMERS, ...value }),
        );
        expect(value.lifetimeMs).toBeLessThanOrEqual(DEFAULT_TIMERS.lifetimeMs);
        for (const { field, used } of adjustments) {
          expect(value).toHaveProperty([field.replace('timers.', '')], used);
        }
      }),
    );
  });
});
