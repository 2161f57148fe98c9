/**
 * The admin port. Bound before the node runs, since the node's name contains the port and two live
 * nodes must never share one (log rule 7); until then it answers that the node is starting.
 */
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { runningApp, startingApp } from './app.ts';
import { EventRing } from './event-ring.ts';
import { fleetEvents, ownEvents } from './feed-source.ts';
import type { EventSource } from './feed-source.ts';
import type { AdminParts } from './parts.ts';

/** Where it listens, and who may ask. */
export interface AdminAddress {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  /** The bearer token. The configuration requires one when the host is not loopback. */
  readonly token?: string;
  /** A second one that may only read. */
  readonly readToken?: string;
  /** Names, besides the host, under which browsers and scrapers reach this port. */
  readonly hosts?: readonly string[];
}

/** A port that is taken and served. */
export interface AdminServer {
  readonly url: string;
  readonly port: number;
  /** Ends event streams and connections. Idempotent. */
  close(): Promise<void>;
}

export interface BoundAdmin extends AdminServer {
  /** From now on the node's own answers. Once. */
  serve(parts: AdminParts): void;
}

/** The admin address is taken or not ours. */
export class AdminPortUnavailable extends Error {
  readonly code = 'admin_port_unavailable';
  constructor(host: string, port: number, cause: unknown) {
    super(`cannot listen on ${host} port ${port}; set ONHOOK_ADMIN_HOST or ONHOOK_ADMIN_PORT`, { cause });
    this.name = 'AdminPortUnavailable';
  }
}

/** Binds and serves at once. Rejects with {@link AdminPortUnavailable}. */
export async function startAdmin(options: AdminAddress & AdminParts): Promise<AdminServer> {
  const bound = await bindAdmin(options);
  bound.serve(options);
  return bound;
}

/** Takes the port. Rejects with {@link AdminPortUnavailable}. */
export async function bindAdmin({ host, port, hosts = [], ...tokens }: AdminAddress): Promise<BoundAdmin> {
  const guarding = { ...tokens, hosts: [host, ...hosts] };
  let app: Hono = startingApp(guarding);
  const server = createAdaptorServer({ fetch: (request, env) => app.fetch(request, env) }) as Server;
  await listen(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  const ring = new EventRing();
  let source: EventSource | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    serve(parts) {
      const { view, feed, clock } = parts;
      source = feed === undefined ? ownEvents(view, ring) : fleetEvents(feed, ring, clock);
      app = runningApp(guarding, parts, ring, source);
    },
    async close() {
      source?.close();
      ring.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void => reject(new AdminPortUnavailable(host, port, cause));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}
