/** How the chart changes what the call remembers. Each is an XState `assign` of one pure change. */
import type {
  CallContext,
  EndCause,
  FarewellOutcome,
  FarewellProgress,
  FunctionStatus,
  Termination,
} from './context.ts';
import type { CallEvent, CallEventOf, EffectEvent, FarewellRequest } from './events.ts';
import * as facts from './facts.ts';
import { nextMark, ownUtteranceId, requestedFarewell } from './farewell.ts';
import * as reasons from './reasons.ts';

interface Moment {
  readonly context: CallContext;
  readonly event: CallEvent;
}

type Change = Partial<CallContext>;

/** The chart lets each change run on the events it was written for; this says which. */
function of<Type extends CallEvent['type']>({ event }: Moment): CallEventOf<Type> {
  return event as CallEventOf<Type>;
}

const cause = (by: EndCause['by'], reason: EndCause['reason'], basis: EndCause['basis'] = 'reported') => ({
  by,
  reason,
  basis,
});

const begin =
  (ending: Omit<EndCause, 'at'>) =>
  ({ context, event }: Moment): Change =>
    facts.beginEnd(context, ending, event.at);

/** A verdict on the farewell that stands is not changed: a later echo does not upgrade it (rule R2). */
const PENDING: ReadonlySet<FarewellOutcome> = new Set(['none_needed']);

const conclude =
  (outcome: FarewellOutcome) =>
  ({ context }: Moment): Change => {
    const { farewell } = context;
    return farewell === undefined || !PENDING.has(farewell.outcome)
      ? {}
      : { farewell: { ...farewell, outcome } };
  };

function newFarewell(request: FarewellProgress['request']): FarewellProgress {
  return { request, outcome: 'none_needed', marks: 0 };
}

const settle =
  (key: string, termination: Termination) =>
  ({ context, event }: Moment): Change => {
    const detail = facts.isEffectEvent(event) ? (event.data.status ?? event.data.code) : undefined;
    return facts.settleLeg(context, key, termination, event.at, detail);
  };

const decide =
  (status: FunctionStatus) =>
  ({ context, event }: Moment): Change => {
    const name = (event as EffectEvent).data.subject ?? '';
    const declared = context.functions[name];
    if (declared === undefined) return {};
    return { functions: { ...context.functions, [name]: { ...declared, status } } };
  };

function decideRest(context: CallContext, status: FunctionStatus): Change {
  const open = Object.values(context.functions).filter(
    (f) => f.status === 'waiting' || f.status === 'running',
  );
  const decided = Object.fromEntries(open.map((declared) => [declared.name, { ...declared, status }]));
  return { functions: { ...context.functions, ...decided } };
}

const FAREWELL_OUTCOMES = new Set<string>([
  'confirmed',
  'unconfirmed',
  'interrupted',
  'timed_out',
  'failed',
  'skipped_caller_left',
]);

