/**
 * What each answer of Twilio means. The rule of the table: "ended" needs Twilio's own word. A 404 of
 * some proxy, or an HTML page, proves nothing about the call and is tried again.
 */
import type { Outcome, OutcomeResult } from '../../contract/outcome.ts';
import type { HttpAnswer } from '../http.ts';

/** Source: Twilio's Call resource, "status". A word not listed is NOT terminal. */
const TERMINAL = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

/** True when that status word says that the call has ended. */
export function isTerminal(status: string): boolean {
  return TERMINAL.has(status);
}

interface Meaning {
  readonly result: OutcomeResult;
  readonly detail: string;
}

/** Twilio's error codes that mean more than their HTTP status; twilio.com/docs/api/errors/<code>. */
const BY_CODE: ReadonlyMap<number, Meaning> = new Map([
  // Seen in the field for calls the caller had ended (field rule 27).
  [20404, { result: 'already-gone', detail: 'Twilio does not know the call any more.' }],
  // "Call is not in-progress. Cannot redirect": documented for calls that have completed.
  [21220, { result: 'already-gone', detail: 'The call is in no state that can be ended.' }],
  [20003, { result: 'fatal', detail: 'Twilio refuses the credentials of this account.' }],
  [20005, { result: 'fatal', detail: 'The Twilio account is not active.' }],
  [20429, { result: 'retry', detail: 'Twilio asks for fewer requests.' }],
  [20500, { result: 'retry', detail: 'Twilio failed inside.' }],
  [20503, { result: 'retry', detail: 'Twilio is not available.' }],
]);

/** HTTP statuses below 500 that may change by waiting. */
const RETRYABLE = new Set([408, 425, 429]);

/** Outcomes of an update with `Status=completed`: done, accepted, already-gone, retry, fatal. */
export function classifyUpdate(answer: HttpAnswer): Outcome {
  if (!isSuccess(answer)) return classifyRefusal(answer);
  const call = parseObject(answer.body);
  if (call === undefined) return unreadable(answer);
  const { status } = call;
  if (typeof status !== 'string') return { result: 'accepted' };
  return { result: isTerminal(status) ? 'done' : 'accepted', status: statusWord(status) };
}

/** Outcomes of a fetch: done (ended), live, already-gone, retry, fatal. */
export function classifyFetch(answer: HttpAnswer): Outcome {
  if (!isSuccess(answer)) return classifyRefusal(answer);
  const status = parseObject(answer.body)?.['status'];
  if (typeof status !== 'string') return unreadable(answer);
  return { result: isTerminal(status) ? 'done' : 'live', status: statusWord(status) };
}

/** How many calls a list answer holds, or undefined when it is no list. */
export function countCalls(answer: HttpAnswer): number | undefined {
  const calls = isSuccess(answer) ? parseObject(answer.body)?.['calls'] : undefined;
  return Array.isArray(calls) ? calls.length : undefined;
}

function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

function classifyRefusal(answer: HttpAnswer): Outcome {
  const twilioCode = readErrorCode(answer);
  const known = twilioCode === undefined ? undefined : BY_CODE.get(twilioCode);
  const meaning = known ?? meaningOfStatus(answer.status, twilioCode !== undefined);
  const code = twilioCode ? `twilio_${twilioCode}` : `http_${answer.status}`;
  const retryAfterMs = meaning.result === 'retry' ? readRetryAfterMs(answer.retryAfter) : undefined;
  return { ...meaning, code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function meaningOfStatus(status: number, fromTwilio: boolean): Meaning {
  if (status === 404 && fromTwilio)
    return { result: 'already-gone', detail: 'Twilio does not find the call.' };
  if (status === 401 || status === 403) return { result: 'fatal', detail: `HTTP ${status}: not allowed.` };
  if (status >= 500 || RETRYABLE.has(status)) return { result: 'retry', detail: `HTTP ${status}.` };
  if (fromTwilio && status >= 400) return { result: 'fatal', detail: `Twilio refuses with HTTP ${status}.` };
  return {
    result: 'retry',
    detail: `HTTP ${status}, not in Twilio's form: does the base URL lead to Twilio?`,
  };
}

/**
 * The code of Twilio's error form `{code, message, more_info, status}` (or RFC 9457 with `code`); 0
 * for that form without a code; undefined for anything else. The message is not kept: it quotes the request.
 */
function readErrorCode(answer: HttpAnswer): number | undefined {
  const body = parseObject(answer.body);
  if (body === undefined) return undefined;
  if (Number.isSafeInteger(body['code']) && Number(body['code']) > 0) return Number(body['code']);
  return body['status'] === answer.status ? 0 : undefined;
}

/** Only the form in seconds: Twilio sends no other. */
function readRetryAfterMs(retryAfter: string | undefined): number | undefined {
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined;
}

function unreadable(answer: HttpAnswer): Outcome {
  return {
    result: 'retry',
    code: 'unreadable',
    detail: `HTTP ${answer.status} with a body that is no call.`,
  };
}

/** Twilio's words are short; anything longer is not one, and an outcome travels through the log. */
function statusWord(status: string): string {
  return status.slice(0, 32);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
