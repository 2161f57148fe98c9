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

type Kept = Omit<CallState, 'snapshot' | 'config' | 'timers' | 'effects'>;

/** A call as it is written down: a field that it does not have is undefined here, and absent in JSON. */
type Written = { readonly [Field in keyof Required<Kept>]: Kept[Field] } & {
  readonly timers: Readonly<Record<string, ArmedTimer>>;
  readonly effects: Readonly<Record<string, PendingEffect>>;
  readonly config: string;
  readonly value: Json;
  readonly context: Omit<CallContext, 'timers'>;
  readonly ownTimers: CallContext['timers'] | undefined;
};

/** Field by field, as below: leaving four out of a spread takes several times as long, for every open call. */
export function toEntry(state: CallState): CallEntry {
  const { snapshot, config } = state;
  const { timers, ...context } = snapshot.context as CallContext;
  const written: Written = {
    callId: state.callId,
    gateway: state.gateway,
    incarnation: state.incarnation,
    era: state.era,
    foldAt: state.foldAt,
    last: state.last,
    account: state.account,
    ids: state.ids,
    sequence: state.sequence,
    sequenceGap: state.sequenceGap,
    timers: keyed(state.timers, ({ timerId }) => timerId),
    effects: keyed(state.effects, ({ request }) => request.effectId),
    config: config.hash,
    value: snapshot.value as Json,
    context,
    ownTimers: timers === timersOf(config) ? undefined : timers,
  };
  return written as unknown as CallEntry;
}

/** Without a prototype: an object as such would get a shape of its own for every new id. */
function keyed<T>(values: readonly T[], idOf: (value: T) => string): Record<string, T> {
  const byId = Object.create(null) as Record<string, T>;
  for (const value of values) byId[idOf(value)] = value;
  return byId;
}

/** Throws {@link ConfigMissing}. A hundred thousand recovered calls share equal values, as they did before. */
export function fromEntry(entry: CallEntry, configs: ReadonlyMap<string, PinnedConfig>): CallState {
  const written = entry as unknown as Written;
  const { config: hash, value, context, ownTimers, sequence, sequenceGap } = written;
  const config = configs.get(hash);
  if (config === undefined) throw new ConfigMissing(hash);
  const whole = Object.assign(
    { ...context },
    {
      policy: resolvePolicy(context.policy, defaultPolicy(config.mode)).value,
      capabilities: resolveCapabilities(context.capabilities),
      timers: ownTimers ?? timersOf(config),
    },
  );
  return {
    callId: written.callId,
    gateway: written.gateway,
    incarnation: written.incarnation,
    era: written.era,
    foldAt: written.foldAt,
    last: written.last,
    config,
    snapshot: callStepper.resolve(value, whole),
    timers: Object.values(written.timers),
    effects: Object.values(written.effects),
    account: written.account,
    ids: written.ids,
    ...(sequence === undefined ? {} : { sequence }),
    ...(sequenceGap === undefined ? {} : { sequenceGap }),
  };
}
