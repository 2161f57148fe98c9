/** A representative set of what a call can start with and hear, for the walk over its chart. */
import type { AnyMachineSnapshot } from 'xstate';
import type { CallContext, CallInput } from '../../machines/call/context.ts';
import { defaultPolicy, resolveCapabilities, resolveTimers } from '../../src/contract/policy.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import type { WalkEvent } from './exploration.ts';

const AT = 1_000_000;

const leg = (address: object, provider = 'twilio'): CallInput['legs'][string] => ({
  address: { ...address },
  provider,
});
const session = leg({}, 'gateway');
const line = { carrier: leg({ callSid: 'CA1' }), session };
const room = { room: leg({ name: 'r1' }, 'livekit'), session };

function input(
  more: Partial<CallInput> & { policyOf?: object; timersOf?: object; can?: object } = {},
): CallInput {
  const { policyOf, timersOf, can, ...rest } = more;
  return {
    callId: 'CA1',
    at: AT,
    legs: line,
    policy: { ...defaultPolicy('own'), ...policyOf },
    capabilities: resolveCapabilities({ ...can }),
    timers: { ...resolveTimers(undefined, DEFAULT_TIMERS).value, ...timersOf },
    spread: 0,
    functions: [
      { name: 'crm', version: '1' },
      { name: 'mail', version: '1', after: ['crm'] },
    ],
    ...rest,
  };
}

export const INPUTS: readonly CallInput[] = [
  input(),
  input({ can: { say: true, farewell: true, farewellEvents: true }, timersOf: { silenceMs: 20_000 } }),
  input({ policyOf: { bargeIn: 'listen' }, can: { marks: false }, timersOf: { silenceMs: 20_000 } }),
  input({ policyOf: { bargeIn: 'resume', bargeInMax: 1 }, can: { say: true } }),
  input({ policyOf: { bargeIn: 'listen' } }),
  input({ direction: 'outbound' }),
  input({ legs: room }),
  input({ legs: { ...line, ...room, human: leg({ callSid: 'CA2' }) }, policyOf: { stopEgress: true } }),
  input({ legs: { ...line, ...room, human: leg({ callSid: 'CA2' }) }, policyOf: { mode: 'observe' } }),
  input({ legs: { ...line, ...room, human: leg({ callSid: 'CA2' }) }, policyOf: { mode: 'backstop' } }),
  input({ legs: { session }, policyOf: { hangup: false, deleteRoom: false }, functions: [] }),
];

const FAREWELLS = ['reply', 'spoken', 'none', { say: 'Bye.' }] as const;

const FACTS: readonly (readonly [string, object])[] = [
  ...FAREWELLS.map((farewell) => ['end.requested', { farewell }] as const),
  ['end.requested', { by: 'voicemail', farewell: 'spoken' }],
  ['leg.added', { key: 'late', leg: { callSid: 'CA3' } }],
  ['leg.added', { key: 'carrier', leg: { callSid: 'CA4' } }],
  ...['call.answered', 'stream.started', 'stream.stopped', 'agent.spoke', 'caller.left'].map(
    (t) => [t, {}] as const,
  ),
  ...['activity.paused', 'activity.resumed', 'transfer.started', 'transfer.failed'].map(
    (t) => [t, {}] as const,
  ),
  ['farewell.started', { utteranceId: 'onhook-1', expectedMs: 1_000 }],
  ['farewell.finished', { utteranceId: 'onhook-1', audioMs: 1_000 }],
  ['farewell.finished', { utteranceId: 'onhook-1', interrupted: true }],
  ['farewell.finished', { utteranceId: 'other' }],
  ['farewell.failed', {}],
  ['farewell.failed', { utteranceId: 'other' }],
  ['farewell.started', { utteranceId: 'other' }],
  ['mark.echoed', { name: 'unknown' }],
  ['playback.cleared', {}],
  ['caller.spoke', { text: 'wait', final: false }],
  ['caller.spoke', { text: 'one question', final: true }],
  ['call.ended', {}],
  ['call.ended', { farewell: 'confirmed' }],
  ['call.transferred', {}],
  ['call.transferred', { survivors: [] }],
  ...['ringing', 'in-progress', 'completed'].map(
    (status) => ['leg.status', { leg: 'carrier', status }] as const,
  ),
  ['leg.status', { leg: 'human', status: 'completed' }],
  ['participant.left', { identity: 'sip-1', kind: 'SIP', reason: 'CLIENT_INITIATED' }],
  ['participant.left', { identity: 'sip-1', kind: 'SIP', reason: 'UNKNOWN' }],
  ['participant.left', { identity: 'sip-1', kind: 'SIP', reason: 'MIGRATION' }],
  ['participant.left', { identity: 'bot', kind: 'AGENT', reason: 'UNKNOWN' }],
  ['participant.joined', { identity: 'sip-1', kind: 'SIP' }],
  ['participant.joined', { identity: 'bot', kind: 'AGENT' }],
  ['room.finished', {}],
  ...['end-requested', 'kill-requested', 'end-cancelled'].map((word) => [`operator.${word}`, {}] as const),
  ...['gateway.heard', 'unattended.permitted', 'call.quarantined'].map((t) => [t, {}] as const),
];

