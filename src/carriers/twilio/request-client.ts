/**
 * The HTTP side of the Twilio SDK on the client of all carriers. The SDK's own client has no base URL, no abort signal
 * and may retry by itself; this one sends exactly one request per call over kept-alive connections.
 */
import { CarrierConfigError } from '../config-error.ts';
import { HttpClient } from '../http.ts';
import type { HttpAnswer } from '../http.ts';

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
  readonly body: HttpAnswer;
}

export class TwilioRequestClient {
  private readonly http: HttpClient;
  private readonly base: URL | undefined;
  private signal: AbortSignal | undefined;

  private constructor(http: HttpClient, base: URL | undefined) {
    this.http = http;
    this.base = base;
  }

  /** Opens no connection. Errors: `CarrierConfigError` for a base URL that is none. */
  static async open(baseUrl?: string): Promise<TwilioRequestClient> {
    if (baseUrl !== undefined && !(/^https?:/.test(baseUrl) && URL.canParse(baseUrl))) {
      throw new CarrierConfigError('twilio', 'ONHOOK_TWILIO_BASE_URL must begin with https:// or http://');
    }
    const http = await HttpClient.open();
    return new TwilioRequestClient(http, baseUrl === undefined ? undefined : new URL(baseUrl));
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
    const path = `${this.base?.pathname.replace(/\/$/, '') ?? ''}${target.pathname}${query}`;
    const answer = await this.http.send(
      {
        method: options.method === 'post' ? 'POST' : 'GET',
        url: `${(this.base ?? target).origin}${path}`,
        headers: { ...options.headers, authorization: basicAuth(options) },
        ...(options.data !== undefined && { body: new URLSearchParams(options.data).toString() }),
      },
      signal ?? null,
    );
    return { statusCode: answer.status, body: answer };
  }

  /** Ends running requests and closes the connections. May run twice. */
  async close(): Promise<void> {
    await this.http.close();
  }
}

function basicAuth({ username, password }: SdkRequest): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
