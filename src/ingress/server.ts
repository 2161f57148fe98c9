/** The port that carriers and apps reach: webhooks in, hangups through. Contract, "Process", Ingress. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { ingressApp } from './app.ts';
import type { IngressParts } from './parts.ts';
import { createProxy } from './proxy.ts';

/** Where it listens. */
export interface IngressAddress {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
}

/** A port that is taken and served. */
export interface IngressServer {
  /** Without a path. */
  readonly url: string;
  readonly port: number;
  /** Ends requests that wait; their carriers try again. May run twice. */
  close(): Promise<void>;
}

/** The ingress address is taken or not ours. */
export class IngressPortUnavailable extends Error {
  readonly code = 'ingress_port_unavailable';
  constructor(host: string, port: number, cause: unknown) {
    super(`cannot listen on ${host} port ${port}; set ONHOOK_INGRESS_HOST or ONHOOK_INGRESS_PORT`, { cause });
    this.name = 'IngressPortUnavailable';
  }
}

/** Whoever sends 64 KiB slower than this holds a connection for nothing. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Binds and serves. Rejects with {@link IngressPortUnavailable}; then nothing stays behind. */
export async function startIngress({
  host,
  port,
  ...parts
}: IngressAddress & IngressParts): Promise<IngressServer> {
  const closing = new AbortController();
  const proxy = createProxy(parts.twilio?.baseUrl);
  const app = await ingressApp(parts, proxy, closing.signal);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  try {
    await listen(server, host, port);
  } catch (error) {
    await proxy.close();
    throw error;
  }
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    async close() {
      closing.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await proxy.close();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void => reject(new IngressPortUnavailable(host, port, cause));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}
