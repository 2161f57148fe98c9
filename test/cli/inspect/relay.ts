/** A relay as `createInspectorServer` is one, on loopback, with the receiver of `@statelyai/inspect` at its end. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createWebSocketReceiver } from '@statelyai/inspect';
import type { StatelyInspectionEvent } from '@statelyai/inspect';
import { WebSocket, WebSocketServer } from 'ws';

export interface Relay {
  readonly url: string;
  readonly port: number;
  /** What the receiver gave, in order. */
  readonly seen: StatelyInspectionEvent[];
  close(): Promise<void>;
}

/** `port` 0: any. Who comes late gets what was said before, so the receiver misses nothing. */
export async function startRelay(port = 0): Promise<Relay> {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  await once(server, 'listening');
  const said: string[] = [];
  server.on('connection', (client) => {
    for (const text of said) client.send(text);
    client.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      said.push(text);
      for (const other of server.clients) {
        if (other !== client && other.readyState === WebSocket.OPEN) other.send(text);
      }
    });
  });
  const { port: bound } = server.address() as AddressInfo;
  const url = `ws://127.0.0.1:${bound}`;
  const seen: StatelyInspectionEvent[] = [];
  createWebSocketReceiver({ server: url }).subscribe((event) => void seen.push(event));
  return {
    url,
    port: bound,
    seen,
    async close() {
      for (const client of server.clients) client.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
