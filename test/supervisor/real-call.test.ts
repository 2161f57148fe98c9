/** The owner with the real call actor: whole calls, fail-over, and the log going away while one ends. */
import { expect, test } from 'vitest';
import { callFold } from '../../src/supervisor/call-fold.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import { dataOf, Fleet, quiet, TTL_MS } from './fleet.ts';

const CALL: JsonObject = {
  provider: 'toy',
  legs: { carrier: { callSid: 'CA1' } },
  direction: 'inbound',
};

/** Mark names that the owner asked the gateway to send. */
function marks(dispatched: readonly { readonly payload: object }[]): string[] {
  return dispatched.flatMap(({ payload }) =>
    'verb' in payload && payload.verb === 'mark' && 'body' in payload
      ? [(payload.body as JsonObject)['name'] as string]
      : [],
  );
}

test('a call whose farewell was heard is hung up once, recorded and forgotten (row 1)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  fleet.startCall('c1', CALL);
  fleet.publish('c1', 'end.requested', { farewell: 'spoken' });
  await quiet();
  expect(a.node.call('c1')?.state).toBe('draining');
  const [name] = marks(a.dispatched);
  fleet.publish('c1', 'mark.echoed', { name: name ?? '' });
  await fleet.pass(10_000);
  expect(a.dispatched.filter(({ kind }) => kind === 'hang-up-leg')).toHaveLength(1);
  expect(a.dispatched.filter(({ kind }) => kind === 'publish-record')).toHaveLength(1);
  expect(a.node.calls()).toEqual([]);
});

test('a call that was draining when its owner died is ended by the next one (row 7)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  const b = await fleet.start('b', { fold: callFold });
  fleet.startCall('c1', CALL);
  fleet.publish('c1', 'end.requested', { farewell: 'spoken' });
  await fleet.pass(2_000);
  a.node.abort();
  await fleet.pass(2 * TTL_MS);
  expect(b.node.call('c1')?.state).toBe('draining');
  await fleet.pass(DEFAULT_TIMERS.drainMs + 10_000);
  expect(b.dispatched.filter(({ kind }) => kind === 'hang-up-leg')).toHaveLength(1);
  expect(b.node.calls()).toEqual([]);
});

test('operators end and kill only where that means something', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold, settle: false });
  fleet.startCall('c1', CALL);
  await quiet();
  expect(await a.node.request('c1', 'end-cancelled')).toMatchObject({ error: 'conflict' });
  expect(await a.node.request('nobody', 'kill')).toMatchObject({ error: 'not_found' });
  expect(await a.node.request('c1', 'kill', 'stuck')).toMatchObject({ seq: expect.any(Number) });
  await quiet();
  expect(a.node.call('c1')?.state).toBe('terminating');
  expect(await a.node.request('c1', 'kill')).toMatchObject({ error: 'conflict' });
});

test('with the log away a draining call is hung up after its deadline, and an active one is not (log rule 40)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  fleet.startCall('ending', CALL);
  fleet.startCall('talking', { ...CALL, legs: { carrier: { callSid: 'CA2' } } });
  fleet.publish('ending', 'end.requested', { farewell: 'spoken' });
  await fleet.pass(12_000);
  fleet.server.setAvailable(false);
  await fleet.pass(DEFAULT_TIMERS.drainMs);
  const requested = a.dispatched.filter(({ kind }) => kind === 'ask-leg' || kind === 'hang-up-leg');
  expect(new Set(requested.map(({ callId }) => callId))).toEqual(new Set(['ending']));
  fleet.server.setAvailable(true);
  await fleet.pass(20_000);
  expect(a.node.calls().map(({ callId }) => callId)).toEqual(['talking']);
});

test('an outage longer than an absence ends no healthy call: the gateway is pinged only after a whole duration of ours (log rule 16, invariant 27)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  fleet.startCall('c1', CALL);
  const { livenessMs } = DEFAULT_TIMERS;
  await fleet.pass(livenessMs / 2);
  fleet.server.setAvailable(false);
  await fleet.pass(3 * livenessMs);
  expect(a.dispatched).toEqual([]);
  fleet.server.setAvailable(true);
  await fleet.pass(livenessMs - 2_000);
  expect(a.dispatched, 'the absence starts again in full').toEqual([]);
  await fleet.pass(livenessMs);
  const asked = a.dispatched.map(({ payload }) => ('verb' in payload ? payload.verb : ''));
  expect(asked[0], 'a ping comes first').toBe('ping');
  expect(asked.filter((verb) => verb !== 'ping')).toEqual([]);
  expect(a.node.call('c1')?.state).toBe('active');
});

