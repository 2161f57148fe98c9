/** The birth of a call: `call.started` becomes a call state, or a refusal that says why. */
import type { CallInput, DeclaredFunction, Leg } from '../../machines/call/context.ts';
import type { GivenCapabilities, GivenPolicy } from '../contract/call-policy.ts';
import type { Effect } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Message } from '../contract/message.ts';
import { defaultPolicy, resolveCapabilities, resolvePolicy, resolveTimers } from '../contract/policy.ts';
import type { Account } from './account.ts';
import type { CallState, Fold, Note, PinnedConfig, World } from './call-state.ts';
import { Draft } from './draft.ts';
import { effectId, spreadOf } from './effect-id.ts';
import { apply, callStepper } from './machine-fold.ts';

export interface StartRefused {
  readonly refused: string;
  readonly effects: readonly Effect[];
  readonly notes: readonly Note[];
}

interface StartData {
  provider: string;
  legs?: Record<string, JsonObject>;
  id?: string;
  instance?: string;
  capabilities?: GivenCapabilities;
  direction?: 'inbound' | 'outbound';
  from?: string;
  to?: string;
  policy?: GivenPolicy;
  state?: JsonObject;
  endFunctions?: string[];
}

/** Rooms belong to LiveKit, lines behind them to Twilio unless the leg says otherwise. */
function legsOf(data: StartData): Record<string, Leg> {
  const legs: Record<string, Leg> = {};
  for (const [key, address] of Object.entries(data.legs ?? {})) {
    const own = typeof address['provider'] === 'string' ? address['provider'] : undefined;
    const line = data.provider === 'livekit' ? 'twilio' : data.provider;
    legs[key] = { address, provider: own ?? (key === 'room' ? 'livekit' : line) };
  }
  legs['session'] = { address: {}, provider: 'gateway' };
  return legs;
}

function functionsOf(config: PinnedConfig, wanted: readonly string[] | undefined): DeclaredFunction[] {
  return config.functions
    .filter(({ name }) => wanted?.includes(name) ?? true)
    .map(({ name, version, after }) => ({ name, version, after }));
}

function refuse(message: Message, world: World, code: string): StartRefused {
  const id = effectId(
    { callId: message.callId, incarnation: message.seq },
    'command',
    `call-refused/${code}`,
  );
  const effect: Effect = {
    effectId: id,
    kind: 'command',
    callId: message.callId,
    gateway: message.gateway,
    attempt: 1,
    position: { era: world.era, seq: message.seq },
    cause: message.type,
    requestedAt: message.at,
    idempotencyKey: id,
    timeoutMs: world.config.timers.commandRetryMs,
    payload: { verb: 'call-refused', body: { code } },
  };
  return {
    refused: code,
    effects: [effect],
    notes: [{ type: 'alarm.raised', data: { code: `call_refused_${code}` } }],
  };
}

/** Answers a second `call.started` with other legs under a known id (log rule 39). */
export function refuseReuse(message: Message, world: World): StartRefused {
  return refuse(message, world, 'id_reused');
}

/** Makes the actor from `call.started`. Does not throw for decoded input. */
export function startCall(message: Message, world: World): Fold | StartRefused {
  const data = message.data as unknown as StartData;
  const { config } = world;
  const policy = resolvePolicy(data.policy, defaultPolicy(config.mode)).value;
  if (message.claimedAt !== undefined && message.at - message.claimedAt > config.timers.lateHorizonMs) {
    return { refused: 'late', effects: [], notes: [] };
  }
  if (!config.providers.includes(data.provider) && policy.mode !== 'observe') {
    return refuse(message, world, 'provider_unknown');
  }
  const functions = functionsOf(config, data.endFunctions);
  const input: CallInput = {
    callId: message.callId,
    at: message.at,
    direction: data.direction,
    legs: legsOf(data),
    policy,
    capabilities: resolveCapabilities(data.capabilities),
    timers: resolveTimers(data.policy?.timers, config.timers).value,
    spread: spreadOf(message.callId),
    functions,
  };
  const step = callStepper.start(input);
  const state: CallState = {
    callId: message.callId,
    gateway: message.gateway,
    incarnation: message.seq,
    era: world.era,
    foldAt: message.at,
    last: { era: world.era, seq: message.seq },
    config,
    snapshot: step.snapshot,
    timers: [],
    effects: [],
    account: accountOf(message, functions),
    ids: [`${message.gateway}/${message.id}`],
    ...(message.sequence === undefined ? {} : { sequence: message.sequence }),
  };
  const draft = new Draft(state, message, world);
  apply(draft, undefined, step);
  draft.note('call.started', { gateway: message.gateway, provider: data.provider });
  return draft.done('applied');
}

const NONE: readonly never[] = Object.freeze([]);
const NO_ENTRIES = Object.freeze({});

function accountOf({ data: given, traceparent }: Message, functions: readonly DeclaredFunction[]): Account {
  const data = given as unknown as StartData;
  const ledgers = functions.map(({ name, version }) => [name, { version, status: 'waiting', attempts: 0 }]);
  return {
    ...(data.id === undefined ? {} : { id: data.id }),
    ...(data.instance === undefined ? {} : { instance: data.instance }),
    ...(traceparent === undefined ? {} : { traceparent }),
    provider: data.provider,
    ...(data.from === undefined ? {} : { from: data.from }),
    ...(data.to === undefined ? {} : { to: data.to }),
    causes: NONE,
    causesDropped: 0,
    endAttempts: NONE,
    timeline: NONE,
    legAttempts: NO_ENTRIES,
    functions: functions.length === 0 ? NO_ENTRIES : (Object.fromEntries(ledgers) as Account['functions']),
    state: data.state ?? NO_ENTRIES,
    transcript: NONE,
    would: NONE,
    recordVersion: 0,
  };
}
