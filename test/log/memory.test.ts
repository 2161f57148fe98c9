/** The suite over the memory log, and the faults that only it can be asked for. */
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { eventSubject } from '../../src/contract/subjects.ts';
import { LogFull, LogUnavailable } from '../../src/log/log.ts';
import type { Fate, MemoryStep } from '../../src/log/memory/index.ts';
import { MemoryLog, memoryLog, MemoryServer } from '../../src/log/memory/index.ts';
import { logConformance } from './conformance.ts';
import { bytes, collect, eventually } from './eventually.ts';

for (const partitions of [1, 4]) {
  logConformance(`memory, ${partitions} partition(s)`, () => {
    const server = new MemoryServer({ clock: new ManualClock(), partitions });
    return Promise.resolve({
      partitions,
      open: () => Promise.resolve(new MemoryLog(server)),
      down: () => Promise.resolve(server.setAvailable(false)),
      up: () => Promise.resolve(server.setAvailable(true)),
      close: () => Promise.resolve(),
    });
  });
}

const event = (content: string): { subject: string; data: Uint8Array } => ({
  subject: eventSubject('onhook.v1', 'gw1', 'CA1', 'mark.echoed'),
  data: bytes(content),
});

describe('the faults of the memory log', () => {
  test('a lost ack stores the message and rejects, a lost append stores nothing', async () => {
    const fates: Fate[] = ['ack-lost', 'lost', 'done'];
    const server = new MemoryServer({
      clock: new ManualClock(),
      fate: (step) => (step.kind === 'append' ? (fates.shift() ?? 'done') : 'done'),
    });
    const log = new MemoryLog(server);
    await expect(log.append('log', event('kept'))).rejects.toThrow(LogUnavailable);
    await expect(log.append('log', event('lost'))).rejects.toThrow(LogUnavailable);
    expect((await log.append('log', event('fine'))).seq).toBe(2);
  });

  test('log rule 17: what is delivered twice reaches the handler once', async () => {
    const log = memoryLog(new ManualClock());
    const seen = collect(log);
    for (const content of ['a', 'b', 'c']) await log.append('log', event(content));
    await eventually('read', () => seen.messages.length === 3);
    log.server.redeliver(2);
    await log.append('log', event('d'));
    await eventually('read on', () => seen.messages.length === 4);
    expect(seen.texts()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('log rule 30: after a power loss the newest sequences are used again', async () => {
    const clock = new ManualClock();
    const log = memoryLog(clock);
    for (const content of ['a', 'b', 'c']) await log.append('log', event(content));
    const before = await log.at('log', 2);
    log.server.rewind('log', 2);
    clock.advance(1_000);
    expect((await log.append('log', event('x'), { expectLastSubjectSeq: 1 })).seq).toBe(2);
    expect((await log.at('log', 2))?.timestampMs).toBe((before?.timestampMs ?? 0) + 1_000);
  });

  test('a full stream refuses appends and swallows publishes until it has room', async () => {
    const log = memoryLog(new ManualClock());
    await log.append('log', event('a'));
    log.server.streams.log.maxBytes = (await log.state('log')).bytes;
    await expect(log.append('log', event('b'))).rejects.toThrow(LogFull);
    log.publish(event('c'));
    expect((await log.ofCall('CA1')).length).toBe(1);
    log.server.streams.log.maxBytes = -1;
    expect((await log.append('log', event('d'))).seq).toBe(2);
  });

  test('one node can be cut off while another goes on', async () => {
    const server = new MemoryServer({ clock: new ManualClock() });
    const [cut, other] = [new MemoryLog(server, 'a'), new MemoryLog(server, 'b')];
    const seen = collect(cut);
    await eventually('caught up', () => seen.signals.length === 1);
    cut.setReachable(false);
    await other.append('log', event('meanwhile'));
    await expect(cut.append('log', event('x'))).rejects.toThrow(LogUnavailable);
    expect(seen.messages).toEqual([]);
    cut.setReachable(true);
    await eventually('read', () => seen.messages.length === 1);
    expect(seen.signals.map((signal) => signal.type)).toEqual([
      'caught-up',
      'stalled',
      'resumed',
      'caught-up',
    ]);
  });

  test('a scheduler of one’s own runs every step, so a whole run is decided by one seed', async () => {
    const steps: { step: MemoryStep; run: () => void }[] = [];
    const server = new MemoryServer({
      clock: new ManualClock(),
      schedule: (step, run) => void steps.push({ step, run }),
    });
    const log = new MemoryLog(server, 'node-1');
    const seen = collect(log);
    log.publish(event('a'));
    const kinds: string[] = [];
    for (let next = steps.shift(); next !== undefined; next = steps.shift()) {
      kinds.push(`${next.step.node} ${next.step.kind}`);
      next.run();
    }
    expect(seen.texts()).toEqual(['a']);
    expect(kinds).toEqual(['node-1 deliver', 'node-1 publish', 'node-1 deliver', 'node-1 deliver']);
  });
});
