/**
 * What an inspector may see of a call: event types, state names, and words of closed lists. Made up
 * from what is allowed, never by taking away what is not: a new field stays here until it is listed.
 */
import { callMachine } from '../../../machines/call/machine.ts';
import { endedBySchema, endReasonSchema, farewellOutcomeSchema } from '../../contract/call-record.ts';
import type { Json, JsonObject } from '../../contract/json.ts';
import type { Message } from '../../contract/message.ts';
import { OUTCOME_RESULTS } from '../../contract/outcome.ts';
import { PRINCIPALS } from '../../contract/subjects.ts';
import type { CallDetail } from '../../supervisor/view.ts';

const DELAYS = new Set(Object.keys(callMachine.implementations.delays));

/** Of a leg: those that the machine knows. */
const STATUSES = new Set(
  'queued initiated ringing in-progress answered completed busy failed no-answer canceled'.split(' '),
);

/** Who sends, as actors of the inspector. Parentheses are in no call id. */
export const SENDERS = ['(gateway)', '(carrier)', '(operator)', '(onhook)'] as const;

/** The sender of a message, without its name. Pure. */
export function senderOf({ gateway }: Message): (typeof SENDERS)[number] {
  if (gateway === PRINCIPALS.onhook) return '(onhook)';
  if (gateway === PRINCIPALS.ingress) return '(carrier)';
  return gateway === PRINCIPALS.operator ? '(operator)' : '(gateway)';
}

/** Its type, which `decode` took from a closed list, its place in the log, and words. Pure. */
export function shownEvent({ type, seq, data }: Message): { readonly type: string } & JsonObject {
  const { status, outcome, attempt, timerId } = data;
  const result = isObject(outcome) ? outcome['result'] : undefined;
  const timer = typeof timerId === 'string' ? delayOf(timerId) : undefined;
  return {
    type,
    seq,
    ...(typeof status === 'string' && STATUSES.has(status) ? { status } : {}),
    ...(typeof result === 'string' && Object.hasOwn(OUTCOME_RESULTS, result) ? { result } : {}),
    ...(typeof attempt === 'number' ? { attempt } : {}),
    ...(timer === undefined ? {} : { timer }),
  };
}

/** Of an open call. `value` holds names of states only. Pure. */
export function shownContext(call: CallDetail): JsonObject {
  const { endedBy, endReason, farewell, endAttempt, lastSeq } = call;
  const timers = call.timers.flatMap(({ timerId }) => delayOf(timerId) ?? []);
  return {
    seq: lastSeq,
    endAttempt,
    timers,
    ...(endedBySchema.safeParse(endedBy).success ? { endedBy: endedBy as string } : {}),
    ...(endReasonSchema.safeParse(endReason).success ? { endReason: endReason as string } : {}),
    ...(farewellOutcomeSchema.safeParse(farewell).success ? { farewell: farewell as string } : {}),
  };
}

/** Timers of effects carry the effect's id, which carries the call's: they are left out. */
function delayOf(timerId: string): string | undefined {
  const [delay = ''] = timerId.split('.');
  return DELAYS.has(delay) ? delay : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
