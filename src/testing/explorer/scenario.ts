/**
 * What a search is about: the call that starts, what its environment may say, and the bounds of the
 * search. Everything else is production code.
 */
import type { CallContext } from '../../../machines/call/context.ts';
import type { CallState, PinnedConfig } from '../../actors/call-state.ts';
import type { JsonObject } from '../../contract/json.ts';
import { DEFAULT_TIMERS } from '../../contract/timers.ts';
import type { TimerValues } from '../../contract/timers.ts';
import type { EndFunctionManifest } from '../../end-functions/end-function.ts';
import { pinConfig } from '../../supervisor/stable-json.ts';

/** Something that the environment may say, at most once. */
export interface EnvironmentEvent {
  /** How a sequence names it. Unique within a scenario. */
  readonly label: string;
  readonly type: string;
  /** Principal token. */
  readonly gateway: string;
  readonly data: JsonObject | ((context: CallContext, call: CallState) => JsonObject);
  /** The gateway's own number of it, where a scenario is about numbering. */
  readonly sequence?: number;
  /** Follows from what we asked for, so that it is not counted among the events of a sequence. */
  readonly reaction?: boolean;
  /** Left out: it may come at any time. */
  readonly when?: (context: CallContext) => boolean;
}

/** How far a search goes. */
export interface Bounds {
  /** Events of the environment in one sequence; reactions are not counted. */
  readonly events: number;
  /** Things that go wrong in one sequence: a bad answer, a crash, an outage, a late owner. */
  readonly faults: number;
  /** Moments of half a second in which nothing is due and something may still arrive. */
  readonly ticks: number;
}

/** One family of sequences. */
export interface Scenario {
  readonly name: string;
  readonly start: JsonObject;
  readonly events: readonly EnvironmentEvent[];
  readonly bounds: Bounds;
  readonly functions?: readonly EndFunctionManifest[];
  readonly timers?: Partial<TimerValues>;
  /** Waits of more than {@link FAR_MS} are made too: for the longest call and the longest day. */
  readonly long?: boolean;
  /** The operator may pause and resume effects, once. */
  readonly pauses?: boolean;
}

/** Every default duration is a multiple of it, in ms. */
export const TICK_MS = 500;

/**
 * Further away than any sum of the durations that a call can still wait for before nothing else is
 * armed: how much further makes no difference.
 */
export const FAR_MS = 3_600_000;

/** The gateway that holds the call. */
export const GATEWAY = 'gw1';

/** A function that is tried twice, one second apart. */
export function endFunction(name: string, after: readonly string[] = []): EndFunctionManifest {
  const retry = { maxAttempts: 2, initialMs: 1_000, maxMs: 1_000, factor: 1 };
  return { name, version: '1', timeoutMs: 1_000, retry, after, module: `file:///${name}.mjs` };
}

/** What the owner's claim pins for this scenario. */
export function configOf({ timers, functions = [endFunction('crm')] }: Scenario): PinnedConfig {
  return pinConfig({
    timers: { ...DEFAULT_TIMERS, ...timers },
    mode: 'own',
    functions,
    providers: ['twilio', 'livekit', 'sip'],
  });
}
