/** The owner with the real call actor: whole calls, fail-over, and the log going away while one ends. */
import { expect, test } from 'vitest';
import { callFold } from '../../src/supervisor/call-fold.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import { Fleet, quiet, TTL_MS } from './fleet.ts';

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
