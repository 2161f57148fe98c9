/**
 * A real LiveKit server for tests: its own ports on loopback, its own keys, ended by its own pid. It is
 * built on demand (`npm run test:livekit`); where it is not, these tests are skipped.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';
import type { VideoGrant } from 'livekit-server-sdk';
import { findTool, tools } from '../../scripts/tools.mjs';
import { endWithUs } from '../../src/testing/end-with-us.ts';
import { until } from '../system/until.ts';

/** The binary, or undefined where it is not built. */
export function livekitServer(): string | undefined {
  const tool = tools.find(({ name }) => name === 'livekit-server');
  return tool === undefined ? undefined : findTool(tool).path;
}

/** Said where a test is skipped. */
export const WITHOUT = 'no livekit-server here: `npm run test:livekit` builds it with Go';

/** The server refuses a shorter secret than 32 characters. */
export const KEYS = { apiKey: 'onhook-test-key', apiSecret: 'onhook-test-secret-of-32-characters' } as const;

export interface RealLiveKit {
  /** `ws://127.0.0.1:<port>`. */
  readonly url: string;
  readonly rooms: RoomServiceClient;
  /** A token to join that room under that name. */
  token(room: string, identity: string, grant?: VideoGrant): Promise<string>;
  /** Ends it by its pid. May run twice. */
  stop(): Promise<void>;
}

/** Free at this moment: the server takes no port 0. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function configuration(port: number, ports: { tcp: number; udp: number }, webhook?: string): string {
  return JSON.stringify({
    port,
    bind_addresses: ['127.0.0.1'],
    keys: { [KEYS.apiKey]: KEYS.apiSecret },
    logging: { level: 'warn' },
    rtc: {
      tcp_port: ports.tcp,
      udp_port: ports.udp,
      node_ip: '127.0.0.1',
      use_external_ip: false,
      enable_loopback_candidate: true,
      interfaces: { includes: ['lo'] },
    },
    ...(webhook === undefined ? {} : { webhook: { api_key: KEYS.apiKey, urls: [webhook] } }),
  });
}

export interface RealLiveKitOptions {
  readonly port: number;
  /** Where its webhooks go. */
  readonly webhook?: string;
}

/** Starts it and waits until it answers. */
export async function startRealLiveKit(
  binary: string,
  { port, webhook }: RealLiveKitOptions,
): Promise<RealLiveKit> {
  const ports = { tcp: await freePort(), udp: await freePort() };
  const child = spawn(binary, ['--config-body', configuration(port, ports, webhook)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  endWithUs(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-8_000)));
  }
  const http = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const answers = (): Promise<boolean> =>
    fetch(http).then(
      (response) => response.ok,
      () => {
        if (child.exitCode !== null) throw new TypeError(`LiveKit ended: ${said}`);
        return false;
      },
    );
  try {
    await until('LiveKit answers', answers, () => said);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `ws://127.0.0.1:${port}`,
    rooms: new RoomServiceClient(http, KEYS.apiKey, KEYS.apiSecret),
    async token(room, identity, grant = {}) {
      const token = new AccessToken(KEYS.apiKey, KEYS.apiSecret, { identity });
      token.addGrant({ roomJoin: true, room, ...grant });
      return token.toJwt();
    },
    stop,
  };
}
