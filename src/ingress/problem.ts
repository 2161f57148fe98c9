/** Errors of the edge as RFC 9457 problems. The code is stable; the status tells a carrier whether to try again. */
import type { Context } from 'hono';
import { LogFull, LogUnavailable } from '../log/log.ts';

/** Code → status and title. */
export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request is not understood' },
  credentials_required: { status: 401, title: 'Credentials of a configured account are required' },
  signature_refused: { status: 403, title: 'The signature is missing or wrong' },
  signature_stale: { status: 403, title: 'The request was signed too long ago' },
  not_found: { status: 404, title: 'There is no such path' },
  body_too_large: { status: 413, title: 'The body is too large' },
  internal_error: { status: 500, title: 'The request failed' },
  carrier_unreachable: { status: 502, title: 'The carrier did not answer' },
  call_unknown: { status: 503, title: 'No call is known for this leg' },
  too_many_held: { status: 503, title: 'Too many webhooks wait for their calls' },
  log_unavailable: { status: 503, title: 'The log did not answer' },
  log_full: { status: 503, title: 'The log is nearly full' },
} as const;

/** Stable: callers decide by it. */
export type ProblemCode = keyof typeof PROBLEMS;

/** Thrown by a route to answer with a problem; the detail is shown to the caller. */
export class Problem extends Error {
  readonly code: ProblemCode;
  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
  }
}

/** What an error becomes for the caller. Anything unforeseen says nothing about itself. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof LogUnavailable) return new Problem('log_unavailable', 'send it again');
  if (error instanceof LogFull) return new Problem('log_full', 'send it again later');
  return new Problem('internal_error', "see the node's own log");
}

/** The response, `application/problem+json`. */
export function problemResponse(c: Context, { code, message }: Problem): Response {
  const { status, title } = PROBLEMS[code];
  if (code === 'credentials_required') c.header('WWW-Authenticate', 'Basic realm="onhook"');
  c.header('Content-Type', 'application/problem+json');
  const body = { type: `urn:onhook:problem:${code}`, title, status, detail: message, code };
  return c.body(JSON.stringify(body), status);
}
