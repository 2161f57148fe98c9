/** One orchestrator seen from outside: what a gateway says, what it is told, what Twilio is asked, what remains. */
import { headers } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dateOf } from '../../src/clock/instant.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { Orchestrator } from './orchestrator.ts';
import { PREFIX } from './plain-gateway.ts';
import { World } from './world.ts';

let world: World;
let node: Orchestrator;

beforeAll(async () => {
  world = await World.open();
  node = await world.serve({ ONHOOK_TIMERS_DRAIN_MS: '400' });
});
afterAll(() => world.close());

test('a farewell that was heard ends in one hangup, one record, and the live feed (row 1, invariant 25)', async () => {
  const call = world.startCall({ from: '+4930123', direction: 'inbound' });
  world.gateway.say(call, 'end.requested', { reason: 'all done' });
  const record = await world.record(call);
  expect(record).toMatchObject({
    recordVersion: 1,
    endedBy: 'agent',
    endReason: 'agent_end_call',
    farewell: 'confirmed',
    gateway: 'gw1',
    provider: 'twilio',
    legs: {
      carrier: { termination: 'confirmed_by_response', attempts: 1 },
      session: { termination: 'confirmed_by_response' },
    },
  });
  expect(record.timeline.map(({ to }) => to)).toEqual([
    'draining',
    'terminating',
    'post-processing',
    'closed',
  ]);
  expect(world.hangups(call)).toBe(1);
  expect(world.twilio.calls.get(call)?.status).toBe('completed');
  expect(world.gateway.verbs(call).filter((verb) => verb === 'mark')).toHaveLength(1);
  expect(world.gateway.verbs(call)).toContain('close');
  await world.until('the feed tells of the end', () => world.feed.includes(`${call} call.closed`));
  expect(world.feed).toEqual(
    expect.arrayContaining(
      [
        'call.started',
        'end.accepted',
        'state.changed',
        'effect.attempted',
        'effect.settled',
        'leg.settled',
      ].map((type) => `${call} ${type}`),
    ),
  );
  expect((await world.records(call)).map(({ recordVersion }) => recordVersion)).toEqual([1]);
});

test('a mark that never returns ends the call by ONHOOK_TIMERS_DRAIN_MS (row 7)', async () => {
  world.gateway.echoes = false;
  const call = world.startCall();
  world.gateway.say(call, 'end.requested', {});
  const record = await world.record(call);
  world.gateway.echoes = true;
  expect(record).toMatchObject({ endReason: 'agent_end_call', farewell: 'unconfirmed' });
});

test('a caller who left is hung up on nobody twice (row 18)', async () => {
  const call = world.startCall();
  world.gateway.say(call, 'caller.left', {});
  expect(await world.record(call)).toMatchObject({
    endedBy: 'caller',
    endReason: 'caller_hangup',
    farewell: 'none_needed',
  });
});

test('a room is deleted and its carrier leg verified', async () => {
  const call = world.newCallId();
  world.liveKit.addRoom({ name: 'support-1' });
  world.twilio.addCall({ sid: call });
  const legs = { carrier: { callSid: call }, room: { name: 'support-1' } };
  world.gateway.say(call, 'call.started', { provider: 'twilio', legs });
  world.gateway.say(call, 'end.requested', { farewell: 'none' });
  expect((await world.record(call)).legs['room']).toMatchObject({ termination: 'confirmed_by_response' });
  expect(world.liveKit.rooms.has('support-1')).toBe(false);
});

test('events before call.started are held and applied, a mark echo is dropped (row 64)', async () => {
  const call = world.newCallId();
  world.gateway.echoes = false;
  const held = await node.metric('onhook_inputs_total', '{verdict="held"}');
  world.gateway.say(call, 'mark.echoed', { name: 'early' });
  world.gateway.say(call, 'state.patched', { patch: { topic: 'early' } });
  world.gateway.say(call, 'end.requested', { farewell: 'none' });
  await world.until(
    'two are held',
    async () => (await node.metric('onhook_inputs_total', '{verdict="held"}')) === held + 2,
  );
  world.startCall({}, call);
  const record = await world.record(call);
  world.gateway.echoes = true;
  expect(record).toMatchObject({ farewell: 'none_needed', state: { topic: 'early' } });
});

test('another start with other legs is refused and changes nothing (log rule 39, invariant 16)', async () => {
  const call = world.startCall();
  await world.reaches(node, call, 'active');
  world.gateway.say(call, 'call.started', { provider: 'twilio', legs: { carrier: { callSid: 'CAother' } } });
  const refusal = await world.until('the gateway is told', () => world.gateway.command(call, 'call-refused'));
  expect(refusal.body).toMatchObject({ code: 'id_reused' });
  world.gateway.say(call, 'end.requested', { farewell: 'none' });
  await world.record(call);
  expect(world.hangups('CAother')).toBe(0);
  expect(world.hangups(call)).toBe(1);
});

