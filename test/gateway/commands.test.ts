/** One command, one answer: what the sender makes of every way a gateway can answer, or not. */
import { headers as natsHeaders } from '@nats-io/transport-node';
import type { Msg } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import { createGatewayCommands } from '../../src/carriers/gateway/gateway-commands.ts';
import type { GatewayCommands } from '../../src/carriers/gateway/gateway-commands.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { connectGateway } from '../../src/gateway/index.ts';
import { startLogServer } from './world.ts';
import type { LogServer } from './world.ts';

let log: LogServer;
let commands: GatewayCommands;

beforeAll(async () => {
  log = await startLogServer();
  commands = createGatewayCommands({ connection: log.connection, clock: systemClock, prefix: 'onhook.v1' });
});
afterAll(() => log.stop());

function send(callId: string, verb = 'ping', { timeoutMs = 5_000 } = {}): Promise<Outcome> {
  return commands.send({ gateway: 'gw1', callId, verb }, { effectId: 'e1', era: 0, seq: 1 }, { timeoutMs });
}

/** A gateway written by somebody else: answers as told. */
async function foreignGateway(callId: string, answer: (message: Msg) => void): Promise<void> {
  log.connection.subscribe(`onhook.v1.cmd.gw1.${callId}.*`, {
    callback: (_error, message) => answer(message),
  });
  await log.connection.flush();
}

function serviceError(code: string, text: string): ReturnType<typeof natsHeaders> {
  const headers = natsHeaders();
  headers.set('Nats-Service-Error', text);
  headers.set('Nats-Service-Error-Code', code);
  return headers;
}

describe('a command to a gateway', () => {
  it('is done with the fields of the answer', async () => {
    await foreignGateway('CA1', (message) => message.respond('{"ok":true,"audioMs":1200}'));
    expect(await send('CA1')).toEqual({ result: 'done', data: { audioMs: 1200 } });
  });

  it('is done, yet did not act, when it was superseded (log rule 33)', async () => {
    await foreignGateway('CA2', (message) => message.respond('{"ok":true,"acted":false,"why":"superseded"}'));
    expect(await send('CA2', 'mark')).toEqual({ result: 'done', data: { acted: false, why: 'superseded' } });
  });

  it.each([
    ['CA3', '{"ok":true}'],
    ['CA4', ''],
    ['CA5', '+OK'],
    ['CA6', '[1]'],
    ['CA7', `{"ok":true,"long":"${'x'.repeat(10_000)}"}`],
  ])('is done by any answer that does not refuse: a simple gateway works (%s)', async (callId, text) => {
    await foreignGateway(callId, (message) => message.respond(text));
    expect(await send(callId)).toEqual({ result: 'done' });
  });

  it.each([
    ['CA8', '501', 'unsupported', '501', 'unsupported'],
    ['CA9', 'no code at all', 'x'.repeat(999), 'refused', 'x'.repeat(200)],
  ])(
    'is refused with the service error of the answer (%s)',
    async (callId, code, text, wantedCode, wantedDetail) => {
      await foreignGateway(callId, (message) => message.respond('', { headers: serviceError(code, text) }));
      expect(await send(callId, 'say')).toEqual({
        result: 'refused',
        code: wantedCode,
        detail: wantedDetail,
      });
    },
  );

  it('meets no responder when nobody holds the call', async () => {
    expect(await send('CA10')).toEqual({ result: 'no-responder' });
  });

  it('is to be tried again when it stays unanswered', async () => {
    await foreignGateway('CA11', () => undefined);
    expect(await send('CA11', 'ping', { timeoutMs: 50 })).toEqual({ result: 'retry', code: 'unanswered' });
  });

  it('counts the first answer of two, each for its own request', async () => {
    await foreignGateway('CA12', (message) => {
      const { seq } = message.json<{ seq: number }>();
      for (const turn of ['first', 'second']) message.respond(JSON.stringify({ ok: true, seq, turn }));
    });
    const ask = (seq: number): Promise<Outcome> =>
      commands.send({ gateway: 'gw1', callId: 'CA12', verb: 'mark' }, { seq }, { timeoutMs: 5_000 });
    const outcomes = await Promise.all([1, 2, 3].map(ask));
    expect(outcomes).toEqual([1, 2, 3].map((seq) => ({ result: 'done', data: { seq, turn: 'first' } })));
  });

  it.each([
    ['*', 'ping'],
    ['a.b', 'ping'],
    ['CA13', '>'],
  ])('never reaches a subject that it should not: %s %s', async (callId, verb) => {
    expect(await send(callId, verb)).toEqual({ result: 'fatal', code: 'invalid_address' });
  });

  it('reaches a call whose id had to be encoded, and stops reaching it after its close', async () => {
    const client = await connectGateway({ servers: log.server.url, gateway: 'gw1' });
    const call = client.call('room with spaces/7', { handlers: { close: () => ({ jobs: 1 }) } });
    call.publish('call.started', { provider: 'livekit', legs: { room: { name: 'room with spaces/7' } } });
    expect(await client.flush()).toBe(true);
    expect(call.callId).toMatch(/^b64_/);
    expect(await send(call.callId, 'close')).toMatchObject({ result: 'done', data: { jobs: 1 } });
    const [started] = await log.events(call.callId);
    expect(started?.data['id']).toBe('room with spaces/7');
    await client.close();
    expect(await send(call.callId)).toEqual({ result: 'no-responder' });
  });
});

describe('a connection of ours that is away', () => {
  it('says nothing about the gateway: disconnected, not unanswered', async () => {
    const own = await startLogServer();
    const sender = createGatewayCommands({
      connection: own.connection,
      clock: systemClock,
      prefix: 'onhook.v1',
    });
    own.connection.subscribe('onhook.v1.cmd.gw1.CA1.*', { callback: () => void own.server.kill() });
    await own.connection.flush();
    const address = { gateway: 'gw1', callId: 'CA1', verb: 'ping' };
    const cut = await sender.send(address, {}, { timeoutMs: 500 });
    expect(cut).toEqual({ result: 'retry', code: 'disconnected' });
    expect(await sender.send(address, {}, { timeoutMs: 500 })).toEqual(cut);
    await own.stop();
  });
});
