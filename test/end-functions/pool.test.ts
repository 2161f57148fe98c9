/** The processes of one function: one that dies again and again must not take the machine from the others (invariant 18). */
import { afterEach, expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { childEnvironment } from '../../src/end-functions/environment.ts';
import { ProcessPool } from '../../src/end-functions/pool.ts';
import type { FunctionProcess } from '../../src/end-functions/function-process.ts';
import { behaviours } from './fixture.ts';

const pools: ProcessPool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function openPool() {
  const clock = new ManualClock();
  const environment = childEnvironment(process.env, []);
  const pool = new ProcessPool(2, { clock, environment, memoryLimitMb: 64 });
  pools.push(pool);
  const acquire = async (): Promise<FunctionProcess> => {
    const child = await pool.acquire(behaviours, false, new AbortController().signal);
    if (child === undefined) throw new TypeError('the pool is closed');
    return child;
  };
  const die = async (): Promise<void> => pool.release(await acquire(), false);
  return { clock, pool, acquire, die };
}

/** Whether it is decided after everything that is due now has run. */
async function isDecided(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const soon = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise, soon])) !== pending;
}

it('replaces one dead process at once, and rests longer after each further one', async () => {
  const { clock, pool, acquire, die } = openPool();
  await die();
  await die();
  for (const restMs of [50, 100, 200, 400, 800, 1_000, 1_000]) {
    const next = acquire();
    clock.advance(restMs - 1);
    expect(await isDecided(next)).toBe(false);
    clock.advance(1);
    pool.release(await next, false);
  }
});

it('forgets the deaths after a healthy end', async () => {
  const { clock, pool, acquire, die } = openPool();
  await die();
  await die();
  const waiting = acquire();
  clock.advance(50);
  pool.release(await waiting, true);
  await die();
  expect(await isDecided(acquire())).toBe(true);
});

it('gives up a wait for a rest when the pool closes', async () => {
  const { pool, die } = openPool();
  await die();
  await die();
  const waiting = pool.acquire(behaviours, false, new AbortController().signal);
  await pool.close();
  expect(await waiting).toBeUndefined();
});
