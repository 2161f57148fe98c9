/**
 * What the call learns from an event: pure functions from context and event to changed context fields.
 * Each may run twice for one event without a difference.
 */
import type { CallContext, EndCause, Leg, Termination } from './context.ts';
import type { CallEvent, CallEventOf, EffectEvent } from './events.ts';
import { bargeInOf } from './farewell.ts';
import { isAnsweredStatus, isRingingStatus, isTerminalStatus } from './reasons.ts';

type Change = Partial<CallContext>;
const NOTHING: Change = {};

/** The legs that are not the gateway's own session. */
export function lineKeys(context: CallContext): string[] {
  return Object.keys(context.legs).filter((key) => key !== 'session');
}

/** The first cause that was not cancelled wins (rule R3). */
export function beginEnd(context: CallContext, cause: Omit<EndCause, 'at'>, at: number): Change {
  return context.end === undefined ? { end: { ...cause, at } } : NOTHING;
}

/** A leg's end is decided once; later evidence changes nothing. */
export function settleLeg(
  context: CallContext,
  key: string,
  termination: Termination,
  at: number,
  detail?: string,
): Change {
  const leg = context.legs[key];
  if (leg === undefined || leg.termination !== undefined) return NOTHING;
  const end = { termination, terminatedAt: at, ...(detail === undefined ? {} : { detail }) };
  const settled: Leg = Object.assign({}, leg, end);
  return { legs: { ...context.legs, [key]: settled } };
}

export function learnLeg(context: CallContext, event: CallEventOf<'leg.added'>): Change {
  const { key, leg, role } = event.data;
  if (context.legs[key] !== undefined) return NOTHING;
  const provider = typeof leg['provider'] === 'string' ? leg['provider'] : providerOfLine(context);
  const added: Leg = { address: leg, provider, ...(role === undefined ? {} : { role }) };
  const legs = { ...context.legs, [key]: added };
  const survives = context.survivors === 'all' || context.survivors?.includes(key) === true;
  return survives ? settleLeg({ ...context, legs }, key, 'not_ours', event.at) : { legs };
}

/** While legs are ended nobody waits for one more: it is hung up beside the call (invariant 24 holds). */
export function learnLateLeg(context: CallContext, event: CallEventOf<'leg.added'>): Change {
  const learned = learnLeg(context, event);
  const leaveIt = !context.policy.hangup || context.policy.mode === 'observe';
  const termination = leaveIt ? 'not_ours' : 'forced_unconfirmed';
  return { ...learned, ...settleLeg({ ...context, ...learned }, event.data.key, termination, event.at) };
}

/** Later legs live at the carrier of the first one. */
function providerOfLine(context: CallContext): string {
  return context.legs['carrier']?.provider ?? 'twilio';
}

/** Carriers number their callbacks: an older one is no news (field rule 42). */
export function isNews(context: CallContext, event: CallEventOf<'leg.status'>): boolean {
  const known = context.legs[event.data.leg];
  if (known === undefined) return false;
  const { sequence } = event.data;
  return sequence === undefined || known.statusSequence === undefined || sequence > known.statusSequence;
}

export function learnStatus(context: CallContext, event: CallEventOf<'leg.status'>): Change {
  const { leg: key, status, sequence } = event.data;
  const leg = context.legs[key];
  if (leg === undefined || !isNews(context, event)) return NOTHING;
  const order = sequence === undefined ? {} : { statusSequence: sequence };
  const legs = { ...context.legs, [key]: { ...leg, status, ...order } };
  if (isTerminalStatus(status)) {
    const ended = { ...context, legs };
    return {
      farEndAt: context.farEndAt ?? event.at,
      legs,
      ...settleLeg(ended, key, 'confirmed_by_event', event.at),
    };
  }
  if (isAnsweredStatus(status)) return { legs, answered: 'yes' };
  if (isRingingStatus(status) && context.answered === 'unknown') return { legs, answered: 'no' };
  return { legs };
}

export function learnAnswer(context: CallContext): Change {
  return context.answered === 'yes' ? NOTHING : { answered: 'yes' };
}

export function learnRoomFinished(context: CallContext, at: number): Change {
  return { farEndAt: context.farEndAt ?? at, ...settleLeg(context, 'room', 'confirmed_by_event', at) };
}

/** The caller of a room call: whoever `legs.room.participant` names, else anybody but the agent. */
export function isCallersParticipant(
  context: CallContext,
  data: { identity: string; kind?: string | undefined },
): boolean {
  const named = context.legs['room']?.address['participant'];
  if (typeof named === 'string') return data.identity === named;
  return data.kind !== 'AGENT';
}

