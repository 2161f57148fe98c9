/** The admin API of a running node, as the commands use it: one request each, no retries. */
import { readEvents } from './event-stream.ts';
import type { ServerEvent } from './event-stream.ts';

/** Nobody answers at the admin URL. Exit 69. */
export class AdminUnreachable extends Error {
  readonly code = 'admin_unreachable';
  constructor(url: string, options?: ErrorOptions) {
    super(`no node answers at ${url}; start one (onhook serve), or name it with --admin-url`, options);
    this.name = 'AdminUnreachable';
  }
}

/** The node answered, and said no. Its own code and words. Exit 1. */
export class AdminRefused extends Error {
  readonly code: string;
  readonly status: number;
  constructor(status: number, code: string, detail: string) {
    super(
      status === 401 || status === 403 ? `${detail}; set ONHOOK_ADMIN_TOKEN to the node's token` : detail,
    );
    this.name = 'AdminRefused';
    this.code = code;
    this.status = status;
  }
}

export interface AdminAddress {
  /** `http://127.0.0.1:7701` */
  readonly url: string;
  readonly token?: string | undefined;
}

export interface AdminClient {
  readonly url: string;
  /** The answer's JSON. Throws {@link AdminUnreachable}, {@link AdminRefused}. */
  get(path: string): Promise<unknown>;
  /** Throws as {@link AdminClient.get}. */
  post(path: string, body?: unknown): Promise<unknown>;
  /** Opens the live stream; it ends with the signal or the node. Rejects as {@link AdminClient.get}. */
  events(signal: AbortSignal): Promise<AsyncIterable<ServerEvent>>;
}

/** A node that has not answered by then is not there. */
const TIMEOUT_MS = 10_000;

interface Problem {
  readonly code?: unknown;
  readonly title?: unknown;
  readonly detail?: unknown;
}

/** RFC 9457 problem JSON, or whatever else came. */
function refusal(status: number, text: string): AdminRefused {
  let problem: Problem = {};
  try {
    problem = (JSON.parse(text) ?? {}) as Problem;
  } catch {
    // A proxy's page: the status has to do.
  }
  const detail = [problem.title, problem.detail].filter((part) => typeof part === 'string').join(': ');
  const code = typeof problem.code === 'string' ? problem.code : `http_${status}`;
  return new AdminRefused(status, code, detail === '' ? `the node answered ${status}` : detail);
}

const NOTHING: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };

/** No request is made yet. */
export function createAdminClient({ url, token }: AdminAddress): AdminClient {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(new URL(path, url), init);
    } catch (cause) {
      throw new AdminUnreachable(url, { cause });
    }
    if (!response.ok) throw refusal(response.status, await response.text());
    return response;
  };
  const json = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await ask(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    return text === '' ? {} : JSON.parse(text);
  };
  return {
    url,
    get: (path) => json(path, { headers: authorization }),
    post: (path, body = {}) =>
      json(path, {
        method: 'POST',
        headers: { ...authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    async events(signal) {
      const headers = { ...authorization, accept: 'text/event-stream' };
      const response = await ask('/api/events', { headers, signal });
      return response.body === null ? readEvents(NOTHING) : readEvents(response.body);
    },
  };
}
