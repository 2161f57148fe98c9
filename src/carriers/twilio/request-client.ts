/**
 * The HTTP side of the Twilio SDK on undici. The SDK's own client has no base URL, no abort signal
 * and may retry by itself; this one sends exactly one request per call over kept-alive connections.
 */
import type { Dispatcher } from 'undici';
import { CarrierConfigError } from '../config-error.ts';
import type { TwilioAnswer } from './answers.ts';

/** Twilio limits concurrent API requests per account to about 100 (error 20429): stay below it. */
const CONNECTIONS_MAX = 64;
/** Idle connections are kept this long, unless the server asks for less: a hangup should find one open. */
const KEEP_ALIVE_MS = 30_000;
/** A page of 50 calls is about 100 KiB; more than this is not Twilio. */
const RESPONSE_BYTES_MAX = 1_048_576;

/** What the SDK gives its HTTP client; `params` go into the query, `data` into a form. */
interface SdkRequest {
  readonly method: string;
  readonly uri: string;
  readonly username?: string;
  readonly password?: string;
  readonly headers?: Record<string, string>;
  readonly params?: Record<string, string>;
  readonly data?: Record<string, string>;
}

/** What the SDK expects back. */
interface SdkResponse {
  readonly statusCode: number;
  readonly body: TwilioAnswer;
}

export class TwilioRequestClient {
  private readonly agent: Dispatcher;
  private readonly base: URL | undefined;
  private signal: AbortSignal | undefined;

  private constructor(agent: Dispatcher, base: URL | undefined) {
    this.agent = agent;
    this.base = base;
  }

  /** Loads undici; opens no connection. Errors: `CarrierConfigError` for a base URL that is none. */
  static async open(baseUrl?: string): Promise<TwilioRequestClient> {
    if (baseUrl !== undefined && !(/^https?:/.test(baseUrl) && URL.canParse(baseUrl))) {
      throw new CarrierConfigError('twilio', 'ONHOOK_TWILIO_BASE_URL must begin with https:// or http://');
    }
    const { Agent } = await import('undici');
    const agent = new Agent({
      connections: CONNECTIONS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: RESPONSE_BYTES_MAX,
    });
    return new TwilioRequestClient(agent, baseUrl === undefined ? undefined : new URL(baseUrl));
  }

  /**
   * Binds the request that the SDK makes inside `send` to `signal`. The SDK passes no options through
   * to its HTTP client, but reaches it synchronously, so a field is enough and no attempt sees another's.
   */
  withSignal<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    this.signal = signal;
    try {
      return send();
    } finally {
      this.signal = undefined;
    }
  }

  /** Called by the SDK. Rejects only when the transport fails. */
  async request(options: SdkRequest): Promise<SdkResponse> {
    const { signal } = this;
    const target = new URL(options.uri);
    const query = options.params === undefined ? '' : `?${new URLSearchParams(options.params).toString()}`;
    const { statusCode, headers, body } = await this.agent.request({
      origin: (this.base ?? target).origin,
      path: `${this.base?.pathname.replace(/\/$/, '') ?? ''}${target.pathname}${query}`,
      method: options.method === 'post' ? 'POST' : 'GET',
      headers: { ...options.headers, authorization: basicAuth(options) },
      body: options.data === undefined ? null : new URLSearchParams(options.data).toString(),
      signal: signal ?? null,
    });
    const retryAfter = headers['retry-after'];
    return {
      statusCode,
      body: {
        status: statusCode,
        retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
        body: await body.text(),
      },
    };
  }

  /** Ends running requests and closes the connections. May run twice. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

function basicAuth({ username, password }: SdkRequest): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
