/** What nobody should say, and what it does to the calls beside it: nothing (invariants 18, 19, 20, 33). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Orchestrator } from './orchestrator.ts';
import { PlainGateway, PREFIX } from './plain-gateway.ts';
import { World } from './world.ts';

let world: World;
let node: Orchestrator;

beforeEach(async () => {
  world = await World.open();
  node = await world.serve();
});
afterEach(() => world.close());

function counted(verdict: string): Promise<number> {
  return node.metric('onhook_inputs_total', `{verdict="${verdict}"}`);
}

test('garbage is counted, kept as a dead letter, and never reaches a call', async () => {
  const call = world.startCall();
  await world.reaches(node, call, 'active');
  const { gateway, connection } = world;
  gateway.say(call, 'end.reqested', {});
  gateway.say(call, 'end.requested', '{not json');
  gateway.say(call, 'end.requested', Uint8Array.from([0xff, 0xfe, 0x00]));
  gateway.say(call, 'end.requested', '[]');
  gateway.say(call, 'state.patched', { patch: 'text' });
  gateway.say(call, 'transcript.appended', { role: 'user', text: 'x'.repeat(70_000) });
  gateway.say(call, 'caller.spoke', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`);
  connection.publish(`${PREFIX}.evt.gw1.${call}.*`, '{}');
  connection.publish(`${PREFIX}.evt.gw1.-bad-.end.requested`, '{}');
  connection.publish(`${PREFIX}.evt.gw1.${call}.>`, '{}');
  await world.until('ten are counted as invalid', async () => (await counted('invalid')) === 10);

  const letters = await world.until('ten dead letters', async () => {
    const stored = await world.stored('ONHOOK_DEAD_LETTERS');
    return stored.length === 10 && stored;
  });
  for (const { subject } of letters)
    expect([`${PREFIX}.dead.input.${call}`, `${PREFIX}.dead.input.-`]).toContain(subject);
  expect((await node.get('/api/dead-letters')).status).toBe(200);

  expect(await node.stateOf(call)).toBe('active');
  gateway.say(call, 'end.requested', { farewell: 'none' });
  expect(await world.record(call)).toMatchObject({ endReason: 'agent_end_call' });
});

test('nobody ends the call of another gateway, and no gateway speaks for us (invariant 20, log rule 4)', async () => {
  const call = world.startCall();
  await world.reaches(node, call, 'active');
  const thief = new PlainGateway(world.connection, 'gw2');
  thief.say(call, 'end.requested', {});
  world.gateway.say(call, 'effect.settled', { effectId: 'x', attempt: 1, epoch: 1, nonce: 'n', outcome: {} });
  world.gateway.say(call, 'operator.kill-requested', {});
  await world.until('three are unauthorised', async () => (await counted('unauthorised')) === 3);
  expect(await node.stateOf(call)).toBe('active');
  expect(world.hangups(call)).toBe(0);
});

test('an end for a call that never starts ends nothing (row 64)', async () => {
  const call = world.newCallId();
  world.gateway.say(call, 'end.requested', {});
  await world.until('it is held', async () => (await counted('held')) === 1);
  expect((await node.get(`/api/calls/${call}`)).status).toBe(404);
  expect(world.gateway.verbs(call)).toEqual([]);
});

test('no secret is ever shown (invariant 22)', async () => {
  const secret = 'planted-secret-7f3a';
  const other = await world.serve({
    ONHOOK_NODE_ID: 'node-b',
    ONHOOK_LOG_LEVEL: 'trace',
    LIVEKIT_API_SECRET: secret,
    ONHOOK_WEBHOOK_URL: 'http://127.0.0.1:9/',
    ONHOOK_WEBHOOK_SECRET: `whsec_${Buffer.from(secret).toString('base64')}`,
  });
  await node.signal('SIGTERM');
  const call = world.startCall();
  await world.reaches(other, call, 'active');
  const texts = [
    other.stderr,
    other.stdout,
    JSON.stringify(await world.stored('ONHOOK_LOG')),
    JSON.stringify((await other.get('/api/stats')).body),
    JSON.stringify((await other.get(`/api/calls/${call}`)).body),
    await (await fetch(`${other.adminUrl}/metrics`)).text(),
  ];
  const planted = [secret, Buffer.from(secret).toString('base64'), 'stub-auth-token'];
  for (const text of texts) for (const each of planted) expect(text).not.toContain(each);
});
