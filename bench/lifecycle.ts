/** Complete call lifecycles per second, a fixed number in flight, and the CPU that each costs. */
import type { Build } from './build.ts';
import type { Profiler } from 'node:inspector';
import type { Side } from './world.ts';
import { World } from './world.ts';

export interface Throughput {
  readonly perSecond: number;
  /** Of the orchestrator or the loop, per call. */
  readonly cpuMs: number;
}

/** Waiting that both sides share; the default of 2 s would only need more calls in flight. */
const SETTLE_MS = 10;

export interface LifecyclePlan {
  readonly inFlight: number;
  readonly warmUpCalls: number;
  readonly calls: number;
}

/** One round in a world of its own. */
export async function measureLifecycles(build: Build, side: Side, plan: LifecyclePlan): Promise<Throughput> {
  const world = await World.open(build, side, { settleMs: SETTLE_MS, echoAfterMs: 0 });
  try {
    const { inFlight } = plan;
    await world.load.call('closedLoop', { ...(await world.newRound(plan.warmUpCalls)), inFlight });
    const round = await world.newRound(plan.calls);
    const cpuBefore = await world.side.call('cpuMs');
    const tookMs = await world.load.call('closedLoop', { ...round, inFlight });
    const cpuMs = (await world.side.call('cpuMs')) - cpuBefore;
    return { perSecond: (plan.calls / tookMs) * 1_000, cpuMs: cpuMs / plan.calls };
  } finally {
    await world.close();
  }
}

/** The same with the sampler on: where the CPU goes. Its speed is not reported. */
export async function profileLifecycles(
  build: Build,
  side: Side,
  plan: LifecyclePlan,
): Promise<Profiler.Profile> {
  const world = await World.open(build, side, { settleMs: SETTLE_MS, echoAfterMs: 0 });
  try {
    const { inFlight } = plan;
    await world.load.call('closedLoop', { ...(await world.newRound(plan.warmUpCalls)), inFlight });
    const round = await world.newRound(plan.calls);
    await world.side.call('startProfile');
    await world.load.call('closedLoop', { ...round, inFlight });
    return await world.side.call('stopProfile');
  } finally {
    await world.close();
  }
}
