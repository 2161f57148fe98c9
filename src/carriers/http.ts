/**
 * The HTTP client under the carriers: one request per call over kept-alive connections, given up with
 * its attempt, with a bounded answer and no retry of its own, since attempts are facts of the log.
 */
import type { Dispatcher } from 'undici';
import type { Cancellation } from './cancellation.ts';

/** One HTTP answer, as it came. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter?: string | undefined;
  readonly body: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As `URL` writes it, with a path, and without user, password or fragment. */
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
/** Attempts have a time-out of their own. */
const NONE = 0;

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
        headersTimeout: NONE,
        bodyTimeout: NONE,
      }),
    );
  }

  /** Sends it once, or not at all when it is cancelled before; rejects only when the transport fails. */
  send({ method, url, headers, body }: HttpRequest, cancellation: Cancellation): Promise<HttpAnswer> {
    const pathAt = pathIndex(url);
    const options = {
      origin: url.slice(0, pathAt),
      path: url.slice(pathAt),
      method,
      headers: headers ?? null,
      body: body ?? null,
    };
    return new Promise((resolve, reject) => {
      this.agent.dispatch(options, new Exchange(cancellation, resolve, reject));
    });
  }

  /** Ends running requests and closes the connections. May run twice. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

/** Where the path of a URL begins. Of one that `URL` wrote: to parse it again for each request costs more. */
export function pathIndex(url: string): number {
  return url.indexOf('/', url.indexOf('//') + 2);
}

const UTF8 = new TextDecoder();

/** One request on its way. Below undici's `request`, since that one wants an `AbortSignal` and gives a stream. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly cancellation: Cancellation;
  private readonly resolve: (answer: HttpAnswer) => void;
  private readonly reject: (error: Error) => void;
  private readonly chunks: Buffer[] = [];
  private status = 0;
  private retryAfter: string | undefined;

  constructor(
    cancellation: Cancellation,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: Error) => void,
  ) {
    this.cancellation = cancellation;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** It has a connection, and is written next. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.cancellation.onCancel(() => controller.abort(new DOMException('Given up.', 'AbortError')));
  }

  onResponseStart(_: unknown, status: number, headers: Readonly<Record<string, unknown>>): void {
    const { 'retry-after': retryAfter } = headers;
    this.status = status;
    this.retryAfter = typeof retryAfter === 'string' ? retryAfter : undefined;
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const { status, retryAfter } = this;
    this.resolve({ status, retryAfter, body: UTF8.decode(Buffer.concat(this.chunks)) });
  }

  onResponseError(_: unknown, error: Error): void {
    this.reject(error);
  }
}
