/** What the NATS adapter makes, checks and refuses when it starts. */
import { connect } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterEach, describe, expect, test } from 'vitest';
import { eventSubject, PRINCIPALS } from '../../src/contract/subjects.ts';
import { LogFull, LogMismatch, LogUnavailable } from '../../src/log/log.ts';
import type { ConnectionEvent, NatsLog, NatsLogOptions } from '../../src/log/nats/index.ts';
import { connectLog, natsServerConfig } from '../../src/log/nats/index.ts';
import type { NatsServerOptions, RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { bytes, collect, eventually, text } from './eventually.ts';
import { natsOptions } from './nats-under-test.ts';

const PREFIX = 'onhook.v1';
const DAY_MS = 86_400_000;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function server(options: NatsServerOptions = {}): Promise<RunningNatsServer> {
  const running = await startNatsServer(options);
  closing.push(() => running.stop());
  return running;
}

async function open(url: string, changes: Partial<NatsLogOptions> = {}): Promise<NatsLog> {
  const log = await connectLog(natsOptions(url, changes));
  closing.push(() => log.close());
  return log;
}

const mapped = (partitions: number): NatsServerOptions => ({
  config: natsServerConfig({ prefix: PREFIX, partitions }),
});

describe('the streams', () => {
  test('are made as the contract names them, refusing new messages when full (log rule 41)', async () => {
    const { url } = await server();
    const log = await open(url, { lifetimeMs: DAY_MS, log: { maxBytes: 10_000_000 } });
    const manager = await jetstreamManager(log.connection);
    const { config } = await manager.streams.info('ONHOOK_LOG');
    expect(config).toMatchObject({ discard: 'new', max_age: 2 * DAY_MS * 1e6, max_bytes: 10_000_000 });
    const names = (await manager.streams.list().next()).map((stream) => stream.config.name);
    expect(names.toSorted()).toEqual(
      [
        'KV_onhook-checkpoints',
        'KV_onhook-legs',
        'ONHOOK_DEAD_LETTERS',
        'ONHOOK_LOG',
        'ONHOOK_RECORDS',
      ].toSorted(),
    );
  });

  test('a second node finds them as they are', async () => {
    const { url } = await server();
    await open(url, { log: { maxAgeMs: 3 * DAY_MS } });
    await open(url);
    await open(url, { log: { maxAgeMs: 3 * DAY_MS } });
  });

  test('two nodes that start at once both start', async () => {
    const { url } = await server(mapped(4));
    const logs = await Promise.all([open(url, { partitions: 4 }), open(url, { partitions: 4 })]);
    expect(logs.map((log) => log.partitions)).toEqual([4, 4]);
  });

  const refusals: [string, Partial<NatsLogOptions>, RegExp][] = [
    [
      'another max_age',
      { log: { maxAgeMs: 5 * DAY_MS } },
      /ONHOOK_LOG has max_age.*nats stream edit ONHOOK_LOG/,
    ],
    ['a lifetime longer than the log keeps', { lifetimeMs: 9 * DAY_MS }, /keeps messages.*raise its max_age/],
    ['another byte limit of the records', { records: { maxBytes: 5 } }, /ONHOOK_RECORDS has max_bytes/],
    ['another prefix', { prefix: 'other.v1' }, /ONHOOK_LOG has subjects onhook\.v1\.evt\.>/],
    ['another number of replicas', { replicas: 3 }, /ONHOOK_LOG has replicas 1/],
    [
      'another number of partitions (log rule 2)',
      { partitions: 2 },
      /made for 1 partitions.*ONHOOK_PARTITIONS=1/,
    ],
  ];
  test.each(refusals)('%s is refused, naming what to change', async (_what, changes, says) => {
    const { url } = await server();
    await open(url);
    const refused = connectLog(natsOptions(url, changes));
    await expect(refused).rejects.toThrow(LogMismatch);
    await expect(refused).rejects.toThrow(says);
  });

  test('a server whose messages are too small for ours is refused, naming what to change', async () => {
    const { url } = await server({ config: 'max_payload: 64KB' });
    const refused = connectLog(natsOptions(url));
    await expect(refused).rejects.toThrow(LogMismatch);
    await expect(refused).rejects.toThrow(/at most 65536 bytes; set max_payload: 1MB/);
  });

  test('a full log says so, and reads go on', async () => {
    const { url } = await server();
    const log = await open(url, { log: { maxBytes: 4_000 } });
    const message = { subject: eventSubject(PREFIX, 'gw1', 'CA1', 'x'), data: new Uint8Array(1_000) };
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 10; i += 1) await log.append('log', message);
    };
    await expect(fill()).rejects.toThrow(LogFull);
    expect((await log.ofCall('CA1')).length).toBeGreaterThan(0);
  });
});

