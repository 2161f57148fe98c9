/**
 * The sandbox of a function's process: what it would send is shown and answered with `200 {}`, and
 * nothing leaves. A guard against accidents with Node's own networking (fetch, http, https and the
 * clients built on them), not a wall: a program that the function starts is not held.
 */
import { Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { Socket, type AddressInfo } from 'node:net';
import type { JsonObject } from '../contract/json.ts';
import { RAW_TEXT_MAX_CHARS } from './protocol.ts';

/** Set by the parent: this process is a sandbox. */
export const SANDBOX_VARIABLE = 'ONHOOK_SANDBOX';

type Show = (shows: JsonObject) => void;

/** A connection that no answer can stand in for: a database, a raw socket. */
class SandboxRefused extends Error {
  readonly code = 'sandbox';
  constructor() {
    super('the sandbox opens no connection; what can be answered in its place are HTTP requests');
    this.name = 'SandboxRefused';
  }
}

const HIDDEN = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'api-key']);

function shown(method: string, url: string, headers: Iterable<[string, string]>, body: string): JsonObject {
  const visible = [...headers].map(([name, value]) => [name, HIDDEN.has(name) ? '[hidden]' : value]);
  return {
    method,
    url,
    headers: Object.fromEntries(visible) as JsonObject,
    body: body.slice(0, RAW_TEXT_MAX_CHARS),
  };
}

/** Call once, before the author's module is imported. */
export function enterSandbox(show: Show): void {
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    show(shown(request.method, request.url, request.headers, await request.text()));
    return new Response('{}', { headers: { 'content-type': 'application/json' } });
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { connect } = Socket.prototype;
  const divert = (scheme: string) => {
    const sink = startSink(scheme, show);
    return (): Socket => {
      const socket = new Socket();
      void sink.then((port) => Reflect.apply(connect, socket, [port, '127.0.0.1']) as unknown);
      return socket;
    };
  };
  Object.assign(Agent.prototype, { createConnection: divert('http') });
  Object.assign(SecureAgent.prototype, { createConnection: divert('https') });
  Socket.prototype.connect = function refuse(this: Socket, ...args: unknown[]): Socket {
    show({ refused: 'connection', to: targetOf(args[0]) });
    return this.destroy(new SandboxRefused());
  };
  DatagramSocket.prototype.send = (() => show({ refused: 'datagram' })) as DatagramSocket['send'];
}

/** Node hands its options over inside an array of its own. */
function targetOf(given: unknown): string {
  const first: unknown = Array.isArray(given) ? given[0] : given;
  if (typeof first !== 'object' || first === null) return String(first);
  const { host, port, path } = first as Readonly<Record<string, unknown>>;
  return typeof path === 'string' ? path : `${(host as string | undefined) ?? 'localhost'}:${port as number}`;
}

/** Answers in place of every server of a scheme. Its port, once it listens. */
async function startSink(scheme: string, show: Show): Promise<number> {
  const server = createServer((request, response) => void answer(scheme, request, response, show));
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function answer(
  scheme: string,
  request: IncomingMessage,
  response: ServerResponse,
  show: Show,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method = 'GET', url = '/', headers } = request;
  const flat = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  show(
    shown(method, `${scheme}://${headers.host ?? ''}${url}`, flat, Buffer.concat(chunks).toString('utf8')),
  );
  response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end('{}');
}
