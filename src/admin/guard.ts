/**
 * Who may ask. The API usually listens on loopback without a token, where the danger is a page in a
 * browser of that machine: DNS rebinding (a foreign name that resolves to us) and cross-site posts.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { Problem } from './problem.ts';

/** What a caller may do: look, or also end calls, pause, redrive and discard. */
export type Scope = 'read' | 'act';

/** What the guard leaves for the routes behind it. */
export interface GuardVariables {
  readonly scope: Scope;
}

/** Whom to let in. With either token everything but the probes and the page needs one. */
export interface GuardOptions {
  /** May do everything. */
  readonly token?: string;
  /** May look only. */
  readonly readToken?: string;
  /** Names that a `Host` header may say, besides `localhost` and IP addresses. */
  readonly hosts: readonly string[];
}

/** They hold no data: the probes, the page and what it is made of. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/', '/app.js', '/app.css']);

/** Refuses with `host_not_allowed`, `origin_not_allowed`, `token_required` or `scope_required`. */
export function guard({
  token,
  readToken,
  hosts,
}: GuardOptions): MiddlewareHandler<{ Variables: GuardVariables }> {
  const allowed = new Set(['localhost', ...hosts.map((host) => host.toLowerCase())]);
  const needed = token !== undefined || readToken !== undefined;
  const mayAct = bearerCheck(token);
  const mayRead = bearerCheck(readToken);
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    const bearer = c.req.header('authorization');
    // Both are compared always, so that the time does not tell which one was near.
    const [acts, reads] = [mayAct(bearer), mayRead(bearer)];
    const authorised = acts || reads;
    // A browser never adds a bearer token by itself: who sends it is not a rebound page.
    if (!authorised && !isServed(host, allowed)) {
      throw new Problem('host_not_allowed', 'use an IP address, localhost, the admin host or admin.hosts');
    }
    const looks = c.req.method === 'GET' || c.req.method === 'HEAD';
    if (isCrossSite(c, looks) || (!looks && isForeign(c.req.header('origin'), host))) {
      throw new Problem('origin_not_allowed', 'send the request from this origin, or without a browser');
    }
    if (needed && !authorised && !OPEN_PATHS.has(c.req.path)) {
      throw new Problem('token_required', 'send Authorization: Bearer with ONHOOK_ADMIN_TOKEN');
    }
    if (needed && !acts && !looks) {
      throw new Problem('scope_required', 'this token may only read; send the one of ONHOOK_ADMIN_TOKEN');
    }
    c.set('scope', needed && !acts ? 'read' : 'act');
    await next();
  };
}

/** Digests have one length, so the comparison takes the same time for every guess. */
function bearerCheck(token: string | undefined): (header: string | undefined) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token ?? ''}`);
  return (header) => {
    const same = timingSafeEqual(digest(header ?? ''), expected);
    return token !== undefined && same;
  };
}

/** An address cannot be rebound; a name can. */
function isServed(host: string, allowed: ReadonlySet<string>): boolean {
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  return isIP(name) !== 0 || allowed.has(name);
}

function isForeign(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return false;
  return origin !== `http://${host}` && origin !== `https://${host}`;
}

/**
 * A browser says of each request whose page made it. A foreign page could not read an answer, but it could
 * hold every event stream open; following a link to us is no such request.
 */
function isCrossSite(c: Context, looks: boolean): boolean {
  const site = c.req.header('sec-fetch-site') ?? 'none';
  if (site === 'none' || site === 'same-origin') return false;
  return !looks || (c.req.header('sec-fetch-mode') !== 'navigate' && !OPEN_PATHS.has(c.req.path));
}

/** No sniffing, no framing, no caching of answers that hold personal data. */
export const hardened: MiddlewareHandler = async (c, next) => {
  await next();
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('Referrer-Policy', 'no-referrer');
  c.header('X-Frame-Options', 'DENY');
  c.header('Cross-Origin-Resource-Policy', 'same-origin');
  if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
};