const LEG_ANSWERS = ['done', 'gone', 'accepted', 'live', 'failed', 'given-up'];
const COMMAND_ANSWERS = ['done', 'gone', 'refused', 'no-responder', 'failed', 'given-up'];

const ANSWERS: readonly (readonly [string, object])[] = [
  ...['hang-up', 'ask'].flatMap((name) =>
    LEG_ANSWERS.flatMap((result) =>
      ['carrier', 'human'].map((subject) => [`effect.${name}.${result}`, { subject }] as const),
    ),
  ),
  ['effect.ask.live', { subject: 'carrier', data: { children: 1 } }],
  ...['delete-room', 'stop-egress'].flatMap((name) =>
    ['done', 'gone', 'failed'].map((result) => [`effect.${name}.${result}`, { subject: 'room' }] as const),
  ),
  ['effect.delete-room.done', { subject: 'room', data: { sip: [{ identity: 'sip-1', callSid: 'CA9' }] } }],
  ['effect.delete-room.done', { subject: 'room', data: { sip: [{ identity: 'sip-1' }] } }],
  ...['mark', 'say', 'farewell', 'close', 'ping', 'notice'].flatMap((name) =>
    COMMAND_ANSWERS.map((result) => [`effect.${name}.${result}`, { subject: 'session' }] as const),
  ),
  ...['done', 'failed', 'given-up', 'skipped'].flatMap((result) =>
    ['crm', 'mail'].map((subject) => [`effect.end-function.${result}`, { subject }] as const),
  ),
  ['effect.record.done', {}],
  ['effect.record.failed', {}],
];

/** Times in a walk: soon, within every hold. */
const SOON_MS = 10;

/** Every event, with the mark and the utterance that the call itself has named. */
export function eventsFor(snapshot: AnyMachineSnapshot): WalkEvent[] {
  const context = snapshot.context as CallContext;
  const { mark, utteranceId } = context.farewell ?? {};
  const at = lastAt(context) + SOON_MS;
  const own: (readonly [string, object])[] = [
    ...(mark === undefined ? [] : [['mark.echoed', { name: mark }] as const]),
    ...(utteranceId === undefined ? [] : [['farewell.finished', { utteranceId, audioMs: 500 }] as const]),
  ];
  return [...FACTS, ...own, ...ANSWERS].map(([type, data]) => ({ type, at, seq: 7, data }));
}

/** Timers fire within a hold, and long after it. */
export function firesAt(snapshot: AnyMachineSnapshot): number[] {
  const at = lastAt(snapshot.context as CallContext);
  return [at + SOON_MS, at + 60_000];
}

/** The latest instant that the call remembers. */
function lastAt(context: CallContext): number {
  const { startedAt, end, speech, farewell, hangUpAt, callerLeftAt } = context;
  return Math.max(
    startedAt,
    end?.at ?? 0,
    speech?.lastAt ?? 0,
    farewell?.startedAt ?? 0,
    hangUpAt ?? 0,
    callerLeftAt ?? 0,
  );
}

/** What of a call's context decides where it may go. */
export function signature(snapshot: AnyMachineSnapshot): string {
  const { policy, capabilities, answered, farewell, speech, bargeIns, voicemail, survivors, legs, ...rest } =
    snapshot.context as CallContext;
  const addressed = legs['carrier']?.address['callSid'] !== undefined;
  const legState = Object.entries(legs).map(
    ([key, { termination }]) => `${key}${termination === undefined ? '?' : '!'}`,
  );
  return JSON.stringify([
    policy.mode,
    policy.bargeIn,
    capabilities.marks,
    capabilities.say,
    rest.direction,
    answered,
    farewell === undefined
      ? '-'
      : [typeof farewell.request, farewell.utteranceId !== undefined, farewell.outcome],
    speech !== undefined,
    Math.min(bargeIns, 1),
    voicemail,
    survivors === undefined,
    rest.transferRinging,
    rest.farEndAt === undefined,
    rest.urgent,
    addressed,
    snapshot.value === 'closed' ? '' : legState,
  ]);
}

export function kindOf(snapshot: AnyMachineSnapshot): string {
  const { policy, legs } = snapshot.context as CallContext;
  return `${policy.mode} ${policy.bargeIn} ${legs['room'] === undefined} ${legs['carrier']?.address['callSid'] === undefined}`;
}