test('an unknown provider is refused', async () => {
  const call = world.newCallId();
  world.gateway.say(call, 'call.started', { provider: 'carrier-pigeon', legs: {} });
  const refusal = await world.until('the gateway is told', () => world.gateway.command(call, 'call-refused'));
  expect(refusal.body['code']).toBeTypeOf('string');
  expect((await node.get(`/api/calls/${call}`)).status).toBe(404);
});

test('a closed call absorbs what still comes (invariant 15)', async () => {
  const call = world.startCall();
  world.gateway.say(call, 'end.requested', { farewell: 'none' });
  await world.record(call);
  const late = await node.metric('onhook_inputs_total', '{verdict="late"}');
  world.gateway.say(call, 'end.requested', {});
  world.gateway.say(call, 'call.started', { provider: 'twilio', legs: { carrier: { callSid: call } } });
  await world.until(
    'both are counted',
    async () => (await node.metric('onhook_inputs_total', '{verdict="late"}')) >= late + 2,
  );
  expect(await world.records(call)).toHaveLength(1);
  expect(world.hangups(call)).toBe(1);
});

test('repeated ends are one end, each answered (row 16, invariant 6)', async () => {
  world.gateway.echoes = false;
  const call = world.startCall();
  for (let repeat = 0; repeat < 5; repeat += 1) world.gateway.say(call, 'end.requested', {});
  const mark = await world.until('a mark is asked for', () => world.gateway.command(call, 'mark'));
  world.gateway.say(call, 'mark.echoed', { name: mark.body['name'] });
  const record = await world.record(call);
  world.gateway.echoes = true;
  expect(record.farewell).toBe('confirmed');
  expect(world.hangups(call)).toBe(1);
  const accepted = world.gateway.commands.filter(
    ({ callId, verb }) => callId === call && verb === 'end-accepted',
  );
  expect(accepted.filter(({ body }) => body['already'] === true).length).toBeGreaterThan(0);
});

test('a ready node says so on /readyz, and /livez lives', async () => {
  expect(await node.get('/readyz')).toMatchObject({ status: 200, body: { ready: true } });
  expect((await node.get('/livez')).status).toBe(200);
  expect(await node.metric('onhook_partitions_owned')).toBe(1);
});

test('the feed says from where to where and why, and raises its alarms with a code', async () => {
  const call = world.startCall();
  world.twilio.answerWith(call, () => ({ status: 401, body: { code: 20003, message: 'no', status: 401 } }));
  world.gateway.say(call, 'end.requested', { farewell: 'none' });
  const record = await world.record(call);
  expect(record.legs['carrier']).toMatchObject({ termination: 'failed' });
  await world.until('the feed tells of the end', () => world.feed.includes(`${call} call.closed`));
  const told = world.facts.filter(({ callId }) => callId === call);
  const data = (type: string): object[] => told.filter((fact) => fact.type === type).map((fact) => fact.data);
  expect(data('state.changed')[0]).toMatchObject({
    from: 'active',
    to: 'terminating',
    cause: expect.any(String),
  });
  expect(data('alarm.raised')).toEqual(
    expect.arrayContaining([expect.objectContaining({ code: expect.any(String) })]),
  );
  expect(data('call.closed')[0]).toMatchObject({ endReason: 'agent_end_call' });
});

test('a Twilio that stumbles is asked until it answers (rule R6)', async () => {
  const call = world.startCall();
  world.twilio.failNext(call, [{ status: 503 }, { status: 429, retryAfterS: 1 }]);
  world.gateway.say(call, 'end.requested', { farewell: 'none' });
  const record = await world.record(call);
  expect(record.legs['carrier']).toMatchObject({ termination: 'confirmed_by_response', attempts: 3 });
  expect(world.hangups(call)).toBe(3);
});

test('a start that is older than a day is refused (log rule 21)', async () => {
  const call = world.newCallId();
  const old = headers();
  old.set('ce-time', dateOf(systemClock.now() - 2 * 86_400_000).toISOString());
  const data = JSON.stringify({ provider: 'twilio', legs: { carrier: { callSid: call } } });
  world.connection.publish(`${PREFIX}.evt.gw1.${call}.call.started`, data, { headers: old });
  const next = world.startCall();
  await world.reaches(node, next, 'active');
  expect((await node.get(`/api/calls/${call}`)).status).toBe(404);
});

test('anybody may ask over NATS (query subjects)', async () => {
  const call = world.startCall();
  await world.reaches(node, call, 'active');
  for (const [name, question] of [
    ['calls', '{}'],
    ['call', JSON.stringify({ callId: call })],
  ] as const) {
    const answer = await world.connection.request(`${PREFIX}.query.${name}`, question, { timeout: 5_000 });
    expect(answer.string()).toContain(call);
  }
  const stats = await world.connection.request(`${PREFIX}.query.stats`, '', { timeout: 5_000 });
  expect(stats.json()).toMatchObject({ nodeId: 'node-a', partitions: [0] });
});
