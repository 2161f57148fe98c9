/**
 * Who ended the call and why, from the words that gateways and carriers use. Sources: rule R1 of the
 * decision table; Twilio's call statuses and SIP codes; LiveKit's DisconnectReason.
 */
import type { CallContext, EndCause, EndReason, EndedBy } from './context.ts';

type Ending = Omit<EndCause, 'at'>;

const reported = (by: EndedBy, reason: EndReason): Ending => ({ by, reason, basis: 'reported' });
const inferred = (by: EndedBy, reason: EndReason): Ending => ({ by, reason, basis: 'inferred' });

const BY_WORD: Readonly<Record<string, Ending>> = {
  agent: reported('agent', 'agent_end_call'),
  phrase: reported('agent', 'agent_end_phrase'),
  voicemail: reported('agent', 'voicemail'),
  ivr: reported('agent', 'ivr'),
  silence: reported('system', 'silence_timeout'),
  max_duration: reported('system', 'max_duration'),
  policy: reported('system', 'rejected_by_policy'),
  ai_error: reported('system', 'ai_error'),
  media_failure: reported('system', 'media_failure'),
  worker_shutdown: reported('system', 'worker_shutdown'),
};

/** Rule R1. An unknown word is the agent's: refusing it would leave a live line. */
export function endingBy(word: string | undefined): Ending {
  const known = word !== undefined && Object.hasOwn(BY_WORD, word) ? BY_WORD[word] : undefined;
  return known ?? reported('agent', 'agent_end_call');
}

const TERMINAL_STATUSES = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

/** Unknown words are not terminal. */
export function isTerminalStatus(status: string | undefined): boolean {
  return status !== undefined && TERMINAL_STATUSES.has(status);
}

const LIVE_STATUSES = new Set(['in-progress', 'answered']);
const RINGING_STATUSES = new Set(['queued', 'initiated', 'ringing']);

export function isAnsweredStatus(status: string): boolean {
  return LIVE_STATUSES.has(status);
}

export function isRingingStatus(status: string): boolean {
  return RINGING_STATUSES.has(status);
}

/** 404 not found, 484 address incomplete: the number does not exist. 603: the callee declined. */
const INVALID_DESTINATION = new Set([404, 484]);
const DECLINED = 603;

/**
 * What a carrier's terminal status says about the call. `completed` names no side, so that the caller
 * hung up is an inference (rule R7).
 */
export function endingByStatus(
  context: CallContext,
  fact: { status: string; sipCode?: number | undefined },
): Ending {
  if (fact.sipCode === DECLINED) return reported('caller', 'declined');
  switch (fact.status) {
    case 'busy':
      return reported('carrier', 'busy');
    case 'no-answer':
      return reported('carrier', 'no_answer');
    case 'failed':
      return fact.sipCode !== undefined && INVALID_DESTINATION.has(fact.sipCode)
        ? reported('carrier', 'invalid_destination')
        : failedLine(context);
    case 'canceled':
      return context.direction === 'outbound'
        ? inferred('agent', 'canceled_before_answer')
        : inferred('caller', 'canceled_before_answer');
    default:
      return inferred('caller', 'caller_hangup');
  }
}

/** What was connected did not fail to be dialled: its provider lost it (row 40). */
function failedLine({ answered, direction }: CallContext): Ending {
  const connected = answered === 'yes' || direction === 'inbound';
  return reported('carrier', connected ? 'provider_error' : 'dial_failed');
}

/** The far end hung up, in the gateway's word. Before an answer it cancelled (row 44). */
export function endingByCaller(context: CallContext): Ending {
  return context.answered === 'no' && context.direction !== 'outbound'
    ? reported('caller', 'canceled_before_answer')
    : reported('caller', 'caller_hangup');
}

/** How final a participant's leaving is: for good, perhaps back soon, or no leaving at all. */
export type Leaving = 'for-good' | 'unclear' | 'moved';

const MOVED = new Set(['MIGRATION', 'DUPLICATE_IDENTITY']);
const FOR_GOOD = new Set([
  'CLIENT_INITIATED',
  'PARTICIPANT_REMOVED',
  'ROOM_DELETED',
  'ROOM_CLOSED',
  'USER_UNAVAILABLE',
  'USER_REJECTED',
  'SIP_TRUNK_FAILURE',
]);

/** LiveKit's DisconnectReason. An unknown one counts as ended after a grace, never as alive (field rule 39). */
export function leavingOf(reason: string | undefined): Leaving {
  if (reason !== undefined && MOVED.has(reason)) return 'moved';
  return reason !== undefined && FOR_GOOD.has(reason) ? 'for-good' : 'unclear';
}

export function endingByLeaving(context: CallContext, reason: string | undefined): Ending {
  if (reason === 'USER_REJECTED') return reported('caller', 'declined');
  if (reason === 'USER_UNAVAILABLE') return reported('carrier', 'no_answer');
  if (reason === 'SIP_TRUNK_FAILURE') return failedLine(context);
  return endingByCaller(context);
}
