/**
 * What the chart wants done, as data. Each name is an action of the chart; the actor makes effects of
 * the requests and brings their answers back as `effect.<name>.<result>`. A request is wanted while
 * its `scope`, a state path, is entered; without one until it is settled (log rule 32).
 */
import type { CallContext } from './context.ts';
import type { CallEvent, CallEventOf, EffectName } from './events.ts';
import { lineKeys } from './facts.ts';
import { DEFAULT_INSTRUCTIONS, systemSpeech } from './farewell.ts';

export type RequestKind =
  | 'command'
  | 'hang-up-leg'
  | 'ask-leg'
  | 'delete-room'
  | 'stop-egress'
  | 'run-end-function'
  | 'publish-record'
  | 'permit-unattended';

export interface EffectRequest {
  readonly kind: RequestKind;
  /** How it answers. */
  readonly name: EffectName | 'permit';
  /** What it is about: a leg's key, a function's name. */
  readonly subject?: string;
  /** Makes its id, together with the call and the end attempt. */
  readonly key: string;
  readonly scope?: string;
  readonly verb?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly unanswered?: boolean;
  readonly children?: boolean;
  /** Its leg was learned too late to be waited for: tried to its horizon beside the call. */
  readonly orphan?: boolean;
}

interface Moment {
  readonly context: CallContext;
  readonly event: CallEvent;
}

/** Tells the gateway something that no state waits for. */
function notice(verb: string, body: EffectRequest['body'], { event }: Moment): EffectRequest[] {
  return [{ kind: 'command', name: 'notice', verb, body: body ?? {}, key: `${verb}/${event.seq}` }];
}

function ask(subject: string, scope: string, children: boolean): EffectRequest {
  return { kind: 'ask-leg', name: 'ask', subject, key: `${subject}/${scope}`, scope, children };
}

function hangUp(key: string, scope: string, context: CallContext): EffectRequest {
  return {
    kind: 'hang-up-leg',
    name: 'hang-up',
    subject: key,
    key,
    scope,
    unanswered: context.direction === 'outbound' && context.answered === 'no',
  };
}

/** Where the far end can be asked: the carrier, else the room. */
function askFarEnd(context: CallContext, scope: string, children: boolean): EffectRequest[] {
  if (context.legs['carrier'] !== undefined) return [ask('carrier', scope, children)];
  return context.legs['room'] === undefined ? [] : [ask('room', scope, false)];
}

/** An end that no terminal evidence supports waits for the fleet's limit (rule R11). */
function permit(scope: string, { event }: Moment): EffectRequest[] {
  return [{ kind: 'permit-unattended', name: 'permit', key: `permit/${event.seq}`, scope }];
}

