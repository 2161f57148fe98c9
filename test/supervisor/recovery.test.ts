/** Checkpoints, crashes at every point, rewinds, and the events that a partition keeps for its calls. */
import { expect, test } from 'vitest';
import type { MemoryStep } from '../../src/log/memory/index.ts';
import { readManifest } from '../../src/supervisor/manifest.ts';
import type { TestNode } from './fleet.ts';
import { dataOf, Fleet, quiet, TTL_MS } from './fleet.ts';
import { appliedTo, TOY_TIMER_MS } from './toy-fold.ts';

function openCalls({ node }: TestNode): string[] {
  return node
    .calls()
    .map(({ callId }) => callId)
    .sort();
}

function applied({ node }: TestNode, callId: string): readonly string[] {
  return appliedTo(node.seats[0]?.owner?.table.calls.get(callId));
}

test('a checkpoint holds every open call and the next owner replays only its tail (log rules 25 and 29)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1');
  fleet.publish('c1', 'agent.spoke');
  await fleet.pass(2_500);
  const found = await readManifest(a.log.bucket('checkpoints'), 0);
  expect(found?.manifest.position.seq).toBeGreaterThan(3);
  expect(Object.keys(found?.manifest.configs ?? {})).toHaveLength(1);
  a.node.abort();
  fleet.publish('c1', 'caller.spoke');
  const b = await fleet.start('a');
  expect(applied(b, 'c1')).toEqual(['call.started', 'agent.spoke', 'timer.fired', 'caller.spoke']);
});

test('a timer that was armed before a crash fires by its absolute due time (log rule 16)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  const startedSeq = fleet.startCall('c1');
  await fleet.pass(100);
  a.node.abort();
  await fleet.start('a');
  await fleet.pass(TOY_TIMER_MS);
  const fired = fleet.stored('timer.fired');
  expect(fired).toHaveLength(1);
  const startedAt = fleet.server.streams.log.at(startedSeq)?.timestampMs ?? 0;
  expect((fired[0]?.timestampMs ?? 0) - startedAt).toBeLessThan(2 * TOY_TIMER_MS);
});

test('an absence starts again in full after an outage of ours (log rule 16, invariant 27)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1', {});
  const b = fleet.startCall('c2');
  await fleet.pass(TOY_TIMER_MS / 2);
  fleet.server.setAvailable(false);
  await fleet.pass(2_000);
  fleet.server.setAvailable(true);
  await fleet.pass(3_000);
  expect(b).toBeGreaterThan(0);
  expect(fleet.stored('log.restored').length).toBeGreaterThan(1);
  const restored = fleet.stored('log.restored').at(-1)?.seq ?? 0;
  for (const fired of fleet.stored('timer.fired')) expect(fired.seq).toBeGreaterThan(restored);
  expect(applied(a, 'c1')).toEqual(['call.started', 'timer.fired']);
});

test('own messages that a disconnect dropped are sent again (log rule 19)', async () => {
  let dropping = false;
  const fleet = new Fleet({
    fate: ({ kind, subject }) =>
      dropping && kind === 'publish' && subject?.endsWith('effect.settled') === true ? 'lost' : 'done',
  });
  const a = await fleet.start('a');
  fleet.startCall('c1');
  dropping = true;
  fleet.publish('c1', 'end.requested');
  await fleet.pass(500);
  expect(openCalls(a)).toEqual(['c1']);
  await fleet.pass(3_000);
  expect(fleet.stored('effect.settled')).toHaveLength(1);
  expect(openCalls(a)).toEqual([]);
});

test('a hangup without an outcome is dispatched again by the next owner (log rule 32)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { settle: false });
  fleet.startCall('c1');
  fleet.publish('c1', 'end.requested');
  await fleet.pass(1_500);
  a.node.abort();
  const again = await fleet.start('a');
  expect(a.dispatched.map(({ effectId }) => effectId)).toEqual(['hangup-c1']);
  expect(again.dispatched.map(({ effectId }) => effectId)).toEqual(['hangup-c1']);
});