describe('log rule 3: the partition mapping is proved at start', () => {
  test('with the shipped configuration it holds, and leaves nothing in the log', async () => {
    const { url } = await server(mapped(4));
    const log = await open(url, { partitions: 4 });
    const seen = collect(log);
    await log.probePartitions();
    await log.append('log', { subject: eventSubject(PREFIX, 'gw1', 'CA1', 'x'), data: bytes('after') });
    await eventually('read', () => seen.messages.length > 0);
    expect(seen.texts()).toEqual(['after']);
    expect((await log.list('log', `${PREFIX}.evt.>`, 10)).map((m) => text(m.data))).toEqual(['after']);
  });

  test('a mapping for another number is refused with the line to add', async () => {
    const { url } = await server(mapped(8));
    const refused = connectLog(natsOptions(url, { partitions: 4 }));
    await expect(refused).rejects.toThrow(LogMismatch);
    await expect(refused).rejects.toThrow('{{partition(4,2)}}');
  });

  test('no mapping at all is refused with the line to add, or made part of the stream where a server can', async () => {
    const { url } = await server(mapped(1));
    const client = await connect({ servers: url });
    closing.push(() => client.close());
    const opened = await connectLog(natsOptions(url, { partitions: 4 })).catch((error: unknown) => error);
    if (client.info?.version.startsWith('2.9.') === true) {
      expect(String(opened)).toContain('{{partition(4,2)}}');
      return;
    }
    closing.push(() => (opened as NatsLog).close());
    const { config } = await (await jetstreamManager(client)).streams.info('ONHOOK_LOG');
    expect(config.subject_transform?.dest).toContain('{{partition(4,2)}}');
  });

  test('a mapping where none is wanted is refused too', async () => {
    const { url } = await server(mapped(4));
    await expect(connectLog(natsOptions(url))).rejects.toThrow(/one partition needs no mapping/);
  });

  test('a mapping that vanished is noticed at the next start', async () => {
    const first = await server(mapped(4));
    const log = await open(first.url, { partitions: 4 });
    await log.close();
    await first.kill('SIGTERM');
    const second = await server({ storeDir: first.storeDir });
    await expect(connectLog(natsOptions(second.url, { partitions: 4 }))).rejects.toThrow(
      /mapping is not in force/,
    );
  });
});

