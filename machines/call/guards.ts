/** The questions of the chart, each a pure predicate over context and event, named as a sentence reads. */
import type { CallContext } from './context.ts';
import type { CallEvent, CallEventOf } from './events.ts';
import { allFunctionsDecided, isCallersParticipant, isEffectEvent, isNews, lineKeys } from './facts.ts';
import { isAcknowledgement } from './acknowledgements.ts';
import { bargeInOf, isThisFarewell, requestedFarewell, systemSpeech } from './farewell.ts';
import { isTerminalStatus, leavingOf } from './reasons.ts';

interface Moment {
  readonly context: CallContext;
  readonly event: CallEvent;
}

/** The event, when it is of that type. */
function as<Type extends CallEvent['type']>(event: CallEvent, type: Type): CallEventOf<Type> | undefined {
  return event.type === type ? (event as CallEventOf<Type>) : undefined;
}

function left(event: CallEvent): CallEventOf<'participant.left'>['data'] | undefined {
  return as(event, 'participant.left')?.data;
}

function ended(context: CallContext, key: string): boolean {
  const leg = context.legs[key];
  return leg === undefined || leg.termination !== undefined;
}

function settledOthers(context: CallContext): boolean {
  return lineKeys(context)
    .filter((key) => key !== 'carrier' && key !== 'room')
    .every((key) => ended(context, key));
}

function farewellOf({ context, event }: Moment): unknown {
  const request = as(event, 'end.requested')?.data;
  return requestedFarewell(context, request?.by, request?.farewell);
}

function ringing({ context, event }: Moment): boolean {
  if (context.answered !== 'no') return false;
  const by = as(event, 'end.requested')?.data.by;
  return by !== 'voicemail' && by !== 'ivr' && by !== 'policy';
}

