/** What an owner asks for and how soon, in the time of a clock that is moved by hand (invariants 10 and 31). */
import { expect, test } from 'vitest';
import { createDecoder } from '../../src/contract/decode.ts';
import type { Effect } from '../../src/contract/effect.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import { callFold } from '../../src/supervisor/call-fold.ts';
import { CallTable } from '../../src/supervisor/call-table.ts';
import type { TestNode } from './fleet.ts';
import { CONFIG, Fleet, PREFIX, quiet, TTL_MS } from './fleet.ts';

const callOf = (callSid: string): JsonObject => ({
  provider: 'toy',
  legs: { carrier: { callSid } },
  direction: 'inbound',
});

const hangups = (nodes: readonly TestNode[]): Effect[] =>
  nodes.flatMap(({ dispatched }) => dispatched.filter(({ kind }) => kind === 'hang-up-leg'));

/** Lets time pass until a hangup leaves; how long that took, in ms. */
async function untilHangup(fleet: Fleet, nodes: readonly TestNode[], maxMs: number): Promise<number> {
  const before = hangups(nodes).length;
  let passedMs = 0;
  while (hangups(nodes).length === before && passedMs < maxMs) {
    await fleet.pass(50);
    passedMs += 50;
  }
  expect(hangups(nodes).length, 'a hangup left').toBeGreaterThan(before);
  return passedMs;
}

/** Effect id → sequence of the first message whose prefix of the log asks for it. */
function askedForBy(fleet: Fleet): Map<string, number> {
  const asked = new Map<string, number>();
  const table = new CallTable(callFold, {
    onFold: ({ seq }, _before, { effects }) => {
      for (const { effectId } of effects) if (!asked.has(effectId)) asked.set(effectId, seq);
    },
    onRefused: () => undefined,
    onThrow: (_message, error) => {
      throw error;
    },
  });
  const decode = createDecoder({ prefix: PREFIX, partitions: 1 });
  const world = { era: 0, config: CONFIG, restoredAt: 0, paused: false };
  for (let seq = 1; seq <= fleet.server.streams.log.lastSeq; seq += 1) {
    const stored = fleet.server.streams.log.at(seq);
    const decoded = stored && decode(stored);
    if (decoded?.ok === true) table.apply(decoded.message, world);
  }
  return asked;
}

test('invariant 10: every request is asked for by the log as it was when the request left, across owners', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  const b = await fleet.start('b', { fold: callFold });
  for (const callId of ['c1', 'c2', 'c3']) fleet.startCall(callId, callOf(callId));
  fleet.publish('c1', 'end.requested', { farewell: 'spoken' });
  fleet.publish('c2', 'caller.left');
  await fleet.pass(1_000);
  a.node.abort();
  fleet.publish('c1', 'mark.echoed', { name: 'onhook-1-1' });
  fleet.publish('c3', 'end.requested', { farewell: 'none' });
  await fleet.pass(4 * TTL_MS);
  const asked = askedForBy(fleet);
  const requests = [...a.dispatched, ...b.dispatched];
  expect(new Set(requests.map(({ callId }) => callId))).toEqual(new Set(['c1', 'c2', 'c3']));
  for (const { effectId, kind, position } of requests) {
    expect(asked.get(effectId), `${kind} ${effectId}`).toBeLessThanOrEqual(position.seq);
  }
});

test('invariant 31: without faults a hangup leaves in the very moment of its cause', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  fleet.startCall('c1', callOf('CA1'));
  fleet.publish('c1', 'end.requested', { farewell: 'spoken' });
  await fleet.pass(500);
  fleet.publish('c1', 'mark.echoed', { name: 'onhook-1-1' });
  // No time passes here.
  await quiet();
  expect(hangups([a])).toHaveLength(1);
});

test('invariant 31: after a crash a hangup leaves within the lease and two seconds', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  const b = await fleet.start('b', { fold: callFold });
  fleet.startCall('c1', callOf('CA1'));
  await fleet.pass(2_000);
  a.node.abort();
  fleet.publish('c1', 'end.requested', { farewell: 'none' });
  expect(await untilHangup(fleet, [a, b], 60_000)).toBeLessThanOrEqual(TTL_MS + 2_000);
});

test('invariant 31: with the log away a call that was ending is hung up within logGraceMs and two seconds', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold, timers: { leaseTtlMs: 60_000 } });
  fleet.startCall('c1', callOf('CA1'));
  fleet.publish('c1', 'end.requested', { farewell: 'spoken' });
  await fleet.pass(DEFAULT_TIMERS.drainMs - 1_000);
  fleet.server.setAvailable(false);
  const tookMs = await untilHangup(fleet, [a], 60_000);
  expect(tookMs - 1_000).toBeLessThanOrEqual(DEFAULT_TIMERS.logGraceMs + 2_000);
});

test('invariant 19: every message that was read is counted under one verdict', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  fleet.publish('early', 'agent.spoke');
  fleet.publish('early', 'mark.echoed', { name: 'm' });
  fleet.startCall('c1', callOf('CA1'));
  fleet.startCall('c1', callOf('CA1'));
  fleet.publish('c1', 'caller.spoke', {}, 'gw2');
  fleet.publish('c1', 'state.patched', { patch: 'no object' });
  fleet.publish('c1', 'end.requested', { farewell: 'none' });
  await fleet.pass(6_000);
  fleet.publish('c1', 'end.requested', {});
  await fleet.pass(6_000);
  const { inputs } = a.node.stats();
  const { expired = 0, ...verdicts } = inputs;
  for (const verdict of ['applied', 'held', 'duplicate', 'late', 'invalid', 'unauthorised']) {
    expect(verdicts[verdict], verdict).toBeGreaterThan(0);
  }
  expect(expired, 'beside the verdict of what was held').toBe(1);
  const read = Object.values(verdicts).reduce((sum, count) => sum + count, 0);
  expect(read).toBe(fleet.server.streams.log.lastSeq);
});