describe('log rule 4: the shipped accounts', () => {
  const auth = {
    onhook: { user: 'onhook', passwordVariable: 'PW_ONHOOK' },
    gateways: [{ gateway: 'gw1', user: 'gw1', passwordVariable: 'PW_GW1' }],
  };
  const env = { PW_ONHOOK: 'hush-onhook', PW_GW1: 'hush-gw1' };

  test.each([1, 4])(
    'with %i partition(s) a gateway publishes its own events and none of ours',
    async (partitions) => {
      const { url, port } = await server({
        config: natsServerConfig({ prefix: PREFIX, partitions, auth }),
        env,
      });
      const log = await open(`nats://onhook:hush-onhook@127.0.0.1:${port}`, { partitions });
      const gateway = await connect({ servers: url, user: 'gw1', pass: 'hush-gw1' });
      closing.push(() => gateway.close());
      const seen = collect(log);
      for (const [principal, content] of [
        [PRINCIPALS.onhook, 'forged'],
        ['gw2', 'of another'],
        ['gw1', 'its own'],
      ] as const) {
        gateway.publish(eventSubject(PREFIX, principal, 'CA1', 'x'), bytes(content));
      }
      await gateway.flush();
      await eventually('read', () => seen.messages.length > 0);
      await log.append('log', {
        subject: eventSubject(PREFIX, PRINCIPALS.onhook, 'CA1', 'x'),
        data: bytes('ours'),
      });
      await eventually('read on', () => seen.texts().includes('ours'));
      expect(seen.texts()).toEqual(['its own', 'ours']);
    },
  );

  test('a gateway cannot listen to what onhook reads', async () => {
    const config = natsServerConfig({ prefix: PREFIX, partitions: 1, auth });
    const { url, port } = await server({ config, env });
    const gateway = await connect({ servers: url, user: 'gw1', pass: 'hush-gw1' });
    closing.push(() => gateway.close());
    const heard: string[] = [];
    const refused: string[] = [];
    for (const subject of ['_INBOX.>', '_INBOX_onhook.>', `${PREFIX}.evt.>`]) {
      gateway.subscribe(subject, {
        callback: (error, message) => void (error ? refused.push(subject) : heard.push(message.subject)),
      });
    }
    await eventually('refused', () => refused.length === 2);
    const log = await open(`nats://onhook:hush-onhook@127.0.0.1:${port}`);
    const seen = collect(log);
    await log.append('log', { subject: eventSubject(PREFIX, 'gw2', 'CA1', 'x'), data: bytes('of another') });
    await eventually('read', () => seen.messages.length === 1);
    await gateway.flush();
    expect({ heard, refused }).toEqual({ heard: [], refused: ['_INBOX_onhook.>', `${PREFIX}.evt.>`] });
  });

  test('a refused publish is an event of the connection, since it shows nowhere else', async () => {
    const denied = `deny: ["${PREFIX}.evt.gw9.>"]`;
    const user = `{ user: "o", password: "p", permissions: { publish: { ${denied} } } }`;
    const { port } = await server({ config: `authorization { users = [${user}] }` });
    const events: ConnectionEvent[] = [];
    const log = await open(`nats://o:p@127.0.0.1:${port}`, { onEvent: (event) => events.push(event) });
    const subject = eventSubject(PREFIX, 'gw9', 'CA1', 'x');
    expect(log.publish({ subject, data: bytes('') })).toBe(true);
    await eventually('refused', () => events.length > 0);
    expect(events[0]).toEqual({ type: 'permission-denied', operation: 'publish', subject });
  });

  test('wrong credentials are refused without being repeated', async () => {
    const { port } = await server({ config: natsServerConfig({ prefix: PREFIX, partitions: 1, auth }), env });
    const refused = connectLog(natsOptions(`nats://onhook:wrong-secret@127.0.0.1:${port}`));
    await expect(refused).rejects.toThrow(LogUnavailable);
    const shown = await refused.catch((error: unknown) => `${String(error)} ${JSON.stringify(error)}`);
    expect(shown).toContain('credentials');
    expect(shown).not.toContain('wrong-secret');
  });
});

test('a server that is not there is LogUnavailable, naming it without its password', async () => {
  const gone = await startNatsServer();
  await gone.stop();
  const refused = connectLog(natsOptions(`nats://u:hush@127.0.0.1:${gone.port}`, { timeoutMs: 1_000 }));
  await expect(refused).rejects.toThrow(LogUnavailable);
  const shown = await refused.catch((error: unknown) => String(error));
  expect(shown).toContain(`127.0.0.1:${gone.port}`);
  expect(shown).not.toContain('hush');
});
