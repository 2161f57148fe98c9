/**
 * A NATS server of our own for `dev` and `simulate`: found, else installed with apt where that is
 * possible, started on a free port of loopback with a temporary folder, and gone afterwards.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import { natsServerConfig } from '../../log/nats/index.ts';
import { findNatsServer, NatsServerNotFound } from '../../testing/nats-binary.ts';
import { startNatsServer } from '../../testing/nats-server.ts';
import type { RunningNatsServer } from '../../testing/nats-server.ts';

export interface LocalServer {
  readonly url: string;
  /** Path of the binary, and whether it was installed now. */
  readonly binary: string;
  readonly installed: boolean;
  /** Ends the server and removes its folder. May run twice. */
  stop(): Promise<void>;
}

/** Only as root on Debian and its children: nothing is installed behind anybody's back elsewhere. */
function installWithApt(say: (text: string) => void): boolean {
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return false;
  say('no nats-server found; installing it with apt-get (set ONHOOK_NATS_SERVER to use another)');
  const run = (args: readonly string[]): boolean => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env }).status === 0;
  };
  const install = ['install', '--yes', '--no-install-recommends', 'nats-server'];
  return run(install) || (run(['update']) && run(install));
}

/** Throws `NatsServerNotFound`, `NatsServerFailed`. With partitions the server maps calls to them. */
export async function startLocalServer(
  { nats, partitions }: Pick<Config, 'nats' | 'partitions'>,
  say: (text: string) => void,
): Promise<LocalServer> {
  const binary = nats.server;
  const env = binary === undefined ? process.env : { ...process.env, ONHOOK_NATS_SERVER: binary };
  const found = findNatsServer(env);
  const path = found ?? (binary === undefined && installWithApt(say) ? findNatsServer(env) : undefined);
  if (path === undefined) throw new NatsServerNotFound();
  // In a process group of its own: Ctrl-C is for us, and we still need it while we stop.
  const server: RunningNatsServer = await startNatsServer({
    binary: path,
    detached: true,
    config: natsServerConfig({ prefix: nats.prefix, partitions }),
  });
  return { url: server.url, binary: path, installed: found === undefined, stop: () => server.stop() };
}