test('a pause holds back what is dispatched again, and its end sends it (log rules 24 and 32)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { settle: false });
  fleet.startCall('c1');
  fleet.publish('c1', 'end.requested');
  await a.node.pause();
  await quiet();
  a.node.abort();
  const again = await fleet.start('a');
  expect(again.dispatched).toEqual([]);
  expect(again.node.stats().paused).toBe(true);
  await again.node.resume();
  await quiet();
  expect(again.dispatched).toHaveLength(1);
});

test('a fold that throws quarantines its own call and no other (log rule 38, invariants 18 and 33)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1');
  fleet.startCall('c2');
  fleet.publish('c1', 'mark.echoed', { name: 'poison' });
  fleet.publish('c2', 'agent.spoke');
  await quiet();
  const [quarantined] = fleet.stored('call.quarantined');
  expect(dataOf(quarantined)).toMatchObject({ detail: 'mark.echoed: poison' });
  expect(applied(a, 'c1')).toEqual(['call.started', 'call.quarantined']);
  expect(applied(a, 'c2')).toEqual(['call.started', 'agent.spoke']);
});

test('events that overtake call.started are held and applied after it (log rule 22)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.publish('c1', 'agent.spoke');
  fleet.publish('c1', 'mark.echoed', { name: 'm' });
  await fleet.pass(1_000);
  fleet.startCall('c1');
  await quiet();
  expect(applied(a, 'c1')).toEqual(['call.started', 'agent.spoke']);
  expect(a.node.stats().inputs['held']).toBe(1);
});

test('held events survive a checkpoint and expire by fold time (log rules 22 and 26)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.publish('c1', 'agent.spoke');
  fleet.publish('c2', 'agent.spoke');
  fleet.startCall('other');
  await fleet.pass(2_000);
  a.node.abort();
  const again = await fleet.start('a');
  fleet.startCall('c1');
  await fleet.pass(10_000);
  fleet.startCall('c2');
  await quiet();
  expect(applied(again, 'c1')[1]).toBe('agent.spoke');
  expect(applied(again, 'c2')).toEqual(['call.started']);
});

test('a closed call is not reborn, across checkpoints and owners (invariants 15 and 16)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1');
  fleet.publish('c1', 'end.requested');
  await fleet.pass(2_500);
  a.node.abort();
  const again = await fleet.start('a');
  fleet.startCall('c1');
  fleet.publish('c1', 'agent.spoke');
  await quiet();
  expect(openCalls(again)).toEqual([]);
  expect(again.node.stats().inputs['late']).toBeGreaterThanOrEqual(2);
  expect(await again.node.request('c1', 'end')).toMatchObject({ error: 'closed' });
});

test('a log rewound behind the checkpoint is found, and begins a new era (log rule 30)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1');
  await fleet.pass(4_000);
  a.node.abort();
  const lost = fleet.server.streams.log.lastSeq - (fleet.stored('partition.renewed')[0]?.seq ?? 0);
  fleet.server.rewind('log', lost);
  fleet.publish('c1', 'agent.spoke');
  const again = await fleet.start('a');
  expect(again.node.stats().partitions[0]).toMatchObject({ era: 1, state: 'live' });
  expect(again.node.stats().alarms.map(({ code }) => code)).toContain('log_rewound');
  expect(applied(again, 'c1')).toContain('agent.spoke');
  await fleet.pass(2_000);
  again.node.abort();
  const third = await fleet.start('a');
  expect(third.node.stats().partitions[0]).toMatchObject({ era: 1 });
});

test('a live owner that reconnects to a rewound log starts again in a new era (log rule 30)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1');
  await fleet.pass(4_000);
  fleet.server.setAvailable(false);
  fleet.server.rewind('log', fleet.server.streams.log.lastSeq - 4);
  fleet.server.setAvailable(true);
  await fleet.pass(3 * TTL_MS);
  expect(a.node.stats().partitions[0]).toMatchObject({ era: 1, state: 'live' });
});

