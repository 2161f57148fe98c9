/** What an open, idle call costs in memory, and how long a node that was killed needs to have them again. */
import type { Build } from './build.ts';
import type { Child } from './child.ts';
import { sharedNowMs } from './child.ts';
import type { OnhookMethods } from './onhook.ts';
import { World } from './world.ts';

export interface Capacity {
  readonly calls: number;
  /** Heap and buffers after a full collection, per call. */
  readonly bytesPerCall: number;
  /** The whole process, per call: what the heap's growth left behind included. */
  readonly rssPerCall: number;
  /** From the supervisor's start until the partition is live with all calls. */
  readonly recoveryMs: number;
  /** The same from the start of the process: Node, modules, connections. */
  readonly restartMs: number;
}

/** Idle: nothing is due while it is measured. Pings after `livenessMs` are load, and measured elsewhere. */
const IDLE = { ONHOOK_TIMERS_LIVENESS_MS: '3600000' };
const POLL_MS = 20;
const PATIENCE_MS = 180_000;

export async function measureCapacity(build: Build, calls: number): Promise<Capacity> {
  const options = { settleMs: 10, echoAfterMs: 0, nodeOptions: ['--expose-gc'], env: IDLE };
  const world = await World.open(build, 'onhook', options);
  try {
    await world.load.call('closedLoop', { ...(await world.newRound(500)), inFlight: 100 });
    const before = await world.onhook.call('memory');
    await world.load.call('openCalls', { round: 0, calls });
    await until(world.onhook, calls);
    const after = await world.onhook.call('memory');
    await world.onhook.kill();
    const startedAt = sharedNowMs();
    const { liveAfterMs } = await world.startOnhook();
    const restartMs = sharedNowMs() - startedAt;
    const recovered = await world.onhook.call('openCalls');
    if (recovered !== calls) throw new Error(`${recovered} of ${calls} calls were recovered`);
    const used = after.heapUsed + after.external - before.heapUsed - before.external;
    return {
      calls,
      bytesPerCall: used / calls,
      rssPerCall: (after.rss - before.rss) / calls,
      recoveryMs: liveAfterMs,
      restartMs,
    };
  } finally {
    await world.close();
  }
}

/** All calls are open and written down, as they are within a second at all times. */
async function until(onhook: Child<OnhookMethods>, calls: number): Promise<void> {
  const givenUpAt = sharedNowMs() + PATIENCE_MS;
  while (sharedNowMs() < givenUpAt) {
    if ((await onhook.call('openCalls')) === calls) {
      await onhook.call('checkpoint');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${calls} calls were not open in time`);
}
