/** How a URL and its neighbours become options of the NATS client, and what our server file says. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ServerConfigOptions } from '../../src/log/nats/index.ts';
import { natsServerConfig } from '../../src/log/nats/index.ts';
import { clientOptions } from '../../src/log/nats/options.ts';
import { findNatsServer } from '../../src/testing/nats-binary.ts';
import { natsOptions } from './nats-under-test.ts';

describe('the options of the client', () => {
  test('a dead connection is noticed after 10 s and reconnects without end', async () => {
    expect(await clientOptions(natsOptions('nats://127.0.0.1:4222'))).toMatchObject({
      servers: ['127.0.0.1:4222'],
      pingInterval: 5_000,
      maxPingOut: 2,
      maxReconnectAttempts: -1,
    });
  });

  test.each([
    ['nats://u:p%40ss@h:1', { servers: ['h:1'], user: 'u', pass: 'p@ss' }],
    ['nats://secret@h:1', { servers: ['h:1'], token: 'secret' }],
    ['h1:1, nats://u:p@h2:2', { servers: ['h1:1', 'h2:2'], user: 'u', pass: 'p' }],
    ['tls://[::1]:4222', { servers: ['[::1]:4222'], tls: {} }],
    ['h', { servers: ['h'] }],
  ])('%s', async (url, expected) => {
    const { servers, user, pass, token, tls } = await clientOptions(natsOptions(url));
    expect(JSON.parse(JSON.stringify({ servers, user, pass, token, tls }))).toEqual(expected);
  });

  test('what is told beside the URL wins over what stands in it', async () => {
    const told = natsOptions('nats://u:p@h:1', { user: 'v', password: 'q' });
    expect(await clientOptions(told)).toMatchObject({ user: 'v', pass: 'q' });
  });
});

describe('the server configuration', () => {
  const auth = {
    onhook: { user: 'onhook', passwordVariable: 'PW_ONHOOK' },
    gateways: [{ gateway: 'gw1', user: 'gw1', passwordVariable: 'PW_GW1' }],
  };
  const variants: [string, ServerConfigOptions][] = [
    ['the least', { prefix: 'onhook.v1', partitions: 1 }],
    ['mapped', { prefix: 'onhook.v1', partitions: 16, host: '127.0.0.1', port: 4222 }],
    ['with accounts', { prefix: 'onhook.v1', partitions: 4, storeDir: '/var/lib/nats "x"', auth }],
  ];

  test.each(variants)('%s is accepted by the server and holds no password', (_name, options) => {
    const folder = mkdtempSync(join(tmpdir(), 'onhook-config-'));
    const file = join(folder, 'nats.conf');
    const config = natsServerConfig(options);
    writeFileSync(file, config);
    const env = { ...process.env, PW_ONHOOK: 'hush-a', PW_GW1: 'hush-b' };
    execFileSync(findNatsServer() ?? 'nats-server', ['-t', '-c', file], { env, stdio: 'pipe' });
    expect(config).not.toContain('hush');
    rmSync(folder, { recursive: true });
  });

  test('the durable profile alone names sync_interval, which NATS 2.9 refuses', () => {
    const options = { prefix: 'onhook.v1', partitions: 1 };
    expect(natsServerConfig(options)).not.toContain('sync_interval');
    expect(natsServerConfig({ ...options, durable: true })).toContain('sync_interval: always');
  });
});
