/**
 * The HTTP client under the carriers: one request per call over kept-alive connections, with an abort
 * signal, a bounded answer and no retry of its own, since attempts are facts of the log.
 */
import type { Dispatcher } from 'undici';

/** One HTTP answer, as it came. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter?: string | undefined;
  readonly body: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Providers limit concurrent requests of an account, Twilio to about 100 (error 20429): stay below it. */
const CONNECTIONS_MAX = 64;
/** Idle connections are kept this long, unless the server asks for less: a hangup should find one open. */
const KEEP_ALIVE_MS = 30_000;
/** A page of 50 calls is about 100 KiB; more than this is not a carrier. */
const RESPONSE_BYTES_MAX = 1_048_576;

export class HttpClient {
  private readonly agent: Dispatcher;

  private constructor(agent: Dispatcher) {
    this.agent = agent;
  }

  /** Loads undici; opens no connection. */
  static async open(): Promise<HttpClient> {
    const { Agent } = await import('undici');
    return new HttpClient(
      new Agent({
        connections: CONNECTIONS_MAX,
        keepAliveTimeout: KEEP_ALIVE_MS,
        maxResponseSize: RESPONSE_BYTES_MAX,
      }),
    );
  }

  /** Sends it once; rejects only when the transport fails. */
  async send({ method, url, headers, body }: HttpRequest, signal: AbortSignal | null): Promise<HttpAnswer> {
    const { origin, pathname, search } = new URL(url);
    const answer = await this.agent.request({
      origin,
      path: `${pathname}${search}`,
      method,
      headers: headers ?? {},
      body: body ?? null,
      signal,
    });
    const { 'retry-after': retryAfter } = answer.headers;
    return {
      status: answer.statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      body: await answer.body.text(),
    };
  }

  /** Ends running requests and closes the connections. May run twice. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
