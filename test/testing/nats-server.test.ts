/** The fixture that starts real NATS servers. */
import { existsSync } from 'node:fs';
import { connect } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { findNatsServer } from '../../src/testing/nats-binary.ts';
import { NatsServerFailed, startNatsServer } from '../../src/testing/nats-server.ts';

test('two servers get their own ports and folders, which go when they stop', async () => {
  const servers = await Promise.all([startNatsServer(), startNatsServer()]);
  expect(new Set(servers.map((server) => server.port)).size).toBe(2);
  for (const server of servers) {
    const client = await connect({ servers: server.url });
    await client.close();
    await server.stop();
    await server.stop();
    expect(existsSync(server.storeDir)).toBe(false);
  }
});

test('a killed server comes back on its port as another process', async () => {
  const server = await startNatsServer();
  const { port, pid } = server;
  await server.kill('SIGKILL');
  await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow();
  await server.restart();
  expect(server.port).toBe(port);
  expect(server.pid).not.toBe(pid);
  await server.stop();
});

test('a configuration that the server refuses is an error with its own words', async () => {
  const refused = startNatsServer({ config: 'nonsense: {' });
  await expect(refused).rejects.toThrow(NatsServerFailed);
  await expect(refused).rejects.toThrow(/Unexpected EOF/);
});

test('the binary named by ONHOOK_NATS_SERVER is the only one looked at, and its absence names the cure', async () => {
  expect(
    findNatsServer({ ONHOOK_NATS_SERVER: '/nowhere/nats-server', PATH: process.env['PATH'] }),
  ).toBeUndefined();
  expect(findNatsServer({ ONHOOK_NATS_SERVER: process.execPath })).toBe(process.execPath);
  const refused = startNatsServer({ env: { ONHOOK_NATS_SERVER: '/nowhere/nats-server' } });
  await expect(refused).rejects.toThrow(/ONHOOK_NATS_SERVER/);
});
