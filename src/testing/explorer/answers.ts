/** What providers, gateways and functions may answer to one attempt, the healthy answer first. */
import type { Outcome } from '../../contract/outcome.ts';
import type { Attempt, Situation } from './situation.ts';
import { isIn } from '../../actors/effect-fold.ts';

/** One possible answer. */
export interface Answer {
  readonly label: string;
  readonly outcome: Outcome;
  /** Something is broken: it costs one of the sequence's faults, the first time. */
  readonly fault: boolean;
}

const healthy = (outcome: Outcome, label: string = outcome.result): Answer => ({
  label,
  outcome,
  fault: false,
});
const broken = (outcome: Outcome, label: string = outcome.result): Answer => ({
  label,
  outcome,
  fault: true,
});

const DONE = healthy({ result: 'done' });
const ENDED = healthy({ result: 'done', status: 'completed' });
const LIVES = healthy({ result: 'live', status: 'in-progress' });
const GONE = broken({ result: 'already-gone', code: 'twilio_20404' });
const BUSY = broken({ result: 'retry', code: 'http_503' });
const FATAL = broken({ result: 'fatal', code: 'http_401' });
const NOBODY = broken({ result: 'no-responder' });
const REFUSED = broken({ result: 'refused', code: '500' });
const ACCEPTED = broken({ result: 'accepted', status: 'in-progress' });
const CHILD = broken({ result: 'live', status: 'in-progress', data: { children: 1 } }, 'child lives');
const SIP = healthy(
  { result: 'done', data: { sip: [{ identity: 'sip-1', callSid: 'CA9' }] } },
  'done, with a SIP leg',
);

const NOTHING: readonly Answer[] = [];
const HANG_UP = [ENDED, ACCEPTED, BUSY, GONE, FATAL];
const ASK_ENDING = [ENDED, LIVES, BUSY];
const ASK_ACTIVE = [LIVES, ENDED, CHILD, BUSY];
const ROOM = [DONE, BUSY, GONE, FATAL];
const ROOM_WITH_SIP = [SIP, ...ROOM];
const EGRESS = [DONE, FATAL];
const CLOSE = [DONE, REFUSED, NOBODY];
const MARK = [DONE, NOBODY];
const SPEAK = [DONE, REFUSED, NOBODY];
const PING = [DONE, NOBODY];
const ACCEPT = [NOBODY];
const FUNCTION = [DONE, BUSY, FATAL];
const NOT_RUN = [broken({ result: 'fatal', code: 'function_missing' }, 'missing')];
const RECORD = [DONE, BUSY, FATAL];
const LETTER = [DONE];
/** A late answer: only its success can still mean something. */
const LATE = [DONE];

const COMMANDS: Readonly<Record<string, readonly Answer[]>> = {
  mark: MARK,
  say: SPEAK,
  farewell: SPEAK,
  close: CLOSE,
  ping: PING,
  'end-accepted': ACCEPT,
};

/** Everything that may be answered now. A question to an active call is healthily answered `live`. */
export function answersTo(attempt: Attempt, { call }: Situation): readonly Answer[] {
  if (attempt.stale) return LATE;
  switch (attempt.kind) {
    case 'hang-up-leg':
      return HANG_UP;
    case 'ask-leg':
      return isIn(call.snapshot.value, 'active') ? ASK_ACTIVE : ASK_ENDING;
    case 'delete-room':
      return 'carrier' in (call.snapshot.context as { legs: object }).legs ? ROOM : ROOM_WITH_SIP;
    case 'stop-egress':
      return EGRESS;
    case 'run-end-function':
      return attempt.begun ? FUNCTION : NOT_RUN;
    case 'publish-record':
      return RECORD;
    case 'publish-dead-letter':
      return LETTER;
    case 'command':
      return COMMANDS[attempt.subject] ?? NOTHING;
    default:
      return NOTHING;
  }
}
