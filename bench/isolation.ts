/** Does one broken end function delay the others? The same calls without one, and with each kind of it. */
import type { Build } from './build.ts';
import { percentile } from './statistics.ts';
import { World } from './world.ts';

/** None, one that loops until its time is up, one that throws, one that kills its process. */
export const BROKEN = ['none', 'hangs', 'fails', 'dies'] as const;

export type Broken = (typeof BROKEN)[number];

/** Of one healthy function, in ms after its call's settle window. */
export interface Waits {
  readonly startP50Ms: number;
  readonly startP99Ms: number;
  readonly endP50Ms: number;
  readonly endP99Ms: number;
}

export interface IsolationPlan {
  readonly calls: number;
  readonly perSecond: number;
}

const HEALTHY = ['computes', 'waits'];
/** Enough for processes to be there and warm. */
const WARM_UP_CALLS = 200;

/** By healthy function. */
export async function measureIsolation(
  build: Build,
  broken: Broken,
  { calls, perSecond }: IsolationPlan,
): Promise<Map<string, Waits>> {
  const functions = broken === 'none' ? ['healthy'] : ['healthy', broken];
  const world = await World.open(build, 'onhook', { settleMs: 10, echoAfterMs: 0, functions });
  try {
    const load = { perSecond, talkMs: 50, names: HEALTHY };
    await world.load.call('withFunctions', { ...(await world.newRound(WARM_UP_CALLS)), ...load });
    const delays = await world.load.call('withFunctions', { ...(await world.newRound(calls)), ...load });
    return new Map(
      [...delays].map(([name, { startedMs, endedMs }]) => [
        name,
        {
          startP50Ms: percentile(startedMs, 0.5),
          startP99Ms: percentile(startedMs, 0.99),
          endP50Ms: percentile(endedMs, 0.5),
          endP99Ms: percentile(endedMs, 0.99),
        },
      ]),
    );
  } finally {
    await world.close();
  }
}
