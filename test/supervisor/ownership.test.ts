/** Who owns a partition, and what a node that lost it may still do. */
import { expect, test } from 'vitest';
import { readManifest } from '../../src/supervisor/manifest.ts';
import { Fleet, quiet, TTL_MS } from './fleet.ts';
import { appliedTo } from './toy-fold.ts';

test('a node claims what nobody ever owned, reads its claim back and goes live (log rules 6 and 7)', async () => {
  const fleet = new Fleet();
  const { node } = await fleet.start('a');
  expect(node.stats().partitions[0]).toMatchObject({ state: 'live', owner: 'a' });
  expect(fleet.stored('partition.claimed')).toHaveLength(1);
  expect(node.ready()).toEqual({ ready: true, reasons: [] });
});

test('log.restored is stored before any timer.fired (log rule 16)', async () => {
  const fleet = new Fleet();
  fleet.startCall('c1');
  fleet.clock.advance(60_000);
  await fleet.start('a');
  const [restored] = fleet.stored('log.restored');
  const [fired] = fleet.stored('timer.fired');
  expect(restored?.seq).toBeLessThan(fired?.seq ?? 0);
});

test('a follower waits while the owner renews (log rules 7 and 8)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  const b = await fleet.start('b');
  await fleet.pass(4 * TTL_MS);
  expect(a.node.stats().owned).toBe(1);
  expect(b.node.stats().owned).toBe(0);
  expect(fleet.stored('partition.renewed').length).toBeGreaterThan(10);
});

test('a crashed owner is replaced after the TTL and a margin, and its calls go on (log rule 7)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  const b = await fleet.start('b');
  fleet.startCall('c1');
  await fleet.pass(200);
  a.node.abort();
  fleet.publish('c1', 'end.requested');
  await fleet.pass(TTL_MS - 1_000);
  expect(b.node.stats().owned).toBe(0);
  await fleet.pass(4_000);
  expect(b.node.stats().owned).toBe(1);
  expect(b.dispatched.map(({ effectId }) => effectId)).toEqual(['hangup-c1']);
});

test('the same node claims at once after a restart (log rule 7)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  a.node.abort();
  const again = await fleet.start('a');
  expect(again.node.stats().owned).toBe(1);
});

test('a released partition is claimed at once, and nothing is replayed (log rules 7 and 12)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1');
  await quiet();
  const closing = a.node.close();
  await fleet.pass(200);
  await closing;
  const [released] = fleet.stored('partition.released');
  const manifest = await readManifest(a.log.bucket('checkpoints'), 0);
  expect(manifest?.manifest.position.seq).toBe((released?.seq ?? 0) - 1);
  const b = await fleet.start('b');
  expect(b.node.stats().owned).toBe(1);
  expect(appliedTo(b.node.seats[0]?.owner?.table.calls.get('c1'))[0]).toBe('call.started');
  expect(a.dispatched).toEqual([]);
});

test('a blocked loop is not renewed and loses the partition (log rule 8)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  const b = await fleet.start('b');
  a.block();
  await fleet.pass(3 * TTL_MS);
  expect(b.node.stats().owned).toBe(1);
  expect(a.node.stats().owned).toBe(0);
});

test('an owner that cannot renew stops acting before anybody else may start (log rule 9)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  const owner = a.owner();
  expect(owner.mayAct({ effectId: 'e' } as never)).toBe(true);
  a.log.setReachable(false);
  await fleet.pass(TTL_MS * 0.85);
  expect(owner.mayAct({ effectId: 'e' } as never)).toBe(false);
});

test('a lost ack of a renewal is not a lost lease (log rule 8)', async () => {
  let losing = false;
  const fleet = new Fleet({
    fate: ({ kind, subject }) =>
      losing && kind === 'append' && subject?.endsWith('partition.owner') === true ? 'ack-lost' : 'done',
  });
  const a = await fleet.start('a');
  losing = true;
  await fleet.pass(TTL_MS / 3 + 100);
  losing = false;
  await fleet.pass(3 * TTL_MS);
  expect(a.node.stats().owned).toBe(1);
  expect(fleet.stored('partition.claimed')).toHaveLength(1);
});

test('a lost ack of a claim is found by its own nonce (log rule 8)', async () => {
  let losing = true;
  const fleet = new Fleet({
    fate: ({ kind, subject }) => {
      if (!losing || kind !== 'append' || subject?.endsWith('partition.owner') !== true) return 'done';
      losing = false;
      return 'ack-lost';
    },
  });
  const a = await fleet.start('a');
  expect(a.node.stats().owned).toBe(1);
  expect(fleet.stored('partition.claimed')).toHaveLength(1);
});

test('the first foreign claim ends a life for good (log rule 6, invariant 11)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { settle: false });
  const b = await fleet.start('b');
  const owner = a.owner();
  a.log.setReachable(false);
  await fleet.pass(2 * TTL_MS);
  expect(b.node.stats().owned).toBe(1);
  fleet.startCall('c1');
  fleet.publish('c1', 'end.requested');
  a.log.setReachable(true);
  await fleet.pass(2_000);
  expect(a.dispatched).toEqual([]);
  expect(owner.mayAct({ effectId: 'e' } as never)).toBe(false);
  expect(a.node.stats().partitions[0]).toMatchObject({ state: 'following', owner: 'b' });
  await expect(owner.onAttempted({ callId: 'c1', effectId: 'e', attempt: 1 } as never)).rejects.toThrow(
    'no longer ours',
  );
});

test('while the log is away silence proves nothing: the owner keeps its partition (log rule 7)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  const b = await fleet.start('b');
  fleet.server.setAvailable(false);
  await fleet.pass(6 * TTL_MS);
  fleet.server.setAvailable(true);
  await fleet.pass(2 * TTL_MS);
  expect(a.node.stats().owned).toBe(1);
  expect(b.node.stats().owned).toBe(0);
});

test('claims are spread: who owns much lets others go first (log rule 10)', async () => {
  const fleet = new Fleet({ partitions: 8 });
  const a = fleet.add('a');
  const b = fleet.add('b');
  a.node.start();
  b.node.start();
  await fleet.pass(5_000);
  expect(a.node.stats().owned + b.node.stats().owned).toBe(8);
});
