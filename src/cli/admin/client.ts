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

/** The live stream broke off: the node stopped, or is started again. Exit 69. */
export class AdminStreamEnded extends Error {
  readonly code = 'admin_stream_ended';
  constructor(url: string, options?: ErrorOptions) {
    super(`the node at ${url} ended the stream; when it is back, ask again`, options);
    this.name = 'AdminStreamEnded';
  }
}

/** Something answers at the admin URL that is no node. Exit 1. */
export class NotANode extends Error {
  readonly code = 'not_a_node';
  constructor(url: string, what: string) {
    super(`${url} is not the admin API of onhook: ${what}; name the node with --admin-url`);
    this.name = 'NotANode';
  }
}

/** The node answered, and said no. Its own code and words. Exit 1. */
export class AdminRefused extends Error {
  readonly code: string;
  readonly status: number;
  constructor(status: number, code: string, detail: string) {
    super(detail);
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
  /** The answer's JSON. Throws {@link AdminUnreachable}, {@link AdminRefused}, {@link NotANode}. */
  get(path: string): Promise<unknown>;
  /** Throws as {@link AdminClient.get}. */
  post(path: string, body?: unknown): Promise<unknown>;
  /**
   * Opens the live stream; it ends with the signal or the node. Rejects as {@link AdminClient.get}; what
   * breaks it off later is thrown as {@link AdminStreamEnded}.
   */
  events(signal: AbortSignal): Promise<AsyncIterable<ServerEvent>>;
}

/** A node that has not answered by then is not there. */
const TIMEOUT_MS = 10_000;

interface Problem {
  readonly code?: unknown;
  readonly title?: unknown;
  readonly detail?: unknown;
}

/** What to do about a refusal of the node, where its own words do not say it to whoever types commands. */
const CURES: Readonly<Record<string, string>> = {
  call_not_found: '`onhook calls ls` lists the open calls, with --state closed those that ended',
  call_closed: '`onhook calls show` tells how it ended',
  scope_required: 'give ONHOOK_ADMIN_TOKEN the token that may act',
};

/** RFC 9457 problem JSON; what is none comes from something else. */
function refusal({ url, token }: AdminAddress, status: number, text: string): AdminRefused | NotANode {
  let problem: Problem = {};
  try {
    problem = (JSON.parse(text) ?? {}) as Problem;
  } catch {
    // A proxy's page: the status has to do.
  }
  const { code, title, detail } = problem;
  if (typeof code !== 'string' || typeof title !== 'string')
    return new NotANode(url, `it answered ${status}`);
  if (code === 'token_required') return new AdminRefused(status, code, tokenWords(url, token));
  const said = [title, detail].filter((part) => typeof part === 'string').join(': ');
  const cure = CURES[code];
  return new AdminRefused(status, code, cure === undefined ? said : `${said}; ${cure}`);
}

function tokenWords(url: string, token: string | undefined): string {
  return token === undefined
    ? `the node at ${url} wants a token; set ONHOOK_ADMIN_TOKEN, or ONHOOK_ADMIN_TOKEN_FILE to its path`
    : `the node at ${url} refuses this token; ONHOOK_ADMIN_TOKEN must be the one that the node was started with`;
}

function parsed(url: string, text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new NotANode(url, 'it answered no JSON');
  }
}

/** Also behind a proxy that serves the node below a path. */
function at(url: string, path: string): string {
  return `${url.replace(/\/+$/, '')}${path}`;
}

async function* untilBroken<T>(url: string, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (cause) {
    throw new AdminStreamEnded(url, { cause });
  }
}

/** No request is made yet. */
export function createAdminClient(address: AdminAddress): AdminClient {
  const { url, token } = address;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(at(url, path), init);
    } catch (cause) {
      throw new AdminUnreachable(url, { cause });
    }
    if (!response.ok) throw refusal(address, response.status, await response.text());
    return response;
  };
  const json = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await ask(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return parsed(url, await response.text());
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
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
      if (!isStream || response.body === null) throw new NotANode(url, 'it has no live stream');
      return untilBroken(url, readEvents(response.body));
    },
  };
}
