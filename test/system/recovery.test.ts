/**
 * The orchestrator is killed in every state of a call and started again under the same name: the call
 * ends as if nothing had happened, with at most one repeat of what was in flight (invariants 6, 9, 12;
 * field rule 58).
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { Orchestrator } from './orchestrator.ts';
import { World } from './world.ts';

const NOTE = join(import.meta.dirname, 'functions/note.mjs');

let world: World;

beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

/** A crash, and another process under the same name. */
async function crash(node: Orchestrator, env: NodeJS.ProcessEnv = {}): Promise<Orchestrator> {
  await node.kill();
  return world.serve(env);
}

test('killed while the call is active', async () => {
  const node = await world.serve();
  const call = world.startCall({ state: { plan: 'gold' } });
  await world.reaches(node, call, 'active');
  const next = await crash(node);
  expect(await next.stateOf(call)).toBe('active');
  world.gateway.say(call, 'end.requested', {});
  expect(await world.record(call)).toMatchObject({
    endReason: 'agent_end_call',
    farewell: 'confirmed',
    state: { plan: 'gold' },
  });
  expect(world.hangups(call)).toBe(1);
});

test('killed while the farewell is spoken', async () => {
  const node = await world.serve();
  const call = world.startCall({ capabilities: { farewellEvents: true } });
  world.gateway.say(call, 'end.requested', {});
  world.gateway.say(call, 'farewell.started', { utteranceId: 'u1' });
  await world.reaches(node, call, 'farewell-speaking');
  await node.kill();
  // What is said while nobody runs is not lost.
  world.gateway.say(call, 'farewell.finished', { utteranceId: 'u1', audioMs: 500 });
  await world.serve();
  expect(await world.record(call)).toMatchObject({ endReason: 'agent_end_call', farewell: 'confirmed' });
  expect(world.hangups(call)).toBe(1);
});

test('killed while the playout drains: the mark keeps its name and its effect id (log rule 34)', async () => {
  world.gateway.echoes = false;
  const node = await world.serve();
  const call = world.startCall();
  world.gateway.say(call, 'end.requested', {});
  const mark = await world.until('a mark is asked for', () => world.gateway.command(call, 'mark'));
  await world.reaches(node, call, 'draining');
  await node.kill();
  world.gateway.say(call, 'mark.echoed', { name: mark.body['name'] });
  await world.serve();
  expect(await world.record(call)).toMatchObject({ farewell: 'confirmed' });
  const marks = world.gateway.commands.filter(({ callId, verb }) => callId === call && verb === 'mark');
  expect(new Set(marks.map(({ body }) => JSON.stringify([body['name'], body['effectId']]))).size).toBe(1);
  expect(marks.length).toBeLessThanOrEqual(2);
  expect(world.hangups(call)).toBe(1);
});

test('killed with a hangup in flight: one repeat, with the same effect id', async () => {
  const node = await world.serve();
  const call = world.startCall();
  world.twilio.failNext(call, [{ timeout: true, afterActing: true }]);
  world.gateway.say(call, 'end.requested', { farewell: 'none' });
  await world.until('the hangup reached Twilio', () => world.hangups(call) === 1);
  await crash(node);
  const record = await world.record(call);
  expect(record.legs['carrier']).toMatchObject({ termination: 'already_ended' });
  expect(world.hangups(call)).toBe(2);
  const settled = (await world.logOf(call)).filter(({ type }) => type === 'effect.settled');
  const hangups = settled.filter(({ data }) => JSON.stringify(data['outcome']).includes('gone'));
  expect(new Set(hangups.map(({ data }) => data['effectId'])).size).toBe(1);
});

