/** A real PostgreSQL in a folder of its own, on a free port of loopback; ended by its own process id. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { findTool, tools } from '../../../scripts/tools.mjs';
import { endWithUs } from '../../../src/testing/end-with-us.ts';

/** Folder of `initdb` and `postgres`, or undefined where PostgreSQL is not installed. */
export function postgresFolder(): string | undefined {
  const tool = tools.find(({ name }) => name === 'postgres');
  const { path } = tool === undefined ? {} : findTool(tool);
  return path === undefined ? undefined : dirname(realpathSync(path));
}

/** PostgreSQL refuses to run as root: then as the user that its package made. */
function user(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout),
  );
  return { uid: uid ?? 65_534, gid: gid ?? 65_534 };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface Postgres {
  readonly url: string;
  query(text: string): Promise<Record<string, unknown>[]>;
  /** Stops the server at once and removes its folder. May run twice. */
  close(): Promise<void>;
}

const LOOKS_MAX = 200;

/** Until it takes connections; each look is a connection attempt, bounded in number. */
async function ready(connect: () => Promise<unknown>, ended: () => boolean): Promise<void> {
  for (let looks = 0; ; looks += 1) {
    try {
      await connect();
      return;
    } catch (error) {
      if (ended() || looks === LOOKS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export async function startPostgres(binaries: string): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'onhook-postgres-'));
  const as = user();
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid ?? as.uid);
  const data = join(folder, 'data');
  const made = spawnSync(
    join(binaries, 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'onhook', '-E', 'UTF8', '--no-sync'],
    {
      ...as,
      cwd: folder,
      encoding: 'utf8',
    },
  );
  if (made.status !== 0) throw new TypeError(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const settings = [
    '-c',
    'fsync=off',
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `unix_socket_directories=${folder}`,
  ];
  const server = spawn(join(binaries, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...as,
    cwd: folder,
    stdio: 'ignore',
  });
  endWithUs(server);
  const exited = once(server, 'exit');
  const url = `postgres://onhook@127.0.0.1:${port}/postgres`;
  const query = async (text: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const close = async (): Promise<void> => {
    server.kill('SIGINT');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(
      () => query('SELECT 1'),
      () => server.exitCode !== null,
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { url, query, close };
}
