/**
 * One HTTP request of a shipped function, and what its answer means. No redirects; the answer is read up
 * to a bound; its status is the decision, its text never reaches an outcome (it may quote the request).
 */
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { parseInstant } from '../../clock/instant.ts';
import type { Outcome } from '../../contract/outcome.ts';

export interface HttpRequest {
  readonly method: 'POST' | 'PUT';
  readonly url: URL | string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter?: string;
  /** As far as it was read. */
  readonly text: string;
}

/** Enough for an answer of an API; a receiver that sends more is not read further. */
export const ANSWER_MAX_BYTES = 1_048_576;
/** A receiver cannot put us off for longer. */
const RETRY_AFTER_MAX_MS = 3_600_000;
/** 409: the receiver is still busy with an earlier attempt of this id. */
const RETRIED = new Set([408, 409, 425, 429]);

/** Sends it once; throws what the transport throws. A body that breaks off is kept as far as it came. */
export async function sendRequest(
  dispatcher: Dispatcher,
  { url, ...rest }: HttpRequest,
  signal: AbortSignal,
  answerMaxBytes = ANSWER_MAX_BYTES,
): Promise<HttpAnswer> {
  const { statusCode, headers, body } = await request(url, { ...rest, dispatcher, signal });
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= answerMaxBytes) break;
    }
  } catch {
    // The status is the answer, whatever becomes of the rest.
  }
  const { 'retry-after': retryAfter } = headers;
  return {
    status: statusCode,
    text: Buffer.concat(chunks).toString('utf8', 0, answerMaxBytes),
    ...(typeof retryAfter === 'string' && { retryAfter }),
  };
}

/** `done` for 2xx; `retry` for 408, 409, 425, 429 and 5xx, `Retry-After` honoured; else `fatal`. */
export function outcomeOfAnswer({ status, retryAfter }: HttpAnswer, nowMs: number): Outcome {
  const code = `http_${status}`;
  if (status >= 200 && status < 300) return { result: 'done', status: String(status) };
  if (status >= 500 || RETRIED.has(status)) {
    const waitMs = retryAfterMs(retryAfter, nowMs);
    return { result: 'retry', code, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
  }
  if (status >= 300 && status < 400) {
    return { result: 'fatal', code, detail: 'redirects are not followed: configure the final URL' };
  }
  return { result: 'fatal', code };
}

function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(header) ? Number(header) : undefined;
  const waitMs = seconds === undefined ? (parseInstant(header) ?? nowMs) - nowMs : seconds * 1_000;
  return waitMs > 0 ? Math.min(waitMs, RETRY_AFTER_MAX_MS) : undefined;
}

/** What an exception of a transport means: `fatal` only when it says so itself, else `retry`. */
export function outcomeOfFailure(error: unknown, timedOut: boolean, signal: AbortSignal): Outcome {
  if (error instanceof DeliveryRefused) return { result: 'fatal', code: error.code, detail: error.message };
  const cause = (error as { readonly cause?: unknown } | null)?.cause;
  if (cause instanceof DeliveryRefused) return outcomeOfFailure(cause, timedOut, signal);
  if (timedOut) return { result: 'retry', code: 'timeout', detail: 'no answer in time' };
  if (signal.aborted) return { result: 'retry', code: 'function_cancelled' };
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (code === 'UND_ERR_INVALID_ARG') {
    const detail = 'its key or a header has letters that HTTP does not carry: correct the configuration';
    return { result: 'fatal', code: 'request_invalid', detail };
  }
  return { result: 'retry', code: 'network_error', detail: typeof code === 'string' ? code : 'no answer' };
}

/** A delivery that must not be made, whatever happens: trying again would not change it. */
export class DeliveryRefused extends Error {
  override readonly name = 'DeliveryRefused';
  readonly code: string;
  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}
