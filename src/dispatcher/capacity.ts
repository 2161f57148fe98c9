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

/** Gateways come under ever new names: with so many lanes of a kind, those that remember nothing go. */
const LANES_MAX = 1_000;

/** Lanes are made on demand. */
export function createCapacity(clock: Clock, over: Partial<DispatchLimits> = {}): Capacity {
  const limits = { ...DEFAULT_LIMITS, ...over };
  const kinds = new Map<LaneKind, Map<string, Lane>>();

  function open(kind: LaneKind, name: string): Lane {
    const lanes = kinds.get(kind) ?? new Map<string, Lane>();
    if (lanes.size >= LANES_MAX) {
      for (const [other, { remembersNothing }] of lanes) if (remembersNothing) lanes.delete(other);
    }
    const lane = new Lane(clock, optionsOf(kind, name, limits, clock));
    kinds.set(kind, lanes.set(name, lane));
    return lane;
  }

  return {
    lane: (kind, name) => kinds.get(kind)?.get(name) ?? open(kind, name),
    stats: () =>
      [...kinds].flatMap(([kind, lanes]) =>
        [...lanes]
          .filter(([, lane]) => !lane.remembersNothing)
          .map(([name, { waiting, inFlight, breakerOpen }]) => ({
            kind,
            name,
            waiting,
            inFlight,
            breakerOpen,
          })),
      ),
  };
}

function optionsOf(kind: LaneKind, name: string, limits: DispatchLimits, clock: Clock): LaneOptions {
  const { waitingMax, breakerFailures, breakerOpenMs } = limits;
  switch (kind) {
    case 'provider': {
      const rate = limits.requestsPerSecond[name];
      return {
        inFlightMax: limits.providerInFlightMax,
        waitingMax,
        breaker: new Breaker(clock, { failuresMax: breakerFailures, openMs: breakerOpenMs }),
        window: rate === undefined ? undefined : new RateWindow(clock, rate),
      };
    }
    case 'command':
      return { inFlightMax: limits.commandsInFlightMax, waitingMax };
    case 'function':
      return { inFlightMax: limits.functionsInFlightMax, waitingMax };
    case 'publication':
      return { inFlightMax: limits.publicationsInFlightMax, waitingMax };
  }
}
