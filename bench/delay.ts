/** How long a caller hears silence because of us: `mark.echoed` published to the hangup at the carrier. */
import type { Build } from './build.ts';
import { percentile } from './statistics.ts';
import type { Side } from './world.ts';
import { World } from './world.ts';

export interface Delays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Hangup requests per call; 1 is right. */
  readonly requestsPerCall: number;
}

export interface DelayPlan {
  readonly perSecond: number;
  readonly seconds: number;
}

/** Open loop: calls come at their rate, however slowly they end. The first two seconds warm up. */
export async function measureDelays(build: Build, side: Side, plan: DelayPlan): Promise<Delays> {
  const world = await World.open(build, side, { settleMs: 500, echoAfterMs: 100 });
  const { perSecond, seconds } = plan;
  try {
    const load = { perSecond, talkMs: 200 };
    await world.load.call('openLoop', { ...(await world.newRound(perSecond * 2)), ...load });
    await world.carrier.call('arrivals');
    const calls = perSecond * seconds;
    const echoed = await world.load.call('openLoop', { ...(await world.newRound(calls)), ...load });
    const { arrivals, requests } = await world.carrier.call('arrivals');
    const delays = [...echoed].flatMap(([callSid, at]) => {
      const arrivedAt = arrivals.get(callSid);
      return arrivedAt === undefined ? [] : [arrivedAt - at];
    });
    return {
      p50Ms: percentile(delays, 0.5),
      p99Ms: percentile(delays, 0.99),
      requestsPerCall: requests / calls,
    };
  } finally {
    await world.close();
  }
}
