/** A call actor written down for a checkpoint, and read again. Shared values are named, not copied. */
import type { CallContext } from '../../machines/call/context.ts';
import type { Json } from '../contract/json.ts';
import { defaultPolicy, resolveCapabilities, resolvePolicy, resolveTimers } from '../contract/policy.ts';
import type { ArmedTimer, CallEntry, CallState, PendingEffect, PinnedConfig } from './call-state.ts';
import { callStepper } from './machine-fold.ts';

/** Raised when a checkpoint names a configuration that its manifest does not hold. */
export class ConfigMissing extends Error {
  readonly code = 'checkpoint_config_missing';
  constructor(hash: string) {
    super(
      `a call names configuration ${hash}, which the manifest does not hold; recover from an older manifest`,
    );
    this.name = 'ConfigMissing';
  }
}

/** The configuration's timers that belong to a call: one object for all calls that have no own ones. */
function timersOf(config: PinnedConfig): CallContext['timers'] {
  return resolveTimers(undefined, config.timers).value;
}

/** A hundred thousand recovered calls share equal values, as they did before. */
function shared(
  { policy, capabilities }: Pick<CallContext, 'policy' | 'capabilities'>,
  config: PinnedConfig,
): Partial<CallContext> {
  return {
    policy: resolvePolicy(policy, defaultPolicy(config.mode)).value,
    capabilities: resolveCapabilities(capabilities),
  };
}

export function toEntry(state: CallState): CallEntry {
  const { snapshot, config, timers: armed, effects: wanted, ...rest } = state;
  const { timers, ...context } = snapshot.context as CallContext;
  const own = timers === timersOf(config) ? {} : { ownTimers: timers };
  return {
    ...rest,
    timers: keyed(armed, ({ timerId }) => timerId),
    effects: keyed(wanted, ({ request }) => request.effectId),
    config: config.hash,
    value: snapshot.value,
    context,
    ...own,
  } as unknown as CallEntry;
}

/** Without a prototype: an object as such would get a shape of its own for every new id. */
function keyed<T>(values: readonly T[], idOf: (value: T) => string): Record<string, T> {
  const byId = Object.create(null) as Record<string, T>;
  for (const value of values) byId[idOf(value)] = value;
  return byId;
}

type Written = Omit<CallState, 'snapshot' | 'config' | 'timers' | 'effects'> & {
  readonly timers: Readonly<Record<string, ArmedTimer>>;
  readonly effects: Readonly<Record<string, PendingEffect>>;
  readonly config: string;
  readonly value: Json;
  readonly context: Omit<CallContext, 'timers'>;
  readonly ownTimers?: CallContext['timers'];
};

/** Throws {@link ConfigMissing}. */
export function fromEntry(entry: CallEntry, configs: ReadonlyMap<string, PinnedConfig>): CallState {
  const { config: hash, value, context, ownTimers, timers, effects, ...rest } = entry as unknown as Written;
  const config = configs.get(hash);
  if (config === undefined) throw new ConfigMissing(hash);
  const snapshot = callStepper.resolve(value, {
    ...context,
    ...shared(context, config),
    timers: ownTimers ?? timersOf(config),
  });
  return { ...rest, timers: Object.values(timers), effects: Object.values(effects), config, snapshot };
}
