/** Field rules about the supervisor: writes that fail, places that are freed, owners that come back. */
import { expect, test } from 'vitest';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import type { MemoryStep } from '../../src/log/memory/index.ts';
import { callFold } from '../../src/supervisor/call-fold.ts';
import type { TestNode } from './fleet.ts';
import { dataOf, Fleet, quiet, TTL_MS } from './fleet.ts';

const CALL = { provider: 'toy', legs: { carrier: { callSid: 'CA1' } }, direction: 'inbound' };
const OUTBOUND = { ...CALL, direction: 'outbound' };
const WRITES = new Set<MemoryStep['kind']>(['append', 'publish', 'bucket']);

const hangups = ({ dispatched }: TestNode) => dispatched.filter(({ kind }) => kind === 'hang-up-leg');

/** A call from its start to its end on one node whose `failAt`-th write and the next fail so. */
async function lifeWithFailedWrites(failAt: number, how: 'lost' | 'ack-lost'): Promise<[Fleet, TestNode]> {
  let writes = 0;
  const fate = ({ kind }: MemoryStep): 'done' | 'lost' | 'ack-lost' => {
    if (!WRITES.has(kind)) return 'done';
    writes += 1;
    return writes === failAt || writes === failAt + 1 ? how : 'done';
  };
  const fleet = new Fleet({ fate });
  const node = await fleet.start('a', { fold: callFold });
  fleet.startCall('c1', CALL);
  fleet.publish('c1', 'end.requested', { farewell: 'spoken' });
  await fleet.pass(1_000);
  fleet.publish('c1', 'mark.echoed', { name: 'onhook-1-1' });
  await fleet.pass(30_000);
  return [fleet, node];
}

test('field rule 50: whichever write fails, the call is ended once and nothing is stranded', async () => {
  for (let failAt = 1; failAt <= 24; failAt += 1) {
    for (const how of ['lost', 'ack-lost'] as const) {
      const [fleet, node] = await lifeWithFailedWrites(failAt, how);
      const which = `write ${failAt}, ${how}`;
      expect(node.node.calls(), which).toEqual([]);
      expect(node.node.stats().owned, which).toBe(1);
      expect(new Set(hangups(node).map(({ effectId }) => effectId)).size, which).toBe(1);
      const settled = fleet.stored('effect.settled').map((message) => dataOf(message)['effectId']);
      expect(settled, which).toContain(hangups(node)[0]?.effectId);
    }
  }
});

test('field rule 52: a call that is never answered keeps its place until it is closed, and frees it then', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  fleet.startCall('c1', OUTBOUND);
  await fleet.pass(DEFAULT_TIMERS.answerMs - 2_000);
  expect(a.node.calls().map(({ callId, state }) => [callId, state])).toEqual([['c1', 'active']]);
  await fleet.pass(4_000 + DEFAULT_TIMERS.settleMs);
  expect(hangups(a)).toHaveLength(1);
  expect(a.node.calls()).toEqual([]);
  expect(await a.node.request('c1', 'end')).toMatchObject({ error: 'closed' });
});

test('field rule 52: a carrier that never answers does not hold the place either: its leg alone is tried on', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold, settle: false });
  fleet.startCall('c1', CALL);
  fleet.publish('c1', 'end.requested', { farewell: 'none' });
  await fleet.pass(DEFAULT_TIMERS.terminateMs + DEFAULT_TIMERS.verifyMs + DEFAULT_TIMERS.settleMs + 2_000);
  const [record] = a.dispatched.filter(({ kind }) => kind === 'publish-record');
  expect(record).toBeDefined();
  if (record !== undefined) a.owner().onSettled(record, { result: 'done' });
  await quiet();
  expect(a.node.call('c1')?.state ?? 'closed').toBe('closed');
});

/** Partition → how many nodes say that it is theirs and live. */
function owners(nodes: readonly TestNode[]): number[] {
  const live = nodes.flatMap(({ node }) =>
    node
      .stats()
      .partitions.filter(({ state }) => state === 'live')
      .map(({ partition }) => partition),
  );
  return Array.from({ length: 8 }, (_, partition) => live.filter((one) => one === partition).length);
}

test('invariant 32: within 30 s of healing every partition has one owner, and no call is stuck', async () => {
  const fleet = new Fleet({ partitions: 8 });
  const nodes = [];
  for (const name of ['a', 'b', 'c']) nodes.push(await fleet.start(name, { fold: callFold }));
  const calls = Array.from({ length: 16 }, (_, n) => `call-${n}`);
  for (const callId of calls) fleet.startCall(callId, { ...CALL, legs: { carrier: { callSid: callId } } });
  await fleet.pass(3_000);
  const [a, b, c] = nodes as [TestNode, TestNode, TestNode];
  a.log.setReachable(false);
  b.block();
  await fleet.pass(3 * TTL_MS);
  fleet.server.setAvailable(false);
  for (const callId of calls) fleet.publish(callId, 'end.requested', { farewell: 'none' });
  await fleet.pass(2 * TTL_MS);
  fleet.server.setAvailable(true);
  a.log.setReachable(true);
  await fleet.pass(30_000);
  expect(owners([a, b, c])).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  expect([a, b, c].flatMap(({ node }) => node.calls())).toEqual([]);
});

test('log rule 40: with the log away a call is not hung up for a deadline of its own unless it was ending', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold, timers: { leaseTtlMs: 200_000 } });
  fleet.startCall('ringing', { ...OUTBOUND, legs: { carrier: { callSid: 'CA1' } } });
  const resumes = { policy: { bargeIn: 'resume' }, legs: { carrier: { callSid: 'CA2' } } };
  fleet.startCall('resumes', { ...CALL, ...resumes });
  fleet.startCall('ending', { ...CALL, legs: { carrier: { callSid: 'CA3' } } });
  for (const callId of ['resumes', 'ending']) fleet.publish(callId, 'end.requested', { farewell: 'spoken' });
  await fleet.pass(1_000);
  fleet.server.setAvailable(false);
  await fleet.pass(DEFAULT_TIMERS.answerMs + 10_000);
  expect(new Set(hangups(a).map(({ callId }) => callId))).toEqual(new Set(['ending']));
});
