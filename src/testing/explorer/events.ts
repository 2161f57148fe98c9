/** What the environment of a call may say: gateway, caller, carrier, room, operator, and another owner. */
import type { CallContext } from '../../../machines/call/context.ts';
import { effectId } from '../../actors/effect-id.ts';
import type { JsonObject } from '../../contract/json.ts';
import { PRINCIPALS } from '../../contract/subjects.ts';
import { GATEWAY } from './scenario.ts';
import type { EnvironmentEvent } from './scenario.ts';

type When = (context: CallContext) => boolean;

const by =
  (gateway: string) =>
  (label: string, type: string, data: EnvironmentEvent['data'] = {}): EnvironmentEvent => ({
    label,
    type,
    gateway,
    data,
  });
const gateway = by(GATEWAY);
const ingress = by(PRINCIPALS.ingress);
const operator = by(PRINCIPALS.operator);
const owner = by(PRINCIPALS.onhook);
const reaction = (event: EnvironmentEvent, when: When): EnvironmentEvent => ({
  ...event,
  reaction: true,
  when,
});

const end = (label: string, data: JsonObject): EnvironmentEvent =>
  gateway(`end.requested ${label}`, 'end.requested', data);
const status = (word: string, leg = 'carrier', more: JsonObject = {}): EnvironmentEvent =>
  ingress(`${leg} ${word}`, 'leg.status', { leg, status: word, ...more });
const left = (label: string, data: JsonObject): EnvironmentEvent =>
  ingress(`participant.left ${label}`, 'participant.left', data);

const SIP = { identity: 'sip-1', kind: 'SIP' };
const AGENT = { identity: 'bot', kind: 'AGENT' };

/** Everything that ends a call: each pair of these is played in both orders. */
export const ENDINGS = {
  spoken: end('spoken', { farewell: 'spoken' }),
  reply: end('reply', { farewell: 'reply' }),
  none: end('none', { farewell: 'none' }),
  say: end('say', { farewell: { say: 'Bye.' } }),
  voicemail: end('voicemail', { by: 'voicemail', farewell: 'spoken' }),
  callerLeft: gateway('caller.left', 'caller.left'),
  completed: status('completed'),
  busy: status('busy'),
  participantLeft: left('for good', { ...SIP, reason: 'CLIENT_INITIATED' }),
  roomFinished: ingress('room.finished', 'room.finished'),
  callEnded: gateway('call.ended', 'call.ended', { farewell: 'confirmed' }),
  transferred: gateway('call.transferred', 'call.transferred'),
  survivor: gateway('call.transferred, carrier survives', 'call.transferred', { survivors: ['carrier'] }),
  operatorEnd: operator('operator.end-requested', 'operator.end-requested'),
  operatorKill: operator('operator.kill-requested', 'operator.kill-requested'),
  streamStopped: gateway('stream.stopped', 'stream.stopped'),
  quarantined: owner('call.quarantined', 'call.quarantined', { epoch: 1, detail: 'x' }),
} as const satisfies Readonly<Record<string, EnvironmentEvent>>;