export const changes = {
  // Facts, in any state
  learnLeg: (m: Moment) => facts.learnLeg(m.context, of<'leg.added'>(m)),
  learnLateLeg: (m: Moment) => facts.learnLateLeg(m.context, of<'leg.added'>(m)),
  learnStatus: (m: Moment) => facts.learnStatus(m.context, of<'leg.status'>(m)),
  learnAnswer: ({ context }: Moment) => facts.learnAnswer(context),
  learnRoomFinished: ({ context, event }: Moment) => facts.learnRoomFinished(context, event.at),
  learnCallerLeft: ({ context, event }: Moment) => facts.callerLeft(context, event.at),
  callerIsBack: (): Change => ({ callerLeftAt: undefined, farEndAt: undefined }),
  learnFarEnd: ({ context, event }: Moment): Change => ({ farEndAt: context.farEndAt ?? event.at }),
  learnSipLeft: (m: Moment) => facts.learnSipLeft(m.context, of<'participant.left'>(m)),
  learnTransfer: (m: Moment) => facts.learnTransfer(m.context, of<'call.transferred'>(m)),
  learnGatewayEnded: settle('session', 'confirmed_by_event'),
  transferBegins: (): Change => ({ transferRinging: true }),
  transferEnds: (): Change => ({ transferRinging: false }),

  // Why the call ends: the first cause wins
  endedAsRequested: (m: Moment): Change => {
    const { by, toolCallId } = of<'end.requested'>(m).data;
    return {
      ...facts.beginEnd(m.context, reasons.endingBy(by), m.event.at),
      endAttempt: m.context.endAttempt + 1,
      toolCallId,
      voicemail: by === 'voicemail' || by === 'ivr',
    };
  },
  endedWhileRinging: begin(cause('agent', 'canceled_before_answer')),
  endedBySilence: begin(cause('system', 'silence_timeout')),
  endedByMaxDuration: begin(cause('system', 'max_duration')),
  endedByOperator: begin(cause('operator', 'operator_ended')),
  operatorEndedWhileRinging: begin(cause('operator', 'canceled_before_answer')),
  endedByCaller: ({ context, event }: Moment) =>
    facts.beginEnd(context, reasons.endingByCaller(context), event.at),
  endedByLeaving: (m: Moment) =>
    facts.beginEnd(
      m.context,
      reasons.endingByLeaving(m.context, of<'participant.left'>(m).data.reason),
      m.event.at,
    ),
  endedByStatus: (m: Moment) =>
    facts.beginEnd(m.context, reasons.endingByStatus(m.context, of<'leg.status'>(m).data), m.event.at),
  endedByAnswerOfCarrier: ({ context, event }: Moment) => {
    const status = (event as EffectEvent).data.status ?? 'completed';
    const { by, reason } = reasons.endingByStatus(context, { status });
    return facts.beginEnd(context, { by, reason, basis: 'inferred' }, event.at);
  },
  endedByGatewayItself: (m: Moment) =>
    facts.beginEnd(m.context, reasons.endingBy(of<'call.ended'>(m).data.by), m.event.at),
  endedByNoAnswer: begin(cause('system', 'no_answer')),
  endedByLostMedia: begin(cause('system', 'media_failure', 'inferred')),
  endedByLostCaller: begin(cause('carrier', 'media_failure', 'inferred')),
  endedByLostGateway: begin(cause('system', 'gateway_lost', 'inferred')),
  endedByRoom: ({ context, event }: Moment) =>
    facts.beginEnd(
      context,
      context.callerLeftAt === undefined
        ? cause('system', 'unknown', 'inferred')
        : reasons.endingByCaller(context),
      event.at,
    ),
  endedByLifetime: begin(cause('system', 'lifetime_exceeded')),
  endedByFault: ({ context, event }: Moment): Change => ({
    end: { ...cause('system', 'internal_error'), at: context.end?.at ?? event.at },
    urgent: true,
  }),
  transferredChild: ({ context, event }: Moment) =>
    facts.learnTransfer(context, { type: 'call.transferred', at: event.at, seq: event.seq, data: {} }),
  isUrgent: (): Change => ({ urgent: true }),

  // The farewell
  farewellAsRequested: (m: Moment): Change => {
    const { by, farewell } = of<'end.requested'>(m).data;
    const request: FarewellRequest = requestedFarewell(m.context, by, farewell);
    const progress = newFarewell(request);
    const ours = typeof request === 'object' ? { utteranceId: ownUtteranceId(m.context) } : {};
    return { farewell: { ...progress, ...ours } };
  },
  systemFarewell: ({ context }: Moment): Change => {
    const endAttempt = context.endAttempt + 1;
    return {
      endAttempt,
      farewell: { ...newFarewell('system'), utteranceId: ownUtteranceId({ ...context, endAttempt }) },
    };
  },
  farewellStarted: (m: Moment): Change => {
    const { utteranceId, expectedMs } = of<'farewell.started'>(m).data;
    const { farewell } = m.context;
    if (farewell === undefined) return {};
    const length = expectedMs === undefined ? {} : { expectedMs };
    return { farewell: { ...farewell, utteranceId, startedAt: m.event.at, ...length } };
  },
  farewellFinished: (m: Moment): Change => {
    const { utteranceId, audioMs } = of<'farewell.finished'>(m).data;
    const { farewell } = m.context;
    if (farewell === undefined) return {};
    const length = audioMs === undefined ? {} : { audioMs };
    return { farewell: { ...farewell, utteranceId, finishedAt: m.event.at, ...length } };
  },
  /** A reply to `say` or `farewell` may tell the length of the audio that it accepted. */
  farewellAccepted: ({ context, event }: Moment): Change => {
    const audioMs = (event as EffectEvent).data.data?.['audioMs'];
    const { farewell } = context;
    if (farewell === undefined || typeof audioMs !== 'number') return {};
    return { farewell: { ...farewell, audioMs, startedAt: event.at } };
  },
  /** Each mark has a new name (log rule 34). Counted here, sent by `sendMark`. */
  nameMark: ({ context }: Moment): Change => {
    const farewell = context.farewell ?? newFarewell('spoken');
    return { farewell: { ...farewell, mark: nextMark(context), marks: farewell.marks + 1 } };
  },
  /** With a gap in the gateway's own numbering a clear may have been lost: the echo proves nothing (log rule 21). */
  farewellConfirmed: (m: Moment) =>
    conclude(of<'mark.echoed'>(m).data.gap === true ? 'unconfirmed' : 'confirmed')(m),
  farewellUnconfirmed: conclude('unconfirmed'),
  farewellInterrupted: conclude('interrupted'),
  farewellTimedOut: conclude('timed_out'),
  farewellFailed: conclude('failed'),
  farewellSkipped: conclude('skipped_caller_left'),
  /** The line ended: the far end's doing, unless the gateway ends its lines itself (rows 19, 61). */
  farewellCut: (m: Moment): Change =>
    conclude(m.context.policy.mode === 'own' ? 'skipped_caller_left' : 'unconfirmed')(m),
  /** A gateway that ended the call itself knows better than we do, but only a mark confirms (invariant 3). */
  farewellAsReported: (m: Moment): Change => {
    const said = of<'call.ended'>(m).data.farewell;
    const farewell = m.context.farewell ?? newFarewell('spoken');
    if (said === undefined || !FAREWELL_OUTCOMES.has(said)) return {};
    const own = m.context.policy.mode === 'own';
    if (own && !PENDING.has(farewell.outcome)) return {};
    const outcome = own && said === 'confirmed' ? 'unconfirmed' : (said as FarewellOutcome);
    return { farewell: { ...farewell, outcome } };
  },
  learnSpeech: (m: Moment) => facts.learnSpeech(m.context, of<'caller.spoke'>(m)),
  holdAfterInterruption: ({ context, event }: Moment) => facts.holdAfterInterruption(context, event.at),
  /** The end is taken back: the call is as if it had not been asked for. */
  endCancelled: ({ context, event }: Moment): Change => ({
    end: undefined,
    farewell: undefined,
    speech: undefined,
    toolCallId: undefined,
    voicemail: false,
    callerLeftAt: undefined,
    farEndAt: undefined,
    bargeIns: context.bargeIns + (event.type === 'caller.spoke' ? 1 : 0),
  }),

  // Termination
  disownByPolicy: ({ context, event }: Moment) => facts.applyPolicyToLegs(context, event.at),
  hangUpIsSent: ({ context, event }: Moment): Change => ({ hangUpAt: context.hangUpAt ?? event.at }),
  leaveMediaToCarrier: ({ context, event }: Moment): Change => {
    if (context.policy.afterMedia !== 'continue') return {};
    return facts.settleLeg(context, 'carrier', 'not_ours', event.at);
  },
  learnSipOfRoom: (m: Moment) => facts.learnSipOfRoom(m.context, m.event as EffectEvent),
  carrierPolled: settle('carrier', 'confirmed_by_poll'),
  carrierResponded: settle('carrier', 'confirmed_by_response'),
  carrierWasGone: settle('carrier', 'already_ended'),
  carrierFailed: settle('carrier', 'failed'),
  carrierForced: settle('carrier', 'forced_unconfirmed'),
  roomResponded: settle('room', 'confirmed_by_response'),
  roomWasGone: settle('room', 'already_ended'),
  roomFailed: settle('room', 'failed'),
  roomForced: settle('room', 'forced_unconfirmed'),
  sessionResponded: settle('session', 'confirmed_by_response'),
  sessionWasGone: settle('session', 'already_ended'),
  sessionFailed: settle('session', 'failed'),
  sessionForced: settle('session', 'forced_unconfirmed'),
  carrierNotOurs: settle('carrier', 'not_ours'),
  roomNotOurs: settle('room', 'not_ours'),
  sessionNotOurs: settle('session', 'not_ours'),
  askedLegPolled: (m: Moment) => settleSubject(m, 'confirmed_by_poll'),
  otherResponded: (m: Moment) => settleSubject(m, 'confirmed_by_response'),
  otherWasGone: (m: Moment) => settleSubject(m, 'already_ended'),
  otherFailed: (m: Moment) => settleSubject(m, 'failed'),
  otherPolled: (m: Moment) => settleSubject(m, 'confirmed_by_poll'),
  forceAll: ({ context, event }: Moment) => facts.settleAll(context, 'forced_unconfirmed', event.at),
  othersNotOurs: ({ context, event }: Moment) => settleOthers(context, 'not_ours', event.at),
  othersForced: ({ context, event }: Moment) => settleOthers(context, 'forced_unconfirmed', event.at),

  // Post-processing
  startReadyFunctions: ({ context }: Moment): Change => {
    const ready = facts.readyFunctions(context);
    if (ready.length === 0) return {};
    const functions = { ...context.functions };
    for (const name of ready) {
      const declared = functions[name];
      if (declared !== undefined) functions[name] = { ...declared, status: 'running' };
    }
    return { functions };
  },
  functionSucceeded: decide('succeeded'),
  functionGaveUp: decide('dead_lettered'),
  functionSkipped: decide('skipped'),
  functionsRunOut: ({ context }: Moment) =>
    decideRest(context, context.policy.mode === 'observe' ? 'skipped' : 'dead_lettered'),
  functionsSkipped: ({ context }: Moment) => decideRest(context, 'skipped'),
};

function settleSubject({ context, event }: Moment, termination: Termination): Change {
  const { subject, status, code } = (event as EffectEvent).data;
  return subject === undefined
    ? {}
    : facts.settleLeg(context, subject, termination, event.at, status ?? code);
}

function settleOthers(context: CallContext, termination: Termination, at: number): Change {
  let changed = context;
  for (const key of facts.lineKeys(context)) {
    if (key === 'carrier' || key === 'room') continue;
    changed = { ...changed, ...facts.settleLeg(changed, key, termination, at) };
  }
  return changed === context ? {} : { legs: changed.legs };
}
