/**
 * Two orchestrators and one log: who decides, what a frozen one may still do, how a partition changes
 * hands, and what happens when the log itself goes back in time.
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { Orchestrator } from './orchestrator.ts';
import { World } from './world.ts';

let world: World;

beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

function owns(node: Orchestrator): Promise<boolean> {
  return node.metric('onhook_partitions_owned').then((owned) => owned === 1);
}

test('a frozen owner that thaws does nothing for what was decided after it (invariants 11, 12)', async () => {
  const frozen = await world.serve({ ONHOOK_NODE_ID: 'node-a' });
  const other = await world.serve({ ONHOOK_NODE_ID: 'node-b' });
  const [before, after] = [world.startCall(), world.startCall()];
  world.gateway.echoes = false;
  world.gateway.say(before, 'end.requested', {});
  await world.reaches(frozen, before, 'draining');
  const mark = await world.until('a mark is asked for', () => world.gateway.command(before, 'mark'));
  await world.reaches(frozen, after, 'active');
  await frozen.signal('SIGSTOP');

  await world.until('the other took over', () => owns(other));
  world.gateway.say(before, 'mark.echoed', { name: mark.body['name'] });
  world.gateway.say(after, 'end.requested', { farewell: 'none' });
  await world.record(before);
  await world.record(after);
  const claims = (await world.stored('ONHOOK_LOG')).filter(({ type }) => type === 'partition.claimed');
  expect(claims.map(({ data }) => data['node'])).toEqual(['node-a', 'node-b']);
  const epoch = claims[1]?.seq ?? 0;

  await frozen.signal('SIGCONT');
  await world.until('the frozen one has noticed', async () => !(await owns(frozen)));
  world.gateway.echoes = true;
  const third = world.startCall();
  world.gateway.say(third, 'end.requested', {});
  await world.record(third);
  for (const call of [before, after, third]) {
    expect(world.hangups(call)).toBe(1);
    expect(await world.records(call)).toHaveLength(1);
  }
  const own = (await world.stored('ONHOOK_LOG')).filter(({ data }) => data['nonce'] !== undefined);
  const nonceOfFrozen = claims[0]?.data['nonce'];
  const late = own.filter(({ seq, data }) => seq > epoch && data['nonce'] === nonceOfFrozen);
  expect(late.filter(({ type }) => type.startsWith('partition.') || type === 'effect.attempted')).toEqual([]);
  expect(await owns(other)).toBe(true);
});

test('SIGTERM ends no call, and the next node takes over at once (log rule 12, row 59)', async () => {
  // A lease that nobody would wait for here.
  const lease = { ONHOOK_TIMERS_LEASE_TTL_MS: '60000' };
  const first = await world.serve({ ...lease, ONHOOK_NODE_ID: 'node-a' });
  const call = world.startCall();
  await world.reaches(first, call, 'active');
  await first.signal('SIGTERM');
  expect(await first.exit()).toBe(0);
  expect(world.hangups(call)).toBe(0);
  const second = await world.serve({ ...lease, ONHOOK_NODE_ID: 'node-b' });
  await world.reaches(second, call, 'active');
  const types = (await world.stored('ONHOOK_LOG')).map(({ type }) => type);
  expect(types.filter((type) => type === 'partition.released')).toHaveLength(1);
  world.gateway.say(call, 'end.requested', {});
  expect(await world.record(call)).toMatchObject({ farewell: 'confirmed' });
  expect(world.hangups(call)).toBe(1);
});

test('a crashed node is replaced once its lease ran out (log rule 7)', async () => {
  const first = await world.serve({ ONHOOK_NODE_ID: 'node-a' });
  const second = await world.serve({ ONHOOK_NODE_ID: 'node-b' });
  const call = world.startCall();
  world.gateway.echoes = false;
  world.gateway.say(call, 'end.requested', {});
  const mark = await world.until('a mark is asked for', () => world.gateway.command(call, 'mark'));
  await world.reaches(first, call, 'draining');
  await first.kill();
  await world.until('the other took over', () => owns(second));
  world.gateway.say(call, 'mark.echoed', { name: mark.body['name'] });
  expect(await world.record(call)).toMatchObject({ farewell: 'confirmed' });
  expect(world.hangups(call)).toBe(1);
});

test('either node takes an operator at his word, with the same codes', async () => {
  await world.serve({ ONHOOK_NODE_ID: 'node-a' });
  const other = await world.serve({ ONHOOK_NODE_ID: 'node-b' });
  const call = world.startCall();
  await world.reaches(other, call, 'active');
  expect((await other.post(`/api/calls/${call}/end-cancelled`)).status).toBe(409);
  expect((await other.post('/api/calls/unknown/kill')).status).toBe(404);
  expect((await other.post(`/api/calls/${call}/kill`)).status).toBe(202);
  expect(await world.record(call)).toMatchObject({ endedBy: 'operator', endReason: 'operator_ended' });
  expect((await other.post(`/api/calls/${call}/kill`)).status).toBe(409);
});

test('a log that stops for longer than a lease ends no healthy call (invariant 27)', async () => {
  const nodes = [
    await world.serve({ ONHOOK_NODE_ID: 'node-a' }),
    await world.serve({ ONHOOK_NODE_ID: 'node-b' }),
  ];
  const call = world.startCall();
  await world.reaches(nodes[0] as Orchestrator, call, 'active');
  await world.nats.kill('SIGSTOP');
  const thawAt = systemClock.monotonic() + 4_000;
  await world.until('every lease ran out', () => systemClock.monotonic() > thawAt);
  await world.nats.kill('SIGCONT');
  await world.reconnected();
  await world.until('one of them owns again', async () => {
    const owned = await Promise.all(nodes.map(owns));
    return owned.filter(Boolean).length === 1;
  });
  expect(world.hangups(call)).toBe(0);
  world.gateway.say(call, 'end.requested', {});
  expect(await world.record(call)).toMatchObject({ endReason: 'agent_end_call', farewell: 'confirmed' });
  expect(world.hangups(call)).toBe(1);
});

test('a log that went back in time is noticed: a new era, an alarm, and open calls asked for (log rule 30)', async () => {
  let node = await world.serve();
  const old = world.startCall();
  await world.reaches(node, old, 'active');
  const store = join(world.nats.storeDir, 'jetstream');
  const streams = join(store, '$G/streams');
  await node.kill();
  await world.nats.kill('SIGTERM');
  const copy = join(world.nats.storeDir, 'older-log');
  await cp(join(streams, 'ONHOOK_LOG'), copy, { recursive: true });
  await world.nats.restart();

  node = await world.serve();
  const lost = world.startCall();
  await world.reaches(node, lost, 'active');
  await world.until('a checkpoint holds both', async () => {
    const { body } = await node.get('/api/stats');
    const [partition] = body['partitions'] as { checkpointAt?: number }[];
    return partition?.checkpointAt !== undefined;
  });
  const before = (await node.get('/api/stats')).body;
  expect(before['openCalls']).toBe(2);
  await node.signal('SIGTERM');
  await world.nats.kill('SIGTERM');
  await rm(join(streams, 'ONHOOK_LOG'), { recursive: true });
  await cp(copy, join(streams, 'ONHOOK_LOG'), { recursive: true });
  world.twilio.setStatus(lost, 'completed');
  await world.nats.restart();

  node = await world.serve();
  const { body } = await node.get('/api/stats');
  expect(body['partitions']).toMatchObject([{ era: 1 }]);
  expect((body['alarms'] as { code: string }[]).map(({ code }) => code)).toContain('log_rewound');
  expect(await world.record(lost)).toMatchObject({ endReason: 'caller_hangup', endedByBasis: 'inferred' });
  await world.until('the carrier was asked about both', () =>
    [old, lost].every((call) =>
      world.twilio.requests().some(({ method, callSid }) => method === 'GET' && callSid === call),
    ),
  );
  expect(await node.stateOf(old)).toBe('active');
  world.gateway.say(old, 'end.requested', {});
  expect(await world.record(old)).toMatchObject({ farewell: 'confirmed' });
  expect(world.hangups(lost)).toBe(0);
});

test('a node that runs through it notices as well, and goes on with what the checkpoint holds', async () => {
  const node = await world.serve();
  const call = world.startCall({ state: { kept: true } });
  await world.reaches(node, call, 'active');
  const streams = join(world.nats.storeDir, 'jetstream/$G/streams');
  const copy = join(world.nats.storeDir, 'older-log');
  await world.nats.kill('SIGTERM');
  await cp(join(streams, 'ONHOOK_LOG'), copy, { recursive: true });
  await world.nats.restart();
  await world.reconnected();
  const lost = world.startCall();
  await world.reaches(node, lost, 'active');
  // Two: the first one may have been begun before the call was known, or hold it already and have no successor.
  for (const which of ['a checkpoint', 'the next one, which holds it']) {
    const saidAt = systemClock.now();
    world.gateway.say(lost, 'agent.spoke', { text: 'hello' });
    await world.until(which, async () => {
      const [partition] = (await node.get('/api/stats')).body['partitions'] as { checkpointAt?: number }[];
      return (partition?.checkpointAt ?? 0) > saidAt;
    });
  }
  await world.nats.kill('SIGKILL');
  await rm(join(streams, 'ONHOOK_LOG'), { recursive: true });
  await cp(copy, join(streams, 'ONHOOK_LOG'), { recursive: true });
  await world.nats.restart();
  await world.until('a new era begins', async () => {
    const [partition] = (await node.get('/api/stats')).body['partitions'] as { era: number; state: string }[];
    return partition?.era === 1 && partition.state === 'live';
  });
  await world.reconnected();
  world.gateway.say(call, 'end.requested', {});
  world.gateway.say(lost, 'end.requested', {});
  expect(await world.record(call)).toMatchObject({ farewell: 'confirmed', state: { kept: true } });
  expect(await world.record(lost)).toMatchObject({ farewell: 'confirmed' });
});
