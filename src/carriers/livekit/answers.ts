/**
 * What each answer of LiveKit means. Its API is Twirp: errors carry a code word, and only the word
 * `not_found` says that something is gone. A bare 404 may be a proxy's.
 */
import type { Outcome, OutcomeResult } from '../../contract/outcome.ts';
import { transportOutcome } from '../attempt.ts';

/** Source: the error codes of the Twirp specification, version 7. Codes not listed go by HTTP status. */
const BY_CODE: ReadonlyMap<string, OutcomeResult> = new Map([
  ['not_found', 'already-gone'],
  ['canceled', 'retry'],
  ['deadline_exceeded', 'retry'],
  ['resource_exhausted', 'retry'],
  ['aborted', 'retry'],
  ['unavailable', 'retry'],
  ['internal', 'retry'],
  ['unknown', 'retry'],
  ['dataloss', 'retry'],
  ['unauthenticated', 'fatal'],
  ['permission_denied', 'fatal'],
  ['invalid_argument', 'fatal'],
  ['malformed', 'fatal'],
  ['out_of_range', 'fatal'],
  ['failed_precondition', 'fatal'],
  ['already_exists', 'fatal'],
  ['bad_route', 'fatal'],
  ['unimplemented', 'fatal'],
]);

/** Twirp words are short; anything longer is not one. */
const CODE = /^[a-z_]{1,40}$/;

/**
 * The outcome of what the SDK threw: `ServerError {status, code}`, or an error of fetch. Never throws;
 * the error's own text is dropped, since it may quote what we sent.
 */
export function classifyError(error: unknown): Outcome {
  const { status, code } = (typeof error === 'object' && error !== null ? error : {}) as {
    status?: unknown;
    code?: unknown;
  };
  if (typeof status !== 'number') return transportOutcome(error);
  if (typeof code === 'string' && CODE.test(code)) {
    const result = BY_CODE.get(code) ?? resultOfStatus(status, true);
    return { result, code: `livekit_${code}`, detail: `LiveKit answers ${code}.` };
  }
  return { result: resultOfStatus(status, false), code: `http_${status}`, detail: `HTTP ${status}.` };
}

/** A refused token is answered in plain text, without a code word. */
function resultOfStatus(status: number, fromLiveKit: boolean): OutcomeResult {
  if (status === 401 || status === 403) return 'fatal';
  if (fromLiveKit && status >= 400 && status < 500 && status !== 408 && status !== 429) return 'fatal';
  return 'retry';
}