test('a live owner misses no call whose sequence was given out before the log was rewound (log rule 30)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  for (let i = 0; i < 5; i += 1) fleet.startCall(`lost${i}`);
  await quiet();
  expect(openCalls(a)).toHaveLength(5);
  fleet.server.setAvailable(false);
  fleet.server.rewind('log', 5);
  fleet.server.setAvailable(true);
  fleet.startCall('kept');
  await fleet.pass(3 * TTL_MS);
  expect(openCalls(a)).toContain('kept');
  // The checkpoint lies before the gap and does not show it: only this node knows.
  expect(a.node.stats().alarms.map(({ code }) => code)).toContain('log_rewound');
});

test('checkpoints that cannot be written are alarmed about', async () => {
  let full = false;
  const fleet = new Fleet({
    fate: ({ kind, subject }) =>
      full && kind === 'bucket' && subject?.startsWith('checkpoints.chunk') === true ? 'lost' : 'done',
  });
  const a = await fleet.start('a');
  full = true;
  for (let i = 0; i < 20; i += 1) {
    fleet.startCall(`c${i}`);
    await fleet.pass(1_000);
  }
  const told = a.node.stats().alarms.filter(({ code }) => code === 'checkpoint_failing');
  expect(told).toMatchObject([{ data: { failures: 10 } }]);
  expect(openCalls(a)).toHaveLength(20);
});

test('an owner whose log.restored was dropped becomes live all the same (log rules 16 and 19)', async () => {
  let dropped = 0;
  const fleet = new Fleet({
    fate: ({ kind, subject }) => {
      if (kind !== 'publish' || subject?.endsWith('log.restored') !== true || dropped > 0) return 'done';
      dropped += 1;
      return 'lost';
    },
  });
  const a = await fleet.start('a');
  await fleet.pass(4_000);
  expect(dropped).toBe(1);
  expect(a.node.stats().partitions[0]).toMatchObject({ state: 'live' });
});

/** The history of every crash test: calls that stay, calls that close, over several checkpoints. */
async function history(fleet: Fleet): Promise<void> {
  for (let i = 0; i < 12; i += 1) {
    fleet.startCall(`c${i}`);
    if (i % 3 === 0) fleet.publish(`c${i}`, 'end.requested');
    await fleet.pass(400);
  }
}

test('a crash at any write of a checkpoint loses no call and revives none (log rules 25, 28; invariant 26)', async () => {
  for (let crashAt = 1; crashAt <= 40; crashAt += 3) {
    for (const fateThen of ['lost', 'ack-lost'] as const) {
      let writes = 0;
      let crashed = false;
      const fate = ({ kind, node }: MemoryStep): 'done' | 'lost' | 'ack-lost' => {
        if (node !== 'a' || crashed) return crashed && node === 'a' ? 'lost' : 'done';
        if (kind === 'bucket') writes += 1;
        if (writes < crashAt) return 'done';
        crashed = true;
        return fateThen;
      };
      const fleet = new Fleet({ fate });
      const a = await fleet.start('a');
      await history(fleet);
      a.node.abort();
      const b = await fleet.start('b');
      await fleet.pass(3 * TTL_MS);
      const open = Array.from({ length: 12 }, (_, i) => `c${i}`).filter((_, i) => i % 3 !== 0);
      expect(openCalls(b), `crash at write ${crashAt}, ${fateThen}`).toEqual(open.sort());
    }
  }
});

test('many commits leave few chunks, and only those that the manifest names (log rules 25 and 28)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  for (let i = 0; i < 150; i += 1) {
    fleet.startCall(`c${i}`);
    await fleet.pass(1_000);
  }
  await fleet.pass(2_000);
  const found = await readManifest(a.log.bucket('checkpoints'), 0);
  expect(found?.manifest.chunks.length).toBeLessThanOrEqual(70);
  const keys = fleet.server.buckets.checkpoints.keys().filter((key) => key.startsWith('chunk.'));
  expect(keys.sort()).toEqual([...(found?.manifest.chunks ?? [])].sort());
  a.node.abort();
  const again = await fleet.start('a');
  expect(openCalls(again)).toHaveLength(150);
});
