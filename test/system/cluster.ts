/** Three NATS servers on loopback that keep everything three times, each ended by its own pid. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { until } from './until.ts';

const SIZE = 3;

/** What a server tells of the cluster; `leader` is the name of a server, empty during an election. */
interface JetStreamReport {
  readonly meta_cluster?: { readonly leader?: string; readonly cluster_size?: number };
}

export class Cluster {
  readonly servers: readonly RunningNatsServer[];
  private readonly monitors: readonly number[];

  private constructor(servers: readonly RunningNatsServer[], monitors: readonly number[]) {
    this.servers = servers;
    this.monitors = monitors;
  }

  /** Resolves once one of them leads all three. */
  static async start(binary?: string): Promise<Cluster> {
    const ports = await freePorts(2 * SIZE);
    const routes = ports.slice(SIZE).map((port) => `"nats-route://127.0.0.1:${port}"`);
    const starting = routes.map((_route, n) =>
      startNatsServer({
        ...(binary === undefined ? {} : { binary }),
        config: `server_name: n${n}
          http: "127.0.0.1:${ports[n]}"
          cluster { name: onhook, listen: "127.0.0.1:${ports[SIZE + n]}", routes: [${routes.join(', ')}] }`,
      }),
    );
    const cluster = new Cluster(await Promise.all(starting), ports.slice(0, SIZE));
    await until('one server leads', async () => (await cluster.metaLeader()) !== undefined);
    return cluster;
  }

  /** By the name that NATS gives to a leader. */
  server(name: string): RunningNatsServer {
    return this.servers[Number(name.slice(1))] as RunningNatsServer;
  }

  /** Who places streams. Undefined while there is none. */
  async metaLeader(): Promise<string | undefined> {
    for (const port of this.monitors) {
      const report = await fetch(`http://127.0.0.1:${port}/jsz`).then(
        (response) => response.json() as Promise<JetStreamReport>,
        (): JetStreamReport => ({}),
      );
      const { leader, cluster_size: size } = report.meta_cluster ?? {};
      if (leader !== undefined && leader !== '' && size === SIZE) return leader;
    }
    return undefined;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}

/** All open at once, so that they differ; another process might take one before it is used. */
async function freePorts(count: number): Promise<number[]> {
  const listening = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(listening.map((server) => once(server, 'listening')));
  const ports = listening.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(listening.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