/** Everything else that is heard. */
export const FACTS = {
  spokenAgain: end('spoken, again', { farewell: 'spoken', toolCallId: 't2' }),
  cancelled: operator('operator.end-cancelled', 'operator.end-cancelled'),
  cleared: gateway('playback.cleared', 'playback.cleared'),
  clearedAgain: gateway('playback.cleared, again', 'playback.cleared'),
  wait: gateway('caller.spoke "wait"', 'caller.spoke', { text: 'wait', final: false }),
  question: gateway('caller.spoke a question', 'caller.spoke', { text: 'one question', final: true }),
  questionAgain: gateway('caller.spoke another question', 'caller.spoke', {
    text: 'and one more',
    final: true,
  }),
  goodbye: gateway('caller.spoke "bye"', 'caller.spoke', { text: 'bye', final: true }),
  farewellFailed: gateway('farewell.failed', 'farewell.failed'),
  streamStarted: gateway('stream.started', 'stream.started'),
  answered: gateway('call.answered', 'call.answered'),
  ringing: status('ringing'),
  inProgress: status('in-progress'),
  olderStatus: status('in-progress', 'carrier', { sequence: 1 }),
  newerStatus: status('completed', 'carrier', { sequence: 2 }),
  noAnswer: status('no-answer'),
  transferStarted: gateway('transfer.started', 'transfer.started'),
  transferFailed: gateway('transfer.failed', 'transfer.failed'),
  legAdded: gateway('leg.added', 'leg.added', { key: 'human', leg: { callSid: 'CA2' } }),
  humanCompleted: status('completed', 'human'),
  away: left('perhaps', { ...SIP, reason: 'UNKNOWN' }),
  back: ingress('participant.joined', 'participant.joined', SIP),
  agentLeft: left('the agent', { ...AGENT, reason: 'UNKNOWN' }),
  agentBack: ingress('participant.joined the agent', 'participant.joined', AGENT),
  paused: gateway('activity.paused', 'activity.paused'),
  resumed: gateway('activity.resumed', 'activity.resumed'),
  agentSpoke: gateway('agent.spoke', 'agent.spoke'),
  permitted: owner('unattended.permitted', 'unattended.permitted', { epoch: 0 }),
  strangeMark: gateway('mark.echoed, not ours', 'mark.echoed', { name: 'onhook-9-9' }),
} as const satisfies Readonly<Record<string, EnvironmentEvent>>;

/** Hung up while the log was away, before the fold asked for it; told when it returns (log rule 40). */
const emergency = (label: string, result: string): EnvironmentEvent =>
  owner(`hung up in an emergency, ${label}`, 'effect.settled', ({ endAttempt }, call) => ({
    effectId: effectId(call, 'hang-up-leg', 'carrier', endAttempt),
    attempt: 1,
    outcome: { result, status: 'completed' },
    emergency: true,
    epoch: 1,
    nonce: 'n',
  }));

export const EMERGENCIES = {
  done: emergency('done', 'done'),
  gone: emergency('already gone', 'already-gone'),
} as const satisfies Readonly<Record<string, EnvironmentEvent>>;

const markOf = ({ farewell }: CallContext): string => farewell?.mark ?? '';

/** What follows from our own requests, when the world works. */
export const REACTIONS = {
  echo: reaction(
    gateway('mark.echoed', 'mark.echoed', (context) => ({ name: markOf(context) })),
    (context) => markOf(context) !== '',
  ),
  started: reaction(
    gateway('farewell.started', 'farewell.started', (context) => ({
      utteranceId: context.farewell?.utteranceId ?? 'u1',
      expectedMs: 2_000,
    })),
    ({ farewell }) => farewell !== undefined && farewell.startedAt === undefined,
  ),
  finished: reaction(
    gateway('farewell.finished', 'farewell.finished', (context) => ({
      utteranceId: context.farewell?.utteranceId ?? 'u1',
      audioMs: 2_000,
    })),
    ({ farewell }) => farewell?.startedAt !== undefined && farewell.finishedAt === undefined,
  ),
  interrupted: reaction(
    gateway('farewell.finished, interrupted', 'farewell.finished', (context) => ({
      utteranceId: context.farewell?.utteranceId ?? 'u1',
      interrupted: true,
    })),
    ({ farewell }) => farewell?.startedAt !== undefined && farewell.finishedAt === undefined,
  ),
  /** The carrier's callback after our hangup. */
  ended: reaction(status('completed'), ({ hangUpAt }) => hangUpAt !== undefined),
  /** The SIP leg leaves with its room. */
  sipLeft: reaction(
    left('with the room', { ...SIP, reason: 'ROOM_DELETED' }),
    ({ hangUpAt }) => hangUpAt !== undefined,
  ),
} as const satisfies Readonly<Record<string, EnvironmentEvent>>;
