/** A claim of another ends a lease and a life, whichever of the two sees it first (log rules 6 and 8). */
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { partitionMessage } from '../../src/contract/own-events.ts';
import { MemoryLog, MemoryServer } from '../../src/log/memory/index.ts';
import { PartitionLost } from '../../src/supervisor/errors.ts';
import { LocalLeaseKeeper } from '../../src/supervisor/local-lease-keeper.ts';
import { CONFIG, Fleet, PREFIX, quiet, TTL_MS } from './fleet.ts';

const place = { partition: 0, partitions: 1 };

function foreignClaim(server: MemoryServer): void {
  const data = { node: 'other', nonce: 'foreign', config: CONFIG as never };
  server.inject(partitionMessage(PREFIX, place, 'partition.claimed', 'foreign-1', data));
}

/** A keeper of leases on a log of its own, whose loop turns with every step of time. */
function keeperOn(server: MemoryServer, clock: ManualClock) {
  const keeper = new LocalLeaseKeeper(new MemoryLog(server, 'a'), clock);
  let lost = 0;
  const lease = keeper.open({ partition: 0, node: 'a', nonce: 'mine', ttlMs: TTL_MS }, () => (lost += 1));
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 100) {
      keeper.feed();
      clock.advance(100);
      await quiet();
    }
  };
  return { lease, pass, lost: () => lost };
}

test('a renewal that finds a claim of another is the last: nothing is written over it (log rule 8)', async () => {
  const clock = new ManualClock();
  const server = new MemoryServer({ clock, prefix: PREFIX });
  const { lease, pass, lost } = keeperOn(server, clock);
  await lease.claim(0, CONFIG as never);
  await pass(TTL_MS);
  const before = lease.acknowledgedAt;
  expect(before).toBeGreaterThan(0);
  foreignClaim(server);
  const { lastSeq } = server.streams.log;
  await pass(2 * TTL_MS);
  expect([lost(), server.streams.log.lastSeq]).toEqual([1, lastSeq]);
  expect(lease.acknowledgedAt).toBeLessThanOrEqual(before + TTL_MS);
});

test('a claim that comes second is refused, and not taken for one’s own (log rules 5 and 8)', async () => {
  const clock = new ManualClock();
  const server = new MemoryServer({ clock, prefix: PREFIX });
  const { lease, lost } = keeperOn(server, clock);
  foreignClaim(server);
  await expect(lease.claim(0, CONFIG as never)).rejects.toThrow(PartitionLost);
  expect([lease.acknowledgedAt, lost()]).toEqual([-Infinity, 0]);
});

test('an owner that reads the claim of another stops with it, before any renewal tells (log rule 6, invariant 11)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1');
  await quiet();
  foreignClaim(fleet.server);
  fleet.publish('c1', 'end.requested');
  // No time passes: the lease has not noticed yet.
  await quiet();
  expect(a.dispatched).toEqual([]);
  expect(a.node.stats().owned).toBe(0);
});
