/**
 * A log or a bucket that forgot what it had acknowledged, when the checkpoint lies before the gap and so
 * does not show it: who may still know, and what the next owner does about it.
 */
import { expect, test } from 'vitest';
import { readManifest } from '../../src/supervisor/manifest.ts';
import type { TestNode } from './fleet.ts';
import { Fleet, quiet, TTL_MS } from './fleet.ts';
import { appliedTo } from './toy-fold.ts';

/** Longer than a lease, its margin, and a second look. */
const TAKEN_OVER_MS = 4 * TTL_MS;

function alarmed({ node }: TestNode): number {
  return node.stats().alarms.filter(({ code }) => code === 'log_rewound').length;
}

function seat({ node }: TestNode): unknown {
  return node.stats().partitions[0];
}

async function positionOf({ log }: TestNode): Promise<number> {
  return (await readManifest(log.bucket('checkpoints'), 0))?.manifest.position.seq ?? 0;
}

/** The power goes: the newest messages were never written. Others take their sequences. */
async function powerCut(fleet: Fleet, lost: number, refilled: number): Promise<void> {
  fleet.server.setAvailable(false);
  fleet.server.rewind('log', lost);
  await fleet.pass(100);
  fleet.server.setAvailable(true);
  for (let i = 0; i < refilled; i += 1) fleet.publish(`early${i}`, 'agent.spoke');
}

/** An owner that dies in the cut, and a follower that lives on. The checkpoint holds `c1`. */
async function ownerDiesInTheCut(refilled: number): Promise<[fleet: Fleet, a: TestNode, b: TestNode]> {
  const fleet = new Fleet();
  const a = await fleet.start('a', { settle: false, timers: { checkpointMs: 3_000 } });
  const b = await fleet.start('b', { settle: false });
  const started = fleet.startCall('c1');
  while ((await positionOf(a)) < started) await fleet.pass(50);
  // Read by the owner and acted upon; the follower sees a renewal after it. Then all of it is gone.
  const keptSeq = fleet.server.streams.log.lastSeq;
  fleet.publish('c1', 'end.requested');
  await fleet.pass(2_000);
  expect(a.dispatched).toMatchObject([{ effectId: 'hangup-c1', position: { era: 0, seq: keptSeq + 1 } }]);
  expect(await positionOf(a)).toBeLessThanOrEqual(keptSeq);
  a.node.abort();
  await powerCut(fleet, fleet.server.streams.log.lastSeq - keptSeq, refilled);
  return [fleet, a, b];
}

test.each([
  ['and nothing was written since', 0],
  ['and its sequences were given out again', 12],
])(
  'a follower that had read what is gone tells the next owner, when the owner died with it %s (log rule 30)',
  async (_since, refilled) => {
    const [fleet, , b] = await ownerDiesInTheCut(refilled);
    await fleet.pass(TAKEN_OVER_MS);
    expect(seat(b)).toMatchObject({ state: 'live', era: 1 });
    expect(alarmed(b)).toBe(1);
    // The end was forgotten with its hangup; asked for again it is newer than what the dead owner asked for.
    expect(appliedTo(b.node.seats[0]?.owner?.table.calls.get('c1'))).not.toContain('end.requested');
    fleet.publish('c1', 'end.requested');
    await quiet();
    expect(b.dispatched.at(-1)).toMatchObject({ effectId: 'hangup-c1', position: { era: 1 } });
  },
);

test('a third node that never saw the gap learns of it from the word that was left (log rule 30)', async () => {
  const [fleet, , b] = await ownerDiesInTheCut(0);
  while (!fleet.server.buckets.checkpoints.keys().includes('doubt.0')) await fleet.pass(50);
  b.node.abort();
  const c = await fleet.start('c');
  await fleet.pass(TAKEN_OVER_MS);
  expect(seat(c)).toMatchObject({ state: 'live', era: 1 });
  expect(alarmed(c)).toBe(1);
});

test('a rewind that only a live owner noticed begins an era for whoever claims next (log rule 30)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { timers: { checkpointMs: 60_000 } });
  await fleet.pass(60_000);
  const keptSeq = fleet.server.streams.log.lastSeq;
  for (let i = 0; i < 5; i += 1) fleet.startCall(`lost${i}`);
  await quiet();
  await powerCut(fleet, 5, 1);
  // It sees the gap, says so, and dies before it claims again. Nobody followed.
  while (!fleet.server.buckets.checkpoints.keys().includes('doubt.0')) await fleet.pass(50);
  a.node.abort();
  expect(await positionOf(a)).toBeLessThanOrEqual(keptSeq);
  const b = await fleet.start('b');
  await fleet.pass(TAKEN_OVER_MS);
  expect(seat(b)).toMatchObject({ state: 'live', era: 1 });
  expect(alarmed(b)).toBe(1);
});

test('an era that the owner began itself is not begun again by those who also saw the gap (log rule 30)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  const b = await fleet.start('b');
  fleet.startCall('c1');
  await fleet.pass(2_500);
  await powerCut(fleet, 3, 0);
  await fleet.pass(TAKEN_OVER_MS);
  expect([seat(a), alarmed(a)]).toMatchObject([{ state: 'live', era: 1 }, 1]);
  a.node.abort();
  await fleet.pass(TAKEN_OVER_MS);
  expect([seat(b), alarmed(b)]).toMatchObject([{ state: 'live', era: 1 }, 0]);
});

test('an owner that dies before its era is written down leaves it to the next one (log rules 27 and 30)', async () => {
  const [fleet, , b] = await ownerDiesInTheCut(0);
  while (b.node.stats().partitions[0]?.state !== 'live') await fleet.pass(50);
  b.node.abort();
  const c = await fleet.start('c');
  await fleet.pass(TAKEN_OVER_MS);
  expect(seat(c)).toMatchObject({ state: 'live', era: 2 });
  expect(alarmed(c)).toBe(1);
});

test('a server that is behind for one look is no rewind (log rule 30)', async () => {
  const fleet = new Fleet();
  await fleet.start('a');
  const b = await fleet.start('b');
  await fleet.pass(2 * TTL_MS);
  const { log } = fleet.server.streams;
  const last = log.last.bind(log);
  let asked = 0;
  log.last = (subject) => ((asked += 1) === 1 ? log.at(1) : last(subject));
  while (asked < 3) await fleet.pass(50);
  expect(fleet.server.buckets.checkpoints.keys()).not.toContain('doubt.0');
  expect(alarmed(b)).toBe(0);
});

test('a bucket that forgot a checkpoint costs its owner the partition, not the partition its calls (log rules 25, 28)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.startCall('c1');
  await fleet.pass(2_500);
  const undo = fleet.server.buckets.checkpoints.keep();
  fleet.startCall('c2');
  await fleet.pass(2_500);
  undo();
  // The manifest would name a chunk that is gone, and no owner could ever load it.
  fleet.startCall('c3');
  await fleet.pass(3 * TTL_MS);
  expect(seat(a)).toMatchObject({ state: 'live' });
  a.node.abort();
  const b = await fleet.start('a');
  expect(b.node.calls().map(({ callId }) => callId)).toEqual(['c1', 'c2', 'c3']);
});
