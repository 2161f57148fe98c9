/**
 * Who may ask. The API usually listens on loopback without a token, where the danger is a page in a
 * browser of that machine: DNS rebinding (a foreign name that resolves to us) and cross-site posts.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { Problem } from './problem.ts';

/** Whom to let in. */
export interface GuardOptions {
  /** Required for everything but the probes and the page, which holds no data. */
  readonly token?: string;
  /** Names that a `Host` header may say, besides `localhost` and IP addresses. */
  readonly hosts: readonly string[];
}

const OPEN_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/']);

/** Refuses with `host_not_allowed`, `origin_not_allowed` or `token_required`. */
export function guard({ token, hosts }: GuardOptions): MiddlewareHandler {
  const allowed = new Set(['localhost', ...hosts.map((host) => host.toLowerCase())]);
  const holdsToken = bearerCheck(token);
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    const authorised = holdsToken(c.req.header('authorization'));
    // A browser never adds a bearer token by itself: who sends it is not a rebound page.
    if (!authorised && !isServed(host, allowed)) {
      throw new Problem('host_not_allowed', 'use an IP address, localhost or the configured admin host');
    }
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD' && isForeign(c.req.header('origin'), host)) {
      throw new Problem('origin_not_allowed', 'send the request from this origin, or without a browser');
    }
    if (token !== undefined && !authorised && !OPEN_PATHS.has(c.req.path)) {
      throw new Problem('token_required', 'send Authorization: Bearer with ONHOOK_ADMIN_TOKEN');
    }
    await next();
  };
}

/** Digests have one length, so the comparison takes the same time for every guess. */
function bearerCheck(token: string | undefined): (header: string | undefined) => boolean {
  if (token === undefined) return () => false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token}`);
  return (header) => header !== undefined && timingSafeEqual(digest(header), expected);
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

/** No sniffing, no framing, no caching of answers that hold personal data. */
export const hardened: MiddlewareHandler = async (c, next) => {
  await next();
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('Referrer-Policy', 'no-referrer');
  c.header('X-Frame-Options', 'DENY');
  if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
};
