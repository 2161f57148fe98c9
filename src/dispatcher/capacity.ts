/**
 * What this process may do at once. Providers count requests by account and not by partition, so all
 * dispatchers of a process share one of these.
 */
import type { Clock } from '../clock/clock.ts';
import { Breaker } from './breaker.ts';
import { Lane } from './lane.ts';
import type { LaneOptions } from './lane.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { DispatchLimits } from './limits.ts';
import { RateWindow } from './rate-window.ts';

export type LaneKind = 'provider' | 'command' | 'function' | 'publication';

export interface LaneStats {
  readonly kind: LaneKind;
  /** Of the provider, the gateway or the function. */
  readonly name: string;
  readonly waiting: number;
  readonly inFlight: number;
  readonly breakerOpen: boolean;
}

export interface Capacity {
  lane(kind: LaneKind, name: string): Lane;
  /** Lanes in use, and every provider used so far. */
  stats(): LaneStats[];
}

/** Lanes are made on demand; those that remember nothing go when they are idle. */
export function createCapacity(clock: Clock, over: Partial<DispatchLimits> = {}): Capacity {
  const limits = { ...DEFAULT_LIMITS, ...over };
  const lanes = new Map<string, { readonly kind: LaneKind; readonly name: string; readonly lane: Lane }>();

  function open(key: string, kind: LaneKind, name: string): Lane {
    const bounds: Record<LaneKind, () => LaneOptions> = {
      provider: () => providerOptions(clock, limits, name),
      command: () => passing(limits.commandsInFlightMax),
      function: () => passing(limits.functionsInFlightMax),
      publication: () => passing(limits.publicationsInFlightMax),
    };
    const passing = (inFlightMax: number): LaneOptions => ({
      inFlightMax,
      waitingMax: limits.waitingMax,
      onIdle: () => {
        if (lanes.get(key)?.lane === lane) lanes.delete(key);
      },
    });
    const lane = new Lane(clock, bounds[kind]());
    lanes.set(key, { kind, name, lane });
    return lane;
  }

  return {
    lane(kind, name) {
      const key = `${kind}:${name}`;
      return lanes.get(key)?.lane ?? open(key, kind, name);
    },
    stats: () =>
      [...lanes.values()].map(({ kind, name, lane: { waiting, inFlight, breakerOpen } }) => ({
        kind,
        name,
        waiting,
        inFlight,
        breakerOpen,
      })),
  };
}

function providerOptions(clock: Clock, limits: DispatchLimits, provider: string): LaneOptions {
  const rate = limits.requestsPerSecond[provider];
  return {
    inFlightMax: limits.providerInFlightMax,
    waitingMax: limits.waitingMax,
    breaker: new Breaker(clock, { failuresMax: limits.breakerFailures, openMs: limits.breakerOpenMs }),
    window: rate === undefined ? undefined : new RateWindow(clock, rate),
  };
}
