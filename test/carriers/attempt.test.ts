/** What an attempt promises, whatever the vendor's client does. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { runAttempt, transportOutcome } from '../../src/carriers/attempt.ts';
import { Cancellation } from '../../src/carriers/cancellation.ts';
import { ManualClock } from '../../src/clock/manual-clock.ts';

const never = new Promise<never>(() => {});

it('gives what the act gives, and leaves no timer and no listener behind', async () => {
  const clock = new ManualClock();
  const cancellation = new Cancellation();
  const outcome = await runAttempt(clock, { cancellation, timeoutMs: 100 }, () =>
    Promise.resolve({ result: 'done' }),
  );
  expect(outcome).toEqual({ result: 'done' });
  expect([cancellation.isHeard, clock.nextDue()]).toEqual([false, undefined]);
});

it('does not wait for a client that ignores its signal', async () => {
  const clock = new ManualClock();
  const cancellation = new Cancellation();
  let inner: AbortSignal | undefined;
  const outcome = runAttempt(clock, { cancellation, timeoutMs: 100 }, ({ signal }) => {
    inner = signal;
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
  const cancelled = new Cancellation();
  cancelled.cancel();
  const outcome = await runAttempt(new ManualClock(), { cancellation: cancelled, timeoutMs: 1 }, async () => {
    ran = true;
    return { result: 'done' };
  });
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

it('ends every attempt that shares a cancellation', async () => {
  const cancellation = new Cancellation();
  const clock = new ManualClock();
  const outcomes = Array.from({ length: 100 }, () =>
    runAttempt(clock, { cancellation, timeoutMs: 100 }, () => never),
  );
  cancellation.cancel();
  expect(new Set((await Promise.all(outcomes)).map(({ code }) => code))).toEqual(new Set(['aborted']));
  expect([cancellation.isHeard, clock.nextDue()]).toEqual([false, undefined]);
});
