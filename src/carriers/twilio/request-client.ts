/**
 * The HTTP side of the Twilio SDK on the client of all carriers. The SDK's own client has no base URL, no
 * cancellation and may retry by itself; this one sends exactly one request per call over kept-alive connections.
 */
import type { Cancellation } from '../cancellation.ts';
import { CarrierConfigError } from '../config-error.ts';
import { HttpClient, pathIndex } from '../http.ts';
import type { HttpAnswer } from '../http.ts';

/** What the SDK hands on untouched, as its `data`: it knows no cancellation. */
export interface Passenger {
  readonly cancellation: Cancellation;
  /** Encoded. */
  readonly form?: string;
}

/** What the SDK gives its HTTP client. */
interface SdkRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: Passenger;
}

export class TwilioRequestClient {
  private readonly http: HttpClient;
  /** In place of scheme, host and port. */
  private readonly base: string | undefined;

  private constructor(http: HttpClient, base: string | undefined) {
    this.http = http;
    this.base = base;
  }

  /** Opens no connection. Errors: `CarrierConfigError` for a base URL that is none. */
  static async open(baseUrl?: string): Promise<TwilioRequestClient> {
    if (baseUrl !== undefined && !(/^https?:/.test(baseUrl) && URL.canParse(baseUrl))) {
      throw new CarrierConfigError('twilio', 'ONHOOK_TWILIO_BASE_URL must begin with https:// or http://');
    }
    return new TwilioRequestClient(await HttpClient.open(), baseUrl && withoutSlash(new URL(baseUrl)));
  }

  /** Called by the SDK, which hands the answer on as it is. Rejects only when the transport fails. */
  request({ method, uri, headers, data }: SdkRequest): Promise<HttpAnswer> {
    return this.http.send(
      {
        method: method === 'post' ? 'POST' : 'GET',
        url: this.base === undefined ? uri : this.base + uri.slice(pathIndex(uri)),
        headers,
        ...(data.form !== undefined && { body: data.form }),
      },
      data.cancellation,
    );
  }

  /** Ends running requests and closes the connections. May run twice. */
  async close(): Promise<void> {
    await this.http.close();
  }
}

function withoutSlash({ origin, pathname }: URL): string {
  return `${origin}${pathname}`.replace(/\/$/, '');
}
