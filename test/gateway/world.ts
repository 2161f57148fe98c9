/** What these tests stand on: a real NATS with the log stream, a real WebSocket server, the media double. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { JsonObject } from '../../src/contract/json.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';

export interface StoredEvent {
  readonly seq: number;
  readonly type: string;
  readonly data: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LogServer {
  readonly server: RunningNatsServer;
  /** A connection of the orchestrator's side. */
  readonly connection: NatsConnection;
  /** Everything stored for a call, in order. */
  events(callId: string): Promise<StoredEvent[]>;
  stop(): Promise<void>;
}

/** NATS with ONHOOK_LOG. */
export async function startLogServer(): Promise<LogServer> {
  const server = await startNatsServer();
  const connection = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const manager = await jetstreamManager(connection, { timeout: 1_000 });
  await manager.streams.add({ name: 'ONHOOK_LOG', subjects: ['onhook.v1.evt.>'] });
  return {
    server,
    connection,
    events: async (callId) => {
      // After a restart this connection may be the last one back.
      const { state } = await until('the stream', () =>
        manager.streams.info('ONHOOK_LOG').catch(() => undefined),
      );
      const events: StoredEvent[] = [];
      for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq += 1) {
        const message = await manager.streams.getMessage('ONHOOK_LOG', { seq });
        if (message === null || message.subject.split('.')[4] !== callId) continue;
        const headers = Object.fromEntries(
          message.header.keys().map((key) => [key, message.header.get(key)]),
        );
        events.push({
          seq,
          type: message.subject.split('.').slice(5).join('.'),
          data: message.json(),
          headers,
        });
      }
      return events;
    },
    stop: async () => {
      await connection.close();
      await server.stop();
    },
  };
}

export interface GatewayServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A plain `ws` server on loopback, as a gateway has one. */
export async function startGatewayServer(onConnection: (socket: WebSocket) => void): Promise<GatewayServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', onConnection);
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/media`,
    close: async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const WAIT_MAX_MS = 20_000;

/** Waits for a condition, with a bound. Returns what the condition returned. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
): Promise<Exclude<T, undefined | null | false>> {
  for (let waitedMs = 0; waitedMs < WAIT_MAX_MS; waitedMs += 10) {
    const value = await condition();
    if (value !== undefined && value !== null && value !== false) {
      return value as Exclude<T, undefined | null | false>;
    }
    await pause(10);
  }
  throw new Error(`waited ${WAIT_MAX_MS} ms in vain: ${what}`);
}

/** The stored types of a call, once they include `type`. */
export function untilStored(log: LogServer, callId: string, type: string): Promise<StoredEvent[]> {
  return until(`${type} of ${callId}`, async () => {
    const events = await log.events(callId);
    return events.some((event) => event.type === type) && events;
  });
}
