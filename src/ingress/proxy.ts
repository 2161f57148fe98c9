/** What the façade does not answer itself goes to Twilio as it came: one request, no redirects, bounded. */
import { Agent } from 'undici';
import { Problem } from './problem.ts';

/** A page of 1 000 calls is about 2 MiB. */
const RESPONSE_BYTES_MAX = 8 * 1024 * 1024;
/** Twilio's own limit of one request. */
const TIMEOUT_MS = 15_000;

/** No hop-by-hop headers, no cookies, nothing of the proxies before us. */
const SENT = ['accept', 'authorization', 'content-type', 'i-twilio-idempotency-token', 'user-agent'];
const RETURNED = [
  'content-type',
  'etag',
  'location',
  'retry-after',
  'twilio-request-id',
  'twilio-error-code',
];

/** Twilio, as the façade reaches it. */
export interface Proxy {
  /** Rejects with the problem `carrier_unreachable`; the request may have acted. */
  forward(request: Request): Promise<Response>;
  /** Ends running requests. May run twice. */
  close(): Promise<void>;
}

/** Opens no connection. `baseUrl` replaces scheme, host and port, with an optional path before Twilio's own. */
export function createProxy(baseUrl = 'https://api.twilio.com'): Proxy {
  const base = new URL(baseUrl);
  const agent = new Agent({
    maxResponseSize: RESPONSE_BYTES_MAX,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  return {
    async forward(request) {
      const { pathname, search } = new URL(request.url);
      const body = request.method === 'GET' ? null : Buffer.from(await request.arrayBuffer());
      const sent = SENT.flatMap((name): [string, string][] => {
        const value = request.headers.get(name);
        return value === null ? [] : [[name, value]];
      });
      try {
        const answer = await agent.request({
          origin: base.origin,
          path: `${base.pathname.replace(/\/$/, '')}${pathname}${search}`,
          method: request.method,
          headers: Object.fromEntries(sent),
          body,
        });
        const headers = RETURNED.flatMap((name): [string, string][] => {
          const value = answer.headers[name];
          return typeof value === 'string' ? [[name, value]] : [];
        });
        const content = new Uint8Array(await answer.body.arrayBuffer());
        const empty = content.length === 0;
        return new Response(empty ? null : content, { status: answer.statusCode, headers });
      } catch {
        throw new Problem('carrier_unreachable', 'the request may have acted; ask for the call');
      }
    },
    close: () => agent.destroy(),
  };
}
