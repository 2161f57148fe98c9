/**
 * The loopback HTTP server under the stub providers: bodies read whole, connections counted, answers
 * as JSON, and faults that can be asked for. Plain node:http, because load generators use it too.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A fault for one request. With `afterActing` the request takes effect and only its answer is lost. */
export type StubFault =
  | {
      readonly status: number;
      /** In the error body; each provider has a default for the status. */
      readonly code?: number | string;
      readonly message?: string;
      readonly retryAfterS?: number;
      readonly afterActing?: boolean;
    }
  /** Never answered; the connection stays open until the client or the stub closes it. */
  | { readonly timeout: true; readonly afterActing?: boolean }
  /** The connection is reset. */
  | { readonly reset: true; readonly afterActing?: boolean }
  /** A load balancer's page instead of the API's answer. */
  | { readonly html503: true; readonly afterActing?: boolean };

export interface StubAnswer {
  readonly status: number;
  /** A string is sent as it is, anything else as JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StubRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The same number for requests of one connection. */
  readonly connection: number;
}

/** An answer, or a fault that leaves the request without one. */
export type StubReply = StubAnswer | { readonly silence: 'timeout' | 'reset' };

export interface StubServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Connections accepted since the start. */
  readonly connectionCount: () => number;
  /** Cuts every connection and stops listening. May run twice. */
  readonly close: () => Promise<void>;
}

/** Serves on 127.0.0.1 only; `port` 0 takes a free one. `reply` must not throw. */
export async function startStubServer(
  port: number,
  reply: (request: StubRequest) => StubReply | Promise<StubReply>,
): Promise<StubServer> {
  const connections = new WeakMap<Socket, number>();
  let count = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request: StubRequest = {
        method: incoming.method ?? '',
        url: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        connection: connections.get(incoming.socket) ?? 0,
      };
      void Promise.resolve(reply(request)).then((answer) => send(answer, response));
    });
  });
  // Long, so that a benchmark's pause does not close connections under a request.
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => connections.set(socket, (count += 1)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connectionCount: () => count,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(reply: StubReply, response: ServerResponse): void {
  if ('silence' in reply) {
    if (reply.silence === 'reset') response.socket?.resetAndDestroy();
    return;
  }
  const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    'content-type': typeof reply.body === 'string' ? 'text/html' : 'application/json',
    'content-length': Buffer.byteLength(text),
    ...reply.headers,
  });
  response.end(text);
}

const HTML_503 = '<html><head><title>503</title></head><body><h1>Service Unavailable</h1></body></html>';

/** What the client sees of a fault; `errorBody` writes the provider's own error form. */
export function replyOfFault(
  fault: StubFault,
  errorBody: (status: number, code?: number | string, message?: string) => unknown,
): StubReply {
  if ('timeout' in fault) return { silence: 'timeout' };
  if ('reset' in fault) return { silence: 'reset' };
  if ('html503' in fault) return { status: 503, body: HTML_503 };
  const headers = fault.retryAfterS === undefined ? {} : { 'retry-after': String(fault.retryAfterS) };
  return { status: fault.status, body: errorBody(fault.status, fault.code, fault.message), headers };
}
