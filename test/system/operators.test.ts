/** What people do to a node: end and kill calls, pause it, choose how much it may do, give it functions. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startStubCrm } from '../../src/testing/stub-crm.ts';
import { World } from './world.ts';

const NOTE = join(import.meta.dirname, 'functions/note.mjs');

let world: World;

beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

test('an operator ends, kills and is refused with stable codes (rows 48 to 50)', async () => {
  const node = await world.serve();
  world.gateway.echoes = false;
  const [ended, killed] = [world.startCall(), world.startCall()];
  await world.reaches(node, killed, 'active');

  expect(await node.post(`/api/calls/${killed}/end-cancelled`)).toMatchObject({
    status: 409,
    body: { code: 'call_conflict' },
  });
  expect(await node.post('/api/calls/unknown/kill')).toMatchObject({
    status: 404,
    body: { code: 'call_not_found' },
  });
  expect(await node.post(`/api/calls/${killed}/kill`, { reason: 'test' })).toMatchObject({
    status: 202,
    body: { seq: expect.any(Number) },
  });
  expect(await world.record(killed)).toMatchObject({
    endedBy: 'operator',
    endReason: 'operator_ended',
    farewell: 'none_needed',
  });
  expect(world.gateway.verbs(killed)).not.toContain('mark');
  await world.reaches(node, killed, 'closed');
  expect(await node.post(`/api/calls/${killed}/kill`)).toMatchObject({
    status: 409,
    body: { code: 'call_closed' },
  });

  expect((await node.post(`/api/calls/${ended}/end`)).status).toBe(202);
  expect(await world.record(ended)).toMatchObject({ endedBy: 'operator', endReason: 'operator_ended' });
});

test('a paused node only notes what it would do, and does it once resumed (rule R11)', async () => {
  const node = await world.serve();
  const call = world.startCall();
  await world.reaches(node, call, 'active');
  expect((await node.post('/api/pause')).status).toBe(202);
  await world.until('the node is paused', async () => (await node.get('/api/stats')).body['paused'] === true);
  world.gateway.say(call, 'end.requested', { farewell: 'none' });
  await world.reaches(node, call, 'terminating');
  const paused = await node.get(`/api/calls/${call}`);
  expect(JSON.stringify(paused.body['account'])).toContain('hang-up-leg');
  expect(world.hangups(call)).toBe(0);
  expect((await node.post('/api/resume')).status).toBe(202);
  const record = await world.record(call);
  expect(record.would?.map(({ effect }) => effect)).toContain('hang-up-leg');
  expect(world.hangups(call)).toBe(1);
});

test('observe asks for nothing and keeps what it would have done (row 63)', async () => {
  const node = await world.serve({ ONHOOK_MODE: 'observe', ONHOOK_TIMERS_TERMINATE_MS: '300' });
  const call = world.startCall();
  world.gateway.say(call, 'end.requested', {});
  await world.reaches(node, call, 'draining');
  world.gateway.say(call, 'caller.left', {});
  const record = await world.record(call);
  expect(record).toMatchObject({ endReason: 'agent_end_call', farewell: 'skipped_caller_left' });
  expect(record.legs['carrier']).toMatchObject({ termination: 'not_ours' });
  expect(record.would?.map(({ effect }) => effect)).toEqual(expect.arrayContaining(['hang-up-leg']));
  expect(world.hangups(call)).toBe(0);
  expect(world.gateway.verbs(call)).toEqual([]);
});

test('backstop hangs up only when the gateway did not (rows 61 and 62)', async () => {
  await world.serve({
    ONHOOK_MODE: 'backstop',
    ONHOOK_TIMERS_DRAIN_MS: '300',
    ONHOOK_TIMERS_BACKSTOP_GRACE_MS: '300',
  });
  const call = world.startCall();
  world.gateway.say(call, 'end.requested', {});
  const record = await world.record(call);
  expect(record).toMatchObject({ endReason: 'agent_end_call', farewell: 'unconfirmed' });
  expect(record.causes.map(({ type }) => type)).toContain('backstop_acted');
  expect(world.gateway.verbs(call)).not.toContain('mark');
  expect(world.hangups(call)).toBe(1);
});

test('end functions run after the call, and the webhook carries a signature that verifies', async () => {
  const crm = await startStubCrm();
  try {
    await world.serve({
      ONHOOK_END_FUNCTIONS: NOTE,
      ONHOOK_WEBHOOK_URL: crm.url,
      ONHOOK_WEBHOOK_SECRET: crm.secret,
    });
    const call = world.startCall();
    world.gateway.say(call, 'end.requested', {});
    const record = await world.record(call);
    expect(record).toMatchObject({ disposition: { code: 'noted' } });
    expect(record.endFunctions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'note', status: 'succeeded', output: { noted: 'agent_end_call' } }),
        expect.objectContaining({ name: 'webhook', status: 'succeeded' }),
      ]),
    );
    expect(crm.refused()).toBe(0);
    expect(crm.deliveries()).toHaveLength(1);
    expect(crm.deliveries()[0]?.body).toMatchObject({
      type: 'onhook.call.ended.v1',
      data: { callId: call, endReason: 'agent_end_call' },
    });
  } finally {
    await crm.close();
  }
});

test('a half configured Twilio is refused at start by name', async () => {
  const node = world.launch({ TWILIO_AUTH_TOKEN: undefined });
  expect(await node.exit()).toBe(78);
  expect(node.stderr).toContain('TWILIO_AUTH_TOKEN');
  expect(node.stdout).toBe('');
});
