/** The record on a NATS subject, over a real server: stored once, and what it means when nobody stores it. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPublisher } from '../../../src/cli/serve/publisher.ts';
import { definePublish } from '../../../src/end-functions/shipped/publish.ts';
import { startNatsServer } from '../../../src/testing/nats-server.ts';
import type { RunningNatsServer } from '../../../src/testing/nats-server.ts';
import { input } from '../fixture.ts';
import { signal, stage } from './receiver.ts';
import type { Stage } from './receiver.ts';

let server: RunningNatsServer;
let connection: NatsConnection;
let on: Stage;
beforeAll(async () => {
  server = await startNatsServer();
  connection = await connect({ servers: server.url });
  await (await jetstreamManager(connection)).streams.add({ name: 'CALLS', subjects: ['calls.>'] });
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});
beforeEach(() => void (on = stage()));
afterEach(() => on.close());

const ship = (subject: string, acknowledged = true) =>
  on.ship(definePublish({ subject, acknowledged, timeoutMs: 2_000 }, createPublisher(connection)));
const given = { ...input, call: { ...input.call, endReason: 'caller_hangup' } };

it('is stored once by a stream, however often it is published (invariant 9)', async () => {
  const publish = ship('calls.ended.{call.endReason}');
  const first = await publish.run(given, { signal });
  expect(first).toMatchObject({
    result: 'done',
    data: { output: { stream: 'CALLS', seq: 1, duplicate: false } },
  });
  const again = await publish.run({ ...given, attempt: 2 }, { signal });
  expect(again).toMatchObject({ data: { output: { seq: 1, duplicate: true } } });
  const stored = await (await jetstreamManager(connection)).streams.getMessage('CALLS', { seq: 1 });
  expect(stored?.subject).toBe('calls.ended.caller_hangup');
  expect(stored?.json()).toEqual({ type: 'onhook.call.ended.v1', data: given.call });
});

it('is tried again while no stream takes the subject, unless nobody has to', async () => {
  expect(await ship('nowhere').run(given, { signal })).toMatchObject({
    result: 'retry',
    code: 'publish_unstored',
  });
  const heard = connection.subscribe('nowhere', { max: 1 });
  expect(await ship('nowhere', false).run(given, { signal })).toEqual({ result: 'done' });
  for await (const message of heard) expect(message.headers?.get('Nats-Msg-Id')).toBe(input.idempotencyKey);
});

it.each(['two tokens', 'a.b', '*', ''])('never puts %j of a call into a subject', async (intent) => {
  const outcome = await ship('calls.{state.intent}').run({ ...given, state: { intent } }, { signal });
  expect(outcome).toMatchObject({ result: 'fatal', code: 'publish_subject_invalid' });
});
