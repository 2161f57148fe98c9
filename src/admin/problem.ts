/**
 * Errors of the API as RFC 9457 problems. The code is stable and decides; title and detail are for
 * people.
 */
import type { Context } from 'hono';
import { LogFull, LogUnavailable } from '../log/log.ts';

/** Code → status and title. */
export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request is not understood' },
  token_required: { status: 401, title: 'A bearer token is required' },
  host_not_allowed: { status: 403, title: 'This host name is not served' },
  scope_required: { status: 403, title: 'This token may only read' },
  origin_not_allowed: { status: 403, title: 'Pages of other origins may not do this' },
  not_found: { status: 404, title: 'There is no such path' },
  call_not_found: { status: 404, title: 'The call is not known' },
  script_not_found: { status: 404, title: 'There is no such test call' },
  dead_letter_not_found: { status: 404, title: 'The dead letter is not known' },
  call_closed: { status: 409, title: 'The call is closed' },
  dead_letter_final: { status: 409, title: 'The dead letter cannot be tried again' },
  call_conflict: { status: 409, title: 'The call is not in a state for this' },
  body_too_large: { status: 413, title: 'The body is too large' },
  internal_error: { status: 500, title: 'The request failed' },
  not_available: { status: 501, title: 'This node does not offer this' },
  starting: { status: 503, title: 'The node is starting' },
  log_unavailable: { status: 503, title: 'The log did not answer' },
  log_full: { status: 503, title: 'The log is full' },
  too_many_watchers: { status: 503, title: 'Too many event streams are open' },
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
  if (error instanceof LogUnavailable) return new Problem('log_unavailable', error.message);
  if (error instanceof LogFull) return new Problem('log_full', error.message);
  return new Problem('internal_error', "see the node's own log");
}

/** The response, `application/problem+json`. */
export function problemResponse(c: Context, { code, message }: Problem): Response {
  const { status, title } = PROBLEMS[code];
  if (code === 'token_required') c.header('WWW-Authenticate', 'Bearer realm="onhook"');
  c.header('Content-Type', 'application/problem+json');
  return c.body(
    JSON.stringify({ type: `urn:onhook:problem:${code}`, title, status, detail: message, code }),
    status,
  );
}
