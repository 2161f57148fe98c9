/**
 * What carriers' HTTP answers have in common. The rule of every table: "ended" needs the provider's own
 * word. A bare 404, an HTML page or an empty body may come from a proxy and proves nothing.
 */
import type { Outcome } from '../contract/outcome.ts';
import type { HttpAnswer } from './http.ts';

/** HTTP statuses below 500 that may change by waiting. */
const RETRYABLE = new Set([408, 425, 429]);

/** The answer is one of success. */
export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

/** The key may not do that, whatever becomes of the call. */
export function isForbidden({ status }: HttpAnswer): boolean {
  return status === 401 || status === 403;
}

/** The body as an object, or undefined when it is none. */
export function objectOf({ body }: HttpAnswer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** A success whose body is not what the documentation promises. */
export function unreadable({ status }: HttpAnswer): Outcome {
  return { result: 'retry', code: 'unreadable', detail: `HTTP ${status} with a body that is no call.` };
}

export interface RefusalTable {
  /** Begins the outcome's code: `telnyx_90018`. */
  readonly provider: string;
  /** The provider's error word in its own form; '' for that form without a word; undefined for another form. */
  readonly word: string | undefined;
  /** Words that say that the call has ended. */
  readonly gone: ReadonlySet<string>;
}

/** What a refusal means: already-gone, retry or fatal. The provider's text is not kept: it may quote the request. */
export function classifyRefusal(answer: HttpAnswer, { provider, word, gone }: RefusalTable): Outcome {
  const { status } = answer;
  const code = word ? `${provider}_${word}` : `http_${status}`;
  const own = word !== undefined;
  if (own && (gone.has(word) || status === 404)) {
    return { result: 'already-gone', code, detail: 'The provider does not have this call any more.' };
  }
  if (isForbidden(answer)) return { result: 'fatal', code, detail: `HTTP ${status}: not allowed.` };
  if (status >= 500 || RETRYABLE.has(status)) {
    const retryAfterMs = secondsOf(answer.retryAfter);
    return { result: 'retry', code, detail: `HTTP ${status}.`, ...(retryAfterMs && { retryAfterMs }) };
  }
  if (own && status >= 400) return { result: 'fatal', code, detail: `Refused with HTTP ${status}.` };
  const detail = `HTTP ${status}, not in the provider's form: does the base URL lead to it?`;
  return { result: 'retry', code, detail };
}

/** Only the form in seconds. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : undefined;
}
