/** Free ports of this machine, for what runs beside other things. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** `wanted` when it is free, else any that is. The port is free at this moment; nothing holds it. */
export async function firstFree(host: string, wanted: number): Promise<number> {
  return (await tried(host, wanted)) ?? (await tried(host, 0)) ?? wanted;
}

function tried(host: string, port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, host, () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}