/** A participant that left a deleted room proves the end of the leg that was learned from it. */
export function learnSipLeft(context: CallContext, event: CallEventOf<'participant.left'>): Change {
  const carrier = context.legs['carrier'];
  if (carrier?.address['identity'] !== event.data.identity) return NOTHING;
  return settleLeg(context, 'carrier', 'confirmed_by_event', event.at);
}

export function callerLeft(context: CallContext, at: number): Change {
  return { callerLeftAt: context.callerLeftAt ?? at, farEndAt: context.farEndAt ?? at };
}

/** The caller speaks while the call is ending: how long the hangup waits (rule R5). */
export function learnSpeech(context: CallContext, event: CallEventOf<'caller.spoke'>): Change {
  const mode = bargeInOf(context);
  if (mode === 'lock') return NOTHING;
  const { listenQuietMs, listenMaxMs, bargeInHoldMs } = context.timers;
  const firstAt = context.speech?.firstAt ?? event.at;
  const decided = mode === 'resume' && event.data.final === true;
  const wait = mode === 'listen' ? listenQuietMs : bargeInHoldMs;
  const holdUntil = decided ? event.at : Math.min(event.at + wait, firstAt + listenMaxMs);
  return { speech: { firstAt, lastAt: event.at, holdUntil } };
}

/** Under `resume` an interruption gives the caller the moment in which words may follow (row 15). */
export function holdAfterInterruption(context: CallContext, at: number): Change {
  const mode = bargeInOf(context);
  const { bargeInHoldMs, listenQuietMs, listenMaxMs } = context.timers;
  const firstAt = context.speech?.firstAt ?? at;
  const wait = mode === 'listen' ? listenQuietMs : bargeInHoldMs;
  return { speech: { firstAt, lastAt: at, holdUntil: Math.min(at + wait, firstAt + listenMaxMs) } };
}

/** The survivors' legs are nobody's to hang up (field rule 38, invariant 24). */
export function learnTransfer(context: CallContext, event: CallEventOf<'call.transferred'>): Change {
  const survivors = event.data.survivors ?? 'all';
  const legs = { ...context.legs };
  for (const key of survivors === 'all' ? lineKeys(context) : survivors) {
    const leg = legs[key];
    if (leg !== undefined && leg.termination === undefined) {
      legs[key] = { ...leg, termination: 'not_ours', terminatedAt: event.at };
    }
  }
  return {
    legs,
    survivors,
    transferRinging: false,
    end: { by: 'agent', reason: 'transferred', basis: 'reported', at: context.end?.at ?? event.at },
  };
}

/** Policy may leave legs alone from the start of the termination. */
export function applyPolicyToLegs(context: CallContext, at: number): Change {
  let changed = context;
  const disown = (key: string): void => {
    changed = { ...changed, ...settleLeg(changed, key, 'not_ours', at) };
  };
  if (!context.policy.hangup)
    lineKeys(context)
      .filter((key) => key !== 'room')
      .forEach(disown);
  if (!context.policy.deleteRoom) disown('room');
  return changed === context ? NOTHING : { legs: changed.legs };
}

/** SIP participants that were in a room when it was deleted; the first becomes the carrier leg (row 56). */
export function learnSipOfRoom(context: CallContext, event: EffectEvent): Change {
  const sip = event.data.data?.['sip'];
  if (context.legs['carrier'] !== undefined || !Array.isArray(sip)) return NOTHING;
  const first: unknown = sip[0];
  if (typeof first !== 'object' || first === null) return NOTHING;
  const address = first as Record<string, unknown>;
  const legs = { ...context.legs, carrier: { address, provider: 'twilio' } };
  const survives = context.survivors === 'all' || context.survivors?.includes('carrier') === true;
  return survives ? settleLeg({ ...context, legs }, 'carrier', 'not_ours', event.at) : { legs };
}

export function settleAll(context: CallContext, termination: Termination, at: number): Change {
  let changed = context;
  for (const key of Object.keys(context.legs))
    changed = { ...changed, ...settleLeg(changed, key, termination, at) };
  return { legs: changed.legs };
}

/** Functions whose predecessors are all decided (succeeded, dead-lettered or skipped). */
export function readyFunctions(context: CallContext): string[] {
  const undecided = (name: string): boolean => {
    const status = context.functions[name]?.status;
    return status === 'waiting' || status === 'running';
  };
  return Object.values(context.functions)
    .filter(({ status, after }) => status === 'waiting' && !(after ?? []).some(undecided))
    .map(({ name }) => name);
}

export function allFunctionsDecided(context: CallContext): boolean {
  return Object.values(context.functions).every(({ status }) => status !== 'waiting' && status !== 'running');
}

export function isEffectEvent(event: CallEvent): event is EffectEvent {
  return event.type.startsWith('effect.');
}