export const requests = {
  acceptEnd: (m: Moment) => {
    const { endAttempt, policy, farewell } = m.context;
    // A reply is still to be made: the model reads what it should be (the LiveKit seed's default).
    const fallback = farewell?.request === 'reply' ? DEFAULT_INSTRUCTIONS : undefined;
    const endInstructions = policy.endInstructions ?? fallback;
    const instructions = endInstructions === undefined ? {} : { endInstructions };
    return notice('end-accepted', { attempt: endAttempt, ...instructions }, m);
  },
  acceptEndAgain: (m: Moment) => notice('end-accepted', { attempt: m.context.endAttempt, already: true }, m),
  refuseEnd: (m: Moment) =>
    notice(
      'end-refused',
      { code: 'transfer_pending', reason: 'a transfer is ringing; wait for its result' },
      m,
    ),
  tellEndCancelled: (m: Moment) => {
    const { endAttempt, toolCallId } = m.context;
    return notice(
      'end-cancelled',
      { attempt: endAttempt, ...(toolCallId === undefined ? {} : { toolCallId }) },
      m,
    );
  },
  clearPlayback: (m: Moment) => (m.context.capabilities.clear ? notice('clear', {}, m) : []),

  speakFarewell: ({ context }: Moment): EffectRequest[] => {
    const { farewell } = context;
    const utteranceId = farewell?.utteranceId ?? '';
    const scope = 'farewell-speaking';
    const own = (verb: 'say' | 'farewell', body: Record<string, unknown>): EffectRequest[] => [
      { kind: 'command', name: verb, verb, body: { ...body, utteranceId }, key: verb, scope },
    ];
    if (typeof farewell?.request === 'object') return own('say', { text: farewell.request.say });
    if (farewell?.request !== 'system') return [];
    const speech = systemSpeech(context);
    if (speech?.verb === 'say') return own('say', { text: speech.text });
    if (speech === undefined) return [];
    return own('farewell', { attempt: context.endAttempt, instructions: speech.instructions });
  },
  sendMark: ({ context }: Moment): EffectRequest[] => {
    const name = context.farewell?.mark ?? '';
    return [
      { kind: 'command', name: 'mark', verb: 'mark', body: { name }, key: `mark/${name}`, scope: 'draining' },
    ];
  },

  pingGateway: ({ event }: Moment): EffectRequest[] => [
    {
      kind: 'command',
      name: 'ping',
      verb: 'ping',
      body: {},
      key: `ping/${event.seq}`,
      scope: 'active.gateway',
    },
  ],
  askAboutMedia: ({ context }: Moment) => askFarEnd(context, 'active.media.stopped', true),
  askAboutGateway: ({ context }: Moment) => askFarEnd(context, 'active.gateway.silent', false),
  permitLostGateway: (m: Moment) => permit('active.gateway.lost', m),
  permitLostMedia: (m: Moment) => permit('active.media.lost', m),
  permitLostCaller: (m: Moment) => permit('active.company.caller-lost', m),
  permitLostAgent: (m: Moment) => permit('active.company.agent-lost', m),

  hangUpCarrier: ({ context }: Moment) => [hangUp('carrier', 'terminating.carrier', context)],
  askCarrier: () => [ask('carrier', 'terminating.carrier', false)],
  hangUpOthers: ({ context }: Moment) =>
    lineKeys(context)
      .filter((key) => key !== 'carrier' && key !== 'room' && context.legs[key]?.termination === undefined)
      .map((key) => hangUp(key, 'terminating.others', context)),
  askOthers: ({ context }: Moment) =>
    lineKeys(context)
      .filter((key) => key !== 'carrier' && key !== 'room' && context.legs[key]?.termination === undefined)
      .map((key) => ask(key, 'terminating.others', false)),
  hangUpLateLeg: ({ context, event }: Moment): EffectRequest[] => {
    const { key } = (event as CallEventOf<'leg.added'>).data;
    const leg = context.legs[key];
    if (leg?.termination !== 'forced_unconfirmed' || leg.terminatedAt !== event.at) return [];
    const { scope: _none, ...request } = hangUp(key, '', context);
    return [{ ...request, orphan: true }];
  },
  stopEgress: (): EffectRequest[] => [
    { kind: 'stop-egress', name: 'stop-egress', subject: 'room', key: 'room', scope: 'terminating.room' },
  ],
  deleteRoom: (): EffectRequest[] => [
    { kind: 'delete-room', name: 'delete-room', subject: 'room', key: 'room', scope: 'terminating.room' },
  ],
  closeSession: ({ context }: Moment): EffectRequest[] => [
    {
      kind: 'command',
      name: 'close',
      subject: 'session',
      verb: 'close',
      body: { reason: context.end?.reason ?? 'unknown' },
      key: 'close',
      scope: 'terminating.session',
    },
  ],

  runFunctions: ({ context }: Moment): EffectRequest[] =>
    Object.values(context.functions)
      .filter(({ status }) => status === 'running')
      .map(({ name }) => ({
        kind: 'run-end-function',
        name: 'end-function',
        subject: name,
        key: `function/${name}`,
        scope: 'post-processing',
      })),
  publishRecord: (): EffectRequest[] => [
    { kind: 'publish-record', name: 'record', key: 'record', scope: 'post-processing.recording' },
  ],
};

/** Facts that the chart states for people: causes of the record, alarms, and what outlives the call. */
export const REMARKS = {
  noteBackstopActed: { cause: 'backstop_acted' },
  noteGatewayLost: { cause: 'gateway_lost' },
  alarmCarrierFailed: { alarm: 'leg_failed', leg: 'carrier' },
  alarmCarrierUnconfirmed: { alarm: 'leg_unconfirmed', leg: 'carrier' },
  alarmRoomFailed: { alarm: 'leg_failed', leg: 'room' },
  alarmRoomUnconfirmed: { alarm: 'leg_unconfirmed', leg: 'room' },
  alarmOthersUnconfirmed: { alarm: 'leg_unconfirmed' },
  alarmSessionUnconfirmed: { alarm: 'session_unconfirmed', leg: 'session' },
  alarmUnattended: { alarm: 'unattended_end' },
  alarmInternalError: { alarm: 'internal_error' },
  orphanCarrier: { orphan: 'carrier' },
  orphanRoom: { orphan: 'room' },
  orphanOthers: { orphan: 'others' },
  redriveFunctions: { orphan: 'functions' },
} as const satisfies Record<string, { cause?: string; alarm?: string; leg?: string; orphan?: string }>;

export type RemarkName = keyof typeof REMARKS;
