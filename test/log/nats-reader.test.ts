/** The reader of the NATS adapter under what a live server does to it (log rule 17). */
import { jetstreamManager } from '@nats-io/jetstream';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import { eventSubject } from '../../src/contract/subjects.ts';
import { parseDelivery } from '../../src/log/nats/messages.ts';
import type { NatsLog } from '../../src/log/nats/index.ts';
import { connectLog } from '../../src/log/nats/index.ts';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { bytes, collect, eventually } from './eventually.ts';
import { natsOptions } from './nats-under-test.ts';

const event = (content: string): { subject: string; data: Uint8Array } => ({
  subject: eventSubject('onhook.v1', 'gw1', `CA${content.length}`, 'x'),
  data: bytes(content),
});

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(): Promise<{ server: RunningNatsServer; log: NatsLog }> {
  const server = await startNatsServer();
  closing.push(() => server.stop());
  const log = await connectLog(natsOptions(server.url));
  closing.push(() => log.close());
  return { server, log };
}

describe('the reader', () => {
  test(
    'log rule 17: kills of the server under load leave no gap, repeat or disorder',
    { timeout: 60_000 },
    async () => {
      const { server, log } = await start();
      const seen = collect(log);
      const load = { on: true };
      const loading = (async () => {
        for (let i = 0; load.on; i += 1) {
          log.publish(event(`m${i}`));
          if (i % 50 === 0) await new Promise<void>((resolve) => systemClock.after(1, resolve));
        }
      })();
      for (let kills = 1; kills <= 3; kills += 1) {
        const before = seen.messages.length;
        await eventually('load is read', () => seen.messages.length > before + 2_000);
        await server.kill('SIGKILL');
        await server.restart();
        await eventually('resumed', () => seen.signals.filter((s) => s.type === 'resumed').length >= kills);
      }
      load.on = false;
      await loading;
      await log.flush();
      const { lastSeq } = await log.state('log');
      await eventually('everything read', () => seen.reader.lastSeq === lastSeq);
      const seqs = seen.messages.map((message) => message.seq);
      // The probe of the start has been taken out again: the first sequence is its successor.
      expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
      expect(seqs.at(-1)).toBe(lastSeq);
      expect(seen.failures).toEqual([]);
    },
  );

  test('a consumer that somebody deletes is made again', { timeout: 60_000 }, async () => {
    const { log } = await start();
    const seen = collect(log);
    await log.append('log', event('a'));
    await eventually('read', () => seen.messages.length === 1);
    const manager = await jetstreamManager(log.connection);
    for (const consumer of await manager.consumers.list('ONHOOK_LOG').next()) {
      await manager.consumers.delete('ONHOOK_LOG', consumer.name);
    }
    await log.append('log', event('bb'));
    await eventually('read on', () => seen.messages.length === 2);
    expect(seen.texts()).toEqual(['a', 'bb']);
    expect(seen.signals.map((signal) => signal.type)).toContain('resumed');
  });

  test('a slow handler holds back megabytes without losing any', { timeout: 60_000 }, async () => {
    const { log } = await start();
    const payload = new Uint8Array(32 * 1024);
    const count = 400;
    for (let i = 0; i < count; i += 1) await log.append('log', { ...event('x'), data: payload });
    let turns = 0;
    const seen = collect(log, {
      // Every twentieth message gives the loop back; a long wait would only make the test slow.
      onMessage: () =>
        (turns += 1) % 20 === 0 ? new Promise((go) => systemClock.after(2, () => go())) : undefined,
    });
    await eventually('all read', () => seen.signals.length > 0);
    expect(seen.messages.length).toBe(count);
    const seqs = seen.messages.map((message) => message.seq);
    expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
    expect(seen.signals.map((signal) => signal.type)).toEqual(['caught-up']);
  });

  test('a frozen server stalls the reader; thawed, it goes on', { timeout: 60_000 }, async () => {
    const { server, log } = await start();
    const seen = collect(log);
    await log.append('log', event('a'));
    await eventually('read', () => seen.messages.length === 1);
    await server.kill('SIGSTOP');
    await eventually('noticed', () => seen.signals.some((signal) => signal.type === 'stalled'));
    await server.kill('SIGCONT');
    await eventually('resumed', () => seen.signals.some((signal) => signal.type === 'resumed'));
    await eventually('connected', () => log.isConnected());
    await log.append('log', event('bb'));
    await eventually('read on', () => seen.messages.length === 2);
    expect(seen.texts()).toEqual(['a', 'bb']);
  });
});

describe('the reply subject of a delivery', () => {
  const expected = { streamSeq: 42, deliverySeq: 7, timestampMs: 1_700_000_000_123.4568, pending: 3 };

  test.each([
    '$JS.ACK.ONHOOK_LOG.c1.1.42.7.1700000000123456789.3',
    '$JS.ACK._.hash.ONHOOK_LOG.c1.1.42.7.1700000000123456789.3',
    '$JS.ACK.hub.hash.ONHOOK_LOG.c1.1.42.7.1700000000123456789.3.random',
  ])('is read from %s', (reply) => {
    expect(parseDelivery(reply)).toEqual({ ...expected, timestampMs: 1_700_000_000_123 + 456_789 / 1e6 });
  });

  test.each(['', '_INBOX.x', '$JS.FC.ONHOOK_LOG.c1.x', '$JS.ACK.a.b'])('is not found in "%s"', (reply) => {
    expect(parseDelivery(reply)).toBeUndefined();
  });
});