test('killed while an end function runs: it runs again under the same idempotency key (log rule 35, field rule 37)', async () => {
  const keys: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      keys.push((JSON.parse(body) as { idempotencyKey: string }).idempotencyKey);
      // The first is never answered.
      if (keys.length > 1) response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const env = {
    ONHOOK_END_FUNCTIONS: NOTE,
    ONHOOK_END_FUNCTION_ENV: 'NOTE_URL',
    NOTE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  };
  try {
    const node = await world.serve(env);
    const call = world.startCall();
    world.gateway.say(call, 'end.requested', {});
    await world.until('the function runs', () => keys.length === 1);
    await crash(node, env);
    const record = await world.record(call);
    expect(record.endFunctions).toMatchObject([{ name: 'note', status: 'succeeded', attempts: 2 }]);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(world.hangups(call)).toBe(1);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('killed as the record is written: each version is there once (invariant 25)', async () => {
  let node = await world.serve();
  const calls = Array.from({ length: 12 }, () => world.startCall());
  for (const call of calls) world.gateway.say(call, 'end.requested', { farewell: 'none' });
  await world.until(
    'the first record is there',
    async () => (await world.stored('ONHOOK_RECORDS')).length > 0,
  );
  node = await crash(node);
  for (const call of calls) {
    await world.record(call);
    await world.reaches(node, call, 'closed');
    expect((await world.records(call)).map(({ recordVersion }) => recordVersion)).toEqual([1]);
    expect(world.hangups(call)).toBeLessThanOrEqual(2);
  }
});

test('frozen past the drain timer with the echo waiting in the log: the farewell is confirmed', async () => {
  world.gateway.echoes = false;
  const node = await world.serve({ ONHOOK_TIMERS_DRAIN_MS: '1000', ONHOOK_TIMERS_LEASE_TTL_MS: '5000' });
  const call = world.startCall();
  world.gateway.say(call, 'end.requested', {});
  const mark = await world.until('a mark is asked for', () => world.gateway.command(call, 'mark'));
  await world.until('it was answered', () => world.feed.includes(`${call} effect.settled`));
  await node.signal('SIGSTOP');
  world.gateway.say(call, 'mark.echoed', { name: mark.body['name'] });
  await world.connection.flush();
  const thawAt = systemClock.monotonic() + 1_500;
  await world.until('the drain timer is overdue', () => systemClock.monotonic() > thawAt);
  await node.signal('SIGCONT');
  expect(await world.record(call)).toMatchObject({ farewell: 'confirmed' });
});

test('NATS dies and comes back in the middle of a call', async () => {
  const node = await world.serve();
  world.gateway.echoes = false;
  const call = world.startCall();
  world.gateway.say(call, 'end.requested', {});
  const mark = await world.until('a mark is asked for', () => world.gateway.command(call, 'mark'));
  await world.reaches(node, call, 'draining');
  await world.nats.restart();
  await world.reconnected();
  world.gateway.say(call, 'mark.echoed', { name: mark.body['name'] });
  expect(await world.record(call)).toMatchObject({ farewell: 'confirmed', endReason: 'agent_end_call' });
  expect(world.hangups(call)).toBe(1);
});

test('doubled messages change nothing (invariant 13)', async () => {
  await world.serve();
  const call = world.newCallId();
  world.twilio.addCall({ sid: call });
  const started = { provider: 'twilio', legs: { carrier: { callSid: call } } };
  for (const [type, data] of [
    ['call.started', started],
    ['state.patched', { patch: { n: 1 } }],
    ['end.requested', { farewell: 'none' }],
    ['caller.left', {}],
  ] as const) {
    world.gateway.say(call, type, data);
    world.gateway.say(call, type, data);
  }
  expect(await world.record(call)).toMatchObject({ endReason: 'agent_end_call', state: { n: 1 } });
  expect(world.hangups(call)).toBe(1);
  expect(world.gateway.verbs(call)).not.toContain('call-refused');
});

test('killed again and again while a carrier is slow to believe: it ends once', async () => {
  const node = await world.serve();
  const call = world.newCallId();
  world.twilio.addCall({ sid: call, hangupLag: 'never' });
  world.gateway.say(call, 'call.started', { provider: 'twilio', legs: { carrier: { callSid: call } } });
  world.gateway.say(call, 'end.requested', { farewell: 'none' });
  await world.until('the hangup was accepted', () => world.hangups(call) >= 1);
  const second = await crash(node);
  await world.reaches(second, call, 'terminating');
  const third = await crash(second);
  await world.reaches(third, call, 'terminating');
  world.twilio.setStatus(call, 'completed');
  const record = await world.record(call);
  expect(['confirmed_by_poll', 'already_ended']).toContain(record.legs['carrier']?.termination);
  expect(await world.records(call)).toHaveLength(1);
});

test('killed while events wait for their call.started: they are applied by the next life (log rule 22)', async () => {
  const node = await world.serve();
  const call = world.newCallId();
  world.gateway.say(call, 'state.patched', { patch: { early: true } });
  await world.until(
    'it is held',
    async () => (await node.metric('onhook_inputs_total', '{verdict="held"}')) === 1,
  );
  const next = await crash(node);
  world.startCall({}, call);
  await world.reaches(next, call, 'active');
  world.gateway.say(call, 'end.requested', {});
  expect((await world.record(call)).state).toEqual({ early: true });
});

test('the log is away when the drain timer is due: nobody stays on a dead line (log rule 40)', async () => {
  world.gateway.echoes = false;
  // Long enough that a busy machine has killed the server before it is due.
  await world.serve({ ONHOOK_TIMERS_DRAIN_MS: '4000', ONHOOK_TIMERS_LOG_GRACE_MS: '1000' });
  const call = world.startCall();
  world.gateway.say(call, 'end.requested', {});
  await world.until('the mark was answered', () => world.feed.includes(`${call} effect.settled`));
  await world.nats.kill('SIGKILL');
  await world.until('Twilio is told', () => world.hangups(call) > 0);
  await world.nats.restart();
  const record = await world.record(call);
  expect(record).toMatchObject({ endReason: 'agent_end_call', emergency: true });
  expect(world.twilio.calls.get(call)?.status).toBe('completed');
});

test('a gateway that died in mid-farewell leaves no live line (row 27)', async () => {
  await world.serve();
  const call = world.startCall();
  await world.until('the call began', () => world.feed.includes(`${call} call.started`));
  world.gateway.deafen();
  world.gateway.say(call, 'end.requested', {});
  const record = await world.record(call);
  expect(record).toMatchObject({ endReason: 'agent_end_call', farewell: 'unconfirmed' });
  expect(record.causes.map(({ type }) => type)).toContain('gateway_lost');
  expect(record.legs['session']).toMatchObject({ termination: 'already_ended' });
  expect(world.hangups(call)).toBe(1);
});