test('an attempt is in the log and read back before its function runs; the next owner takes the next number (log rule 35)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  fleet.startCall('c1', CALL);
  await quiet();
  const effect = { callId: 'c1', effectId: 'f1', attempt: 1 } as never;
  let ran = false;
  const told = a.owner().onAttempted(effect);
  void told.then(() => (ran = true));
  expect([ran, fleet.stored('effect.attempted')]).toEqual([false, []]);
  await quiet();
  await told;
  expect(fleet.stored('effect.attempted')).toHaveLength(1);
  a.log.setReachable(false);
  const lost = a.owner().onAttempted(effect);
  a.node.abort();
  await expect(lost).rejects.toThrow('no longer ours');
});

test('while its lease holds an owner hangs up without asking, and tells the log when it is back (log rule 40)', async () => {
  const fleet = new Fleet();
  // The log is given up for lost before the lease is.
  const a = await fleet.start('a', { fold: callFold, timers: { logGraceMs: 1_000, leaseTtlMs: 20_000 } });
  fleet.startCall('c1', CALL);
  fleet.publish('c1', 'end.requested', { farewell: 'spoken' });
  await fleet.pass(DEFAULT_TIMERS.drainMs - 4_000);
  fleet.server.setAvailable(false);
  await fleet.pass(6_000);
  expect(a.dispatched.filter(({ kind }) => kind === 'ask-leg')).toEqual([]);
  expect(a.dispatched.filter(({ kind }) => kind === 'hang-up-leg')).toHaveLength(1);
  fleet.server.setAvailable(true);
  await fleet.pass(20_000);
  const flagged = fleet.stored('effect.settled').filter((message) => dataOf(message)['emergency'] === true);
  expect(new Set(flagged.map((message) => dataOf(message)['effectId'])).size).toBe(1);
  const hangups = a.dispatched.filter(({ kind }) => kind === 'hang-up-leg');
  expect(hangups, 'what the emergency did is not asked for again').toHaveLength(1);
  expect(a.node.calls()).toEqual([]);
});

test('after a rewind the carrier of every open call is asked, and an end that the log forgot is learned (log rule 30)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  fleet.startCall('c1', CALL);
  await fleet.pass(4_000);
  fleet.publish('c1', 'agent.spoke');
  await fleet.pass(2_000);
  a.node.abort();
  const forgotten = fleet.server.streams.log.lastSeq - (fleet.stored('partition.renewed')[0]?.seq ?? 0);
  fleet.server.rewind('log', forgotten);
  const b = await fleet.start('a', { fold: callFold });
  expect(b.dispatched[0]).toMatchObject({ kind: 'ask-leg', cause: 'log.rewound', callId: 'c1' });
  await fleet.pass(10_000);
  expect(fleet.stored('leg.status')).toHaveLength(1);
  expect(b.dispatched.filter(({ kind }) => kind === 'hang-up-leg')).toEqual([]);
  expect(b.node.calls()).toEqual([]);
});

test('a call whose end was told before it began is asked for once its leg is registered (log rule 23)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold });
  fleet.startCall('c1', CALL);
  await quiet();
  a.node.askLine('c1', 'carrier');
  a.node.askLine('c1', 'nobody');
  a.node.askLine('unknown', 'carrier');
  const asked = a.dispatched.filter(({ kind }) => kind === 'ask-leg');
  expect(asked).toMatchObject([{ cause: 'webhook.missed', payload: { leg: 'carrier' } }]);
  // The provider answered that the line has ended: as its webhook would have said.
  await fleet.pass(1_000);
  expect(fleet.stored('leg.status').map(dataOf)).toEqual([{ leg: 'carrier', status: 'completed' }]);
  expect(a.node.call('c1')?.endReason ?? 'closed').toBe('caller_hangup');
});

test('a request that a frozen owner had decided before it was fenced is not sent after it (invariants 11, 12)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { fold: callFold, settle: false });
  const b = await fleet.start('b', { fold: callFold, settle: false });
  fleet.startCall('c1', CALL);
  fleet.publish('c1', 'end.requested', { farewell: 'none' });
  await quiet();
  const hangUps = (node: typeof a) => node.dispatched.filter(({ kind }) => kind === 'hang-up-leg');
  const [decided] = hangUps(a);
  if (decided === undefined) throw new TypeError('nothing was decided');
  // From here on it decides nothing and hears nothing, but what it decided may still be on its way out.
  a.block();
  a.log.setReachable(false);
  const mine = fleet.stored('partition.claimed').length;
  for (let left = 4 * TTL_MS; left > 0; left -= 50) {
    await fleet.pass(50);
    const fenced = fleet.stored('partition.claimed').length > mine;
    if (fenced) expect(a.owner().mayAct(decided), 'after the fence').toBe(false);
  }
  const fence = fleet.stored('partition.claimed').at(-1);
  expect(dataOf(fence)['node']).toBe('b');
  // At most one request of the old owner, decided before the fence; the new one asks under the same id.
  expect(hangUps(a)).toHaveLength(1);
  expect(decided.position.seq).toBeLessThan(fence?.seq ?? 0);
  expect(new Set(hangUps(b).map(({ effectId }) => effectId))).toEqual(new Set([decided.effectId]));
});
