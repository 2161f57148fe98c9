/**
 * What a call pins when it starts: the configuration's values, with those of the gateway in their place
 * as far as the configuration bounds them. Equal values are shared and frozen: most of a hundred
 * thousand idle calls have the same.
 */
import type { CallPolicy, CallTimers, Capabilities, Mode } from '../../machines/call/context.ts';
import { CALL_TIMER_NAMES } from './call-timers.ts';
import type { GivenCapabilities, GivenPolicy } from './call-policy.ts';
import type { TimerValues } from './timers.ts';

/** A value that was given and not taken as it was. */
export interface Adjustment {
  /** Path within `policy`. */
  readonly field: string;
  readonly given: number;
  readonly used: number;
}

export interface Resolved<T> {
  readonly value: T;
  readonly adjustments: readonly Adjustment[];
}

/** A caller who took the call back this often is still on the phone; then the goodbye stands. */
const BARGE_INS_MAX = 10;

const NO_ADJUSTMENTS: readonly Adjustment[] = Object.freeze([]);

const DEFAULT_CAPABILITIES: Capabilities = Object.freeze({
  marks: true,
  say: false,
  farewell: false,
  clear: true,
  farewellEvents: false,
  endCancelled: false,
});

function policyOf(mode: Mode): CallPolicy {
  const farEnd = { deleteRoom: true, hangup: true, afterMedia: 'end', stopEgress: false } as const;
  return Object.freeze({ mode, ...farEnd, bargeIn: 'lock', bargeInMax: 2 });
}

const DEFAULT_POLICIES: Readonly<Record<Mode, CallPolicy>> = {
  own: policyOf('own'),
  backstop: policyOf('backstop'),
  observe: policyOf('observe'),
};

/** The contract's defaults under the configuration's mode; the same object each time. */
export function defaultPolicy(mode: Mode): CallPolicy {
  return DEFAULT_POLICIES[mode];
}

/** Values that are given replace defaults. Returns `defaults` itself when nothing differs. */
function overlay<T extends object>(defaults: T, given: { readonly [K in keyof T]?: T[K] | undefined }): T {
  let differing: Partial<T> | undefined;
  for (const name in given) {
    const value = given[name];
    if (value === undefined || value === defaults[name]) continue;
    differing ??= {};
    differing[name] = value;
  }
  return differing === undefined ? defaults : Object.freeze({ ...defaults, ...differing });
}

/** `raw` is the `policy` of a decoded `call.started`; its timers are {@link resolveTimers}'s. */
export function resolvePolicy(raw: GivenPolicy | undefined, defaults: CallPolicy): Resolved<CallPolicy> {
  if (raw === undefined) return { value: defaults, adjustments: NO_ADJUSTMENTS };
  const { timers: _timers, ...given } = raw;
  const { bargeInMax } = given;
  if (bargeInMax === undefined || bargeInMax <= BARGE_INS_MAX) {
    return { value: overlay(defaults, given), adjustments: NO_ADJUSTMENTS };
  }
  return {
    value: overlay(defaults, { ...given, bargeInMax: BARGE_INS_MAX }),
    adjustments: [{ field: 'bargeInMax', given: bargeInMax, used: BARGE_INS_MAX }],
  };
}

/** What the gateway does not say is the contract's default. */
export function resolveCapabilities(raw: GivenCapabilities | undefined): Capabilities {
  return raw === undefined ? DEFAULT_CAPABILITIES : overlay(DEFAULT_CAPABILITIES, raw);
}

const sharedTimers = new WeakMap<TimerValues, CallTimers>();

/** The configuration's timers that belong to a call; the same object for the same configuration. */
function callTimersOf(config: TimerValues): CallTimers {
  let shared = sharedTimers.get(config);
  if (shared === undefined) {
    const picked = CALL_TIMER_NAMES.map((name) => [name, config[name]]);
    shared = Object.freeze(Object.fromEntries(picked) as unknown as CallTimers);
    sharedTimers.set(config, shared);
  }
  return shared;
}

type Timers = { -readonly [K in keyof CallTimers]: CallTimers[K] };

/** What the longest ending is made of. */
const ENDING = [
  'farewellStartMs',
  'farewellMs',
  'farewellMaxMs',
  'drainMs',
  'terminateMs',
  'settleMs',
  'postProcessingMs',
] as const satisfies readonly (keyof CallTimers)[];

/** The longest ending, in ms: each state of it at its own deadline. */
function endingMs(timers: CallTimers): number {
  const farewell = timers.farewellStartMs + Math.max(timers.farewellMs, timers.farewellMaxMs);
  return farewell + timers.drainMs + timers.terminateMs + timers.settleMs + timers.postProcessingMs;
}

/**
 * A call cannot live longer than the configuration lets it (its messages would be gone), and it has
 * the relations that a configuration must have. For `maxCallMs` and `lifetimeMs`, 0 means no limit of
 * its own. `config` holds those relations itself.
 */
export function resolveTimers(raw: GivenPolicy['timers'], config: TimerValues): Resolved<CallTimers> {
  const shared = callTimersOf(config);
  const given = givenTimers(raw);
  if (given.length === 0) return { value: shared, adjustments: NO_ADJUSTMENTS };
  const timers = bounded({ ...shared, ...Object.fromEntries(given) }, shared);
  const adjustments = given
    .filter(([name, value]) => timers[name] !== value)
    .map(([name, value]) => ({ field: `timers.${name}`, given: value, used: timers[name] }));
  return { value: overlay(shared, timers), adjustments };
}

/** `drainMs` wins over `drain`. */
function givenTimers(raw: GivenPolicy['timers']): (readonly [keyof CallTimers, number])[] {
  if (raw === undefined) return [];
  return CALL_TIMER_NAMES.flatMap((name) => {
    const value = raw[name] ?? raw[name.slice(0, -'Ms'.length)];
    return value === undefined ? [] : [[name, value] as const];
  });
}

function bounded(timers: Timers, config: CallTimers): Timers {
  for (const name of CALL_TIMER_NAMES) timers[name] = Math.min(timers[name], config.lifetimeMs);
  timers.maxCallMs = Math.min(timers.maxCallMs || config.maxCallMs, config.maxCallMs);
  timers.lifetimeMs ||= config.lifetimeMs;
  timers.farewellStartMs = Math.min(timers.farewellStartMs, timers.farewellMs);
  if (timers.lifetimeMs > timers.maxCallMs + endingMs(timers)) return timers;
  timers.lifetimeMs = config.lifetimeMs;
  if (timers.lifetimeMs > timers.maxCallMs + endingMs(timers)) return timers;
  for (const name of ENDING) timers[name] = Math.min(timers[name], config[name]);
  return timers;
}