export const guards = {
  // Ending requests
  transferRings: ({ context }: Moment) => context.transferRinging,
  transferIsSettled: ({ context }: Moment) => !context.transferRinging,
  stillRings: ringing,
  needsNoFarewell: (m: Moment) => farewellOf(m) === 'none',
  /** Something is still to be said: by the model's reply or by a text of ours. */
  farewellIsToCome: (m: Moment) => {
    const farewell = farewellOf(m);
    return farewell === 'reply' || typeof farewell === 'object';
  },
  systemCanSpeak: ({ context }: Moment) => context.answered !== 'no' && systemSpeech(context) !== undefined,

  // The far end
  carrierEnded: ({ context, event }: Moment) => {
    const fact = as(event, 'leg.status');
    if (fact === undefined || !isTerminalStatus(fact.data.status) || !isNews(context, fact)) return false;
    const key = fact.data.leg;
    return key === 'carrier' || (context.legs['carrier'] === undefined && key !== 'room');
  },
  callerLeftForGood: ({ context, event }: Moment) => {
    const data = left(event);
    return data !== undefined && isCallersParticipant(context, data) && leavingOf(data.reason) === 'for-good';
  },
  callerMayRejoin: ({ context, event }: Moment) => {
    const data = left(event);
    return data !== undefined && isCallersParticipant(context, data) && leavingOf(data.reason) === 'unclear';
  },
  agentLeft: ({ event }: Moment) => {
    const data = left(event);
    return data?.kind === 'AGENT' && leavingOf(data.reason) !== 'moved';
  },
  callerJoined: ({ context, event }: Moment) => {
    const data = as(event, 'participant.joined')?.data;
    return data !== undefined && isCallersParticipant(context, data);
  },
  agentJoined: ({ event }: Moment) => {
    const data = as(event, 'participant.joined')?.data;
    return data?.kind === 'AGENT';
  },
  childCallLives: ({ event }: Moment) =>
    isEffectEvent(event) &&
    typeof event.data.data?.['children'] === 'number' &&
    event.data.data['children'] > 0,
  silenceIsOff: ({ context }: Moment) => context.timers.silenceMs === 0,
  isOutboundUnanswered: ({ context }: Moment) =>
    context.direction === 'outbound' && context.answered === 'no',
  hasCarrier: ({ context }: Moment) => context.legs['carrier'] !== undefined,

  // The farewell
  isThisFarewell: ({ context, event }: Moment) => {
    const finished = as(event, 'farewell.finished');
    return finished !== undefined && isThisFarewell(context.farewell, finished.data.utteranceId);
  },
  wasInterrupted: ({ context, event }: Moment) => {
    const finished = as(event, 'farewell.finished');
    return finished?.data.interrupted === true && isThisFarewell(context.farewell, finished.data.utteranceId);
  },
  wasInterruptedUnderLock: ({ context, event }: Moment) => {
    const finished = as(event, 'farewell.finished');
    const interrupted =
      finished?.data.interrupted === true && isThisFarewell(context.farewell, finished.data.utteranceId);
    return interrupted && bargeInOf(context) === 'lock';
  },
  isOurMarkWhileTalking: ({ context, event }: Moment) =>
    as(event, 'mark.echoed')?.data.name === context.farewell?.mark &&
    (context.speech?.holdUntil ?? 0) > event.at,
  startsThisFarewell: ({ context, event }: Moment) => {
    const started = as(event, 'farewell.started');
    return started !== undefined && isThisFarewell(context.farewell, started.data.utteranceId);
  },
  isThisFailure: ({ context, event }: Moment) => {
    const failed = as(event, 'farewell.failed');
    const id = failed?.data.utteranceId;
    return failed !== undefined && (id === undefined || isThisFarewell(context.farewell, id));
  },
  hearsNoFarewellEvents: ({ context }: Moment) => !context.capabilities.farewellEvents,
  isOurMark: ({ context, event }: Moment) => as(event, 'mark.echoed')?.data.name === context.farewell?.mark,
  callerIsTalking: ({ context, event }: Moment) => (context.speech?.holdUntil ?? 0) > event.at,
  bargeInIsLocked: ({ context }: Moment) => bargeInOf(context) === 'lock',
  wantsToGoOn: ({ context, event }: Moment) => {
    const spoke = as(event, 'caller.spoke');
    return (
      spoke?.data.final === true &&
      context.survivors === undefined &&
      bargeInOf(context) === 'resume' &&
      !isAcknowledgement(spoke.data.text)
    );
  },
  /** After a transfer there is no call of ours to go back to. */
  mayBeTakenBack: ({ context }: Moment) => context.survivors === undefined,
  marksDoNotExist: ({ context }: Moment) => !context.capabilities.marks || context.policy.mode !== 'own',

  // Termination
  carrierIsSettled: ({ context }: Moment) =>
    context.legs['carrier'] !== undefined && ended(context, 'carrier'),
  /** A leg behind the room may show itself while the room is deleted. */
  carrierMayHideInRoom: ({ context }: Moment) =>
    context.legs['carrier'] === undefined && context.legs['room'] !== undefined && !ended(context, 'room'),
  thereIsNoCarrier: ({ context }: Moment) => context.legs['carrier'] === undefined,
  roomIsSettled: ({ context }: Moment) => ended(context, 'room'),
  sessionIsSettled: ({ context }: Moment) => ended(context, 'session'),
  othersAreSettled: ({ context }: Moment) => settledOthers(context),
  everyLineIsSettled: ({ context }: Moment) => lineKeys(context).every((key) => ended(context, key)),
  /** Observe mode: the first fact of the far end starts the clock of the watch (rule R9). */
  farEndIsKnown: ({ context }: Moment) => context.farEndAt !== undefined,
  callerLeftRoom: ({ context, event }: Moment) => {
    const data = left(event);
    return data !== undefined && isCallersParticipant(context, data) && leavingOf(data.reason) !== 'moved';
  },
  onlyObserves: ({ context }: Moment) => context.policy.mode === 'observe',
  gatewayEndsItFirst: ({ context }: Moment) => context.policy.mode === 'backstop' && !context.urgent,
  stopsEgress: ({ context }: Moment) => context.policy.stopEgress,
  isAboutCarrier: ({ event }: Moment) => isEffectEvent(event) && event.data.subject === 'carrier',
  isAboutOthers: ({ event }: Moment) =>
    isEffectEvent(event) &&
    event.data.subject !== 'carrier' &&
    event.data.subject !== 'room' &&
    event.data.subject !== 'session',
  carrierIsAddressable: ({ context }: Moment) =>
    ['callSid', 'legId'].some((name) => typeof context.legs['carrier']?.address[name] === 'string'),
  /** Too late once a hangup left, except that a PBX pulls the leg first (rule R3, field rule 51). */
  mayStillBeTransfer: ({ context, event }: Moment) =>
    context.hangUpAt === undefined ||
    (context.callerLeftAt !== undefined && event.at - context.callerLeftAt <= context.timers.settleMs),
  reportsFarewell: ({ context, event }: Moment) =>
    context.policy.mode !== 'own' && as(event, 'call.ended')?.data.farewell !== undefined,

  // Post-processing
  allFunctionsDecided: ({ context }: Moment) => allFunctionsDecided(context),
};
