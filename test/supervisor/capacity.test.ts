/** A log that fills up, and how far behind a node is. */
import { expect, test } from 'vitest';
import { Fleet, quiet } from './fleet.ts';
import { appliedTo } from './toy-fold.ts';

function codes(fleet: Awaited<ReturnType<Fleet['start']>>): string[] {
  return fleet.node.stats().alarms.map(({ code }) => code);
}

/** So that the log is `share` full. */
function fillTo(fleet: Fleet, share: number): void {
  const { log } = fleet.server.streams;
  log.maxBytes = Math.ceil(log.state().bytes / share);
}

test('a log at 80 % of its byte limit raises one alarm (log rule 41)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fillTo(fleet, 0.7);
  await fleet.pass(3_000);
  expect(codes(a)).toEqual([]);
  fillTo(fleet, 0.85);
  await fleet.pass(10_000);
  expect(codes(a)).toEqual(['log_filling']);
});

test('a filling log loses the messages of closed calls behind the checkpoint, and no others (log rule 41)', async () => {
  const fleet = new Fleet({ partitions: 2 });
  const a = await fleet.start('a');
  for (let i = 0; i < 60; i += 1) {
    fleet.startCall(`c${i}`);
    fleet.publish(`c${i}`, 'agent.spoke');
    if (i % 2 === 0) fleet.publish(`c${i}`, 'end.requested');
  }
  await fleet.pass(3_000);
  fillTo(fleet, 0.9);
  const log = fleet.server.streams.log;
  const messagesOf = (id: string): number =>
    log.newestOf((subject) => subject.includes(`.gw1.${id}.`), 1_000).length;
  await fleet.pass(2_000);
  const gone = (): number =>
    Array.from({ length: 60 }, (_, i) => messagesOf(`c${i}`)).filter((n) => n === 0).length;
  expect(gone(), 'a bounded number a round').toBeLessThanOrEqual(32);
  // As full as it may be: the relief goes on.
  for (let round = 0; round < 5; round += 1) {
    fillTo(fleet, 0.9);
    await fleet.pass(2_000);
  }
  expect(gone()).toBe(30);
  for (let i = 1; i < 60; i += 2) expect(messagesOf(`c${i}`)).toBe(2);
  a.node.abort();
  log.maxBytes = -1;
  const again = await fleet.start('a');
  await fleet.pass(3_000);
  expect(again.node.calls()).toHaveLength(30);
  fleet.startCall('c0');
  await quiet();
  expect(again.node.calls(), 'what was closed stays closed').toHaveLength(30);
  const open = again.node.seats.flatMap(({ owner }) => [...(owner?.table.calls.values() ?? [])]);
  for (const state of open) expect(appliedTo(state).slice(0, 2)).toEqual(['call.started', 'agent.spoke']);
});

test('the lag of a partition is what its stream holds beyond what was read', async () => {
  let holding = false;
  // Deliveries wait, answers do not.
  const fleet = new Fleet({
    schedule: ({ kind }, run) => {
      if (!holding || kind !== 'deliver') queueMicrotask(run);
    },
  });
  const a = await fleet.start('a');
  await fleet.pass(4_000);
  expect(a.node.stats().partitions[0]?.lag).toBe(0);
  holding = true;
  for (let i = 0; i < 5; i += 1) fleet.startCall(`c${i}`);
  await fleet.pass(2_500);
  expect(a.node.stats().partitions[0]?.lag).toBeGreaterThanOrEqual(5);
});
