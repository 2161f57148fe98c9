/**
 * The demo's gateway for Twilio: a plain `ws` server on loopback with onhook attached to each
 * socket. This is what adding onhook to a real one looks like.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { attachTwilioMediaStream } from '../../gateway/index.ts';
import type { CallDetails, GatewayClient, MediaStream, MediaStreamStart } from '../../gateway/index.ts';

export interface MediaGateway {
  /** `ws://127.0.0.1:<port>/media` */
  readonly url: string;
  close(): Promise<void>;
}

export interface MediaGatewayOptions {
  readonly client: GatewayClient;
  readonly describe: (start: MediaStreamStart) => CallDetails;
  readonly onStart: (stream: MediaStream, start: MediaStreamStart) => void;
}

export async function startMediaGateway(options: MediaGatewayOptions): Promise<MediaGateway> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/media' });
  server.on('connection', (socket) => {
    attachTwilioMediaStream(socket, { ...options, farewellEvents: true });
  });
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/media`,
    close: async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
