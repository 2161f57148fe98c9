/** Builds and configurations that take over from each other, and what a checkpoint keeps of the closed. */
import { expect, test } from 'vitest';
import { manifestKey, readManifest } from '../../src/supervisor/manifest.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import type { TestNode } from './fleet.ts';
import { dataOf, Fleet, quiet, TTL_MS } from './fleet.ts';

function pinnedBy({ node }: TestNode, callId: string): number | undefined {
  return node.seats[0]?.owner?.table.calls.get(callId)?.config.timers.drainMs;
}

test('a call pins the configuration of the claim under which it started, across owners (log rule 11)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { timers: { drainMs: 1_111 } });
  fleet.startCall('old');
  await fleet.pass(2_500);
  a.node.abort();
  const b = await fleet.start('a', { timers: { drainMs: 2_222 } });
  fleet.startCall('new');
  await fleet.pass(2_500);
  expect([pinnedBy(b, 'old'), pinnedBy(b, 'new')]).toEqual([1_111, 2_222]);
  b.node.abort();
  const c = await fleet.start('a', { timers: { drainMs: 3_333 } });
  expect([pinnedBy(c, 'old'), pinnedBy(c, 'new')]).toEqual([1_111, 2_222]);
  const found = await readManifest(c.log.bucket('checkpoints'), 0);
  expect(Object.keys(found?.manifest.configs ?? {})).toHaveLength(2);
});

test('a claim carries the resolved timers (log rule 11)', async () => {
  const fleet = new Fleet();
  await fleet.start('a', { timers: { drainMs: 1_111 } });
  expect(dataOf(fleet.stored('partition.claimed')[0])).toMatchObject({
    node: 'a',
    config: { timers: { ...DEFAULT_TIMERS, drainMs: 1_111 } },
  });
});

test('a build that cannot read the checkpoint follows, is not ready, and says why (log rule 12)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1');
  await fleet.pass(2_500);
  a.node.abort();
  const bucket = a.log.bucket('checkpoints');
  const found = await readManifest(bucket, 0);
  const newer = Buffer.from(JSON.stringify({ ...found?.manifest, version: 99 }));
  await bucket.put(manifestKey(0), newer);
  const claims = fleet.stored('partition.claimed').length;
  const older = await fleet.start('a');
  await fleet.pass(3 * TTL_MS);
  expect(fleet.stored('partition.claimed')).toHaveLength(claims);
  expect(older.node.stats()).toMatchObject({ owned: 0, partitions: [{ state: 'following' }] });
  expect(older.node.ready()).toMatchObject({
    ready: false,
    reasons: [expect.stringContaining('version 99')],
  });
  expect(older.node.stats().alarms[0]).toMatchObject({
    code: 'partition_failed',
    data: { code: 'unreadable_manifest' },
  });
});

test('a single call that cannot be read is kept as it is, with an alarm (log rule 12)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { timers: { drainMs: 1_111 } });
  fleet.startCall('c1');
  await fleet.pass(2_500);
  a.node.abort();
  const bucket = a.log.bucket('checkpoints');
  const found = await readManifest(bucket, 0);
  await bucket.put(manifestKey(0), Buffer.from(JSON.stringify({ ...found?.manifest, configs: {} })));
  const b = await fleet.start('a');
  expect(b.node.stats().alarms[0]).toMatchObject({ code: 'calls_unreadable', data: { calls: ['c1'] } });
  expect(b.node.stats().partitions[0]?.state).toBe('live');
});

test('the fencing rewrite changes the owner only, and the earlier owner commits nothing more (log rule 27, invariant 11)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  const b = await fleet.start('b');
  fleet.startCall('c1');
  await fleet.pass(2_500);
  const before = (await readManifest(a.log.bucket('checkpoints'), 0))?.manifest;
  a.log.setReachable(false);
  await fleet.pass(2 * TTL_MS);
  expect(b.node.stats().owned).toBe(1);
  const stale = a.node.seats[0]?.owner;
  const taken = (await readManifest(b.log.bucket('checkpoints'), 0))?.manifest;
  expect(taken?.owner.epoch).toBeGreaterThan(before?.owner.epoch ?? 0);
  a.log.setReachable(true);
  await expect(stale?.checkpoints.commit()).rejects.toThrow('no longer ours');
  const after = (await readManifest(b.log.bucket('checkpoints'), 0))?.manifest;
  expect(after?.owner).toEqual(taken?.owner);
});

test('chunks of an earlier owner that no manifest names are removed (log rule 27)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1');
  await fleet.pass(2_500);
  await a.log.bucket('checkpoints').create('chunk.0.0.1.strange.7', Buffer.from('[]'));
  a.node.abort();
  await fleet.start('a');
  expect(fleet.server.buckets.checkpoints.keys()).not.toContain('chunk.0.0.1.strange.7');
});

test('a tombstone is kept for the late horizon and dropped after it (log rule 28)', async () => {
  const fleet = new Fleet();
  const horizonMs = 20_000;
  const timers = { lateHorizonMs: horizonMs };
  const a = await fleet.start('a', { timers });
  fleet.startCall('c1');
  fleet.publish('c1', 'end.requested');
  await fleet.pass(2_000);
  const isClosed = ({ node }: TestNode): boolean => node.seats[0]?.owner?.table.isClosed('c1') === true;
  expect(isClosed(a)).toBe(true);
  for (let i = 0; i < 8; i += 1) {
    fleet.startCall(`x${i}`);
    await fleet.pass(1_000);
  }
  expect(isClosed(a), 'within the horizon').toBe(true);
  // Compaction rewrites chunks that are mostly out of date; many small commits make some.
  for (let i = 0; i < 90; i += 1) {
    for (let j = 0; j < 8; j += 1) fleet.publish(`x${j}`, 'agent.spoke');
    fleet.startCall(`y${i}`);
    await fleet.pass(1_000);
  }
  expect(isClosed(a), 'after the horizon').toBe(false);
  a.node.abort();
  const again = await fleet.start('a', { timers });
  await quiet();
  expect(isClosed(again)).toBe(false);
});
