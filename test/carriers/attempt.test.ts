/** What an attempt promises, whatever the vendor's client does. */
import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { runAttempt, transportOutcome } from '../../src/carriers/attempt.ts';
import { ManualClock } from '../../src/clock/manual-clock.ts';

const never = new Promise<never>(() => {});

it('gives what the act gives, and leaves no timer and no listener behind', async () => {
  const clock = new ManualClock();
  const { signal } = new AbortController();
  const outcome = await runAttempt(clock, { signal, timeoutMs: 100 }, () =>
    Promise.resolve({ result: 'done' }),
  );
  expect(outcome).toEqual({ result: 'done' });
  expect(clock.nextDue()).toBeUndefined();
});

it('does not wait for a client that ignores its signal', async () => {
  const clock = new ManualClock();
  const { signal } = new AbortController();
  let inner: AbortSignal | undefined;
  const outcome = runAttempt(clock, { signal, timeoutMs: 100 }, (given) => {
    inner = given;
    return never;
  });
  clock.advance(99);
  expect(inner?.aborted).toBe(false);
  clock.advance(1);
  expect(await outcome).toMatchObject({ result: 'retry', code: 'timeout' });
  expect(inner?.aborted).toBe(true);
});

it('does nothing when it was given up before', async () => {
  let ran = false;
  const outcome = await runAttempt(
    new ManualClock(),
    { signal: AbortSignal.abort(), timeoutMs: 1 },
    async () => {
      ran = true;
      return { result: 'done' };
    },
  );
  expect([outcome.code, ran]).toEqual(['aborted', false]);
});

it('reads any exception as retry, without its text', () => {
  const code = fc.constantFrom('ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EOTHER');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        code.map((name) => ({ cause: { code: name } })),
      ),
      (error) => {
        const outcome = transportOutcome(error);
        expect(outcome.result).toBe('retry');
        expect(['timeout', 'aborted', 'reset', 'unreachable', 'transport']).toContain(outcome.code);
      },
    ),
  );
  expect(JSON.stringify(transportOutcome(new TypeError('token=secret')))).not.toContain('secret');
});

it('lets many attempts share one signal without a warning', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const controller = new AbortController();
  const { signal } = controller;
  const clock = new ManualClock();
  const outcomes = Array.from({ length: 100 }, () =>
    runAttempt(clock, { signal, timeoutMs: 100 }, () => never),
  );
  controller.abort();
  expect(new Set((await Promise.all(outcomes)).map(({ code }) => code))).toEqual(new Set(['aborted']));
  await setImmediate();
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
