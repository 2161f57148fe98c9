/** Four partitions on the configuration that we ship, shared by two nodes (log rules 1 to 3, 10). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { partitionOf } from '../../src/contract/subjects.ts';
import { natsServerConfig } from '../../src/log/nats/index.ts';
import { PREFIX } from './plain-gateway.ts';
import { World } from './world.ts';

const PARTITIONS = 4;

let world: World;

beforeEach(async () => {
  world = await World.open({ config: natsServerConfig({ prefix: PREFIX, partitions: PARTITIONS }) });
});
afterEach(() => world.close());

test('forty calls close on four partitions and two nodes, each with one owner', async () => {
  const env = { ONHOOK_PARTITIONS: String(PARTITIONS) };
  const first = await world.serve({ ...env, ONHOOK_NODE_ID: 'node-c' });
  const nodes = [
    await world.serve({ ...env, ONHOOK_NODE_ID: 'node-a' }),
    await world.serve({ ...env, ONHOOK_NODE_ID: 'node-b' }),
  ];
  await first.signal('SIGTERM');
  const owned = await world.until('every partition has an owner', async () => {
    const counts = await Promise.all(nodes.map((node) => node.metric('onhook_partitions_owned')));
    return counts.reduce((sum, each) => sum + each, 0) === PARTITIONS && counts;
  });
  // Claims are spread: neither takes all of what became free at once.
  expect(Math.min(...owned)).toBeGreaterThan(0);

  const calls = Array.from({ length: 40 }, () => world.startCall());
  expect(new Set(calls.map((call) => partitionOf(call, PARTITIONS))).size).toBe(PARTITIONS);
  for (const call of calls) world.gateway.say(call, 'end.requested', {});
  for (const call of calls) {
    expect(await world.record(call)).toMatchObject({ farewell: 'confirmed' });
    expect(world.hangups(call)).toBe(1);
  }
  const records = await world.stored('ONHOOK_RECORDS');
  expect(records).toHaveLength(calls.length);
  for (const { subject } of await world.stored('ONHOOK_LOG'))
    expect(subject).toMatch(/^onhook\.v1\.p\.[0-3]\./);

  // Either node knows of every call: the one that has it answers the other.
  const open = Array.from({ length: 8 }, () => world.startCall());
  for (const node of nodes) {
    await world.until('the node lists all', async () => {
      const { body } = await node.get('/api/calls?limit=100');
      return (body['calls'] as unknown[]).length === open.length;
    });
    expect((await node.get('/api/calls')).body['unanswered']).toEqual([]);
  }
});

test('one node dies, the other takes its partitions, and no call is lost', async () => {
  const env = { ONHOOK_PARTITIONS: String(PARTITIONS) };
  const first = world.launch({ ...env, ONHOOK_NODE_ID: 'node-a' });
  const second = world.launch({ ...env, ONHOOK_NODE_ID: 'node-b' });
  await first.ready();
  await second.ready();
  const calls = Array.from({ length: 12 }, () => world.startCall());
  for (const call of calls)
    await world.until(`${call} is active`, async () => (await second.stateOf(call)) === 'active');
  await first.kill();
  for (const call of calls) world.gateway.say(call, 'end.requested', {});
  for (const call of calls) {
    expect(await world.record(call)).toMatchObject({ farewell: 'confirmed' });
    expect(world.hangups(call)).toBe(1);
  }
  expect(await second.metric('onhook_partitions_owned')).toBe(PARTITIONS);
});

test('another N than the stored one is refused with exit 78 (log rule 2)', async () => {
  const node = await world.serve({ ONHOOK_PARTITIONS: String(PARTITIONS) });
  await node.signal('SIGTERM');
  const other = world.launch({ ONHOOK_PARTITIONS: '2' });
  expect(await other.exit()).toBe(78);
  expect(other.stderr).toContain('partitions');
});
