/** NATS goes away in mid-call: nothing that matters is lost, nothing comes twice, order stays. */
import { AuthorizationError } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { connectGateway, InvalidGatewayName } from '../../src/gateway/index.ts';
import type { GatewayCall, GatewayClient, GatewayProblem } from '../../src/gateway/index.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { startLogServer, until } from './world.ts';
import type { LogServer } from './world.ts';

let log: LogServer;
let clients: GatewayClient[];
let problems: GatewayProblem[];

beforeEach(async () => {
  [clients, problems] = [[], []];
  log = await startLogServer();
});
afterEach(async () => {
  for (const client of clients) await client.close({ timeoutMs: 1 });
  await log.stop();
});

async function connected(
  options: { bufferMax?: number; firstConnectMs?: number } = {},
): Promise<GatewayClient> {
  const client = await connectGateway({
    nats: { servers: log.server.url, reconnectTimeWait: 50 },
    gateway: 'gw1',
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  clients.push(client);
  return client;
}

function started(client: GatewayClient, callId: string): GatewayCall {
  const call = client.call(callId);
  call.publish('call.started', { provider: 'twilio', legs: { carrier: { callSid: callId } } });
  return call;
}

const line = (call: GatewayCall, text: string): void =>
  call.publish('transcript.appended', { role: 'agent', text });

async function texts(callId: string): Promise<unknown[]> {
  return (await log.events(callId)).map(({ type, data }) => data['text'] ?? type);
}

describe('events while NATS is away', () => {
  it('wait and arrive in order, each once, when it is killed and started again', async () => {
    const client = await connected();
    const calls = ['CA1', 'CA2', 'CA3'].map((callId) => started(client, callId));
    const said: string[] = [];
    const say = (count: number): void => {
      for (let n = 0; n < count; n += 1) {
        said.push(`line ${said.length}`);
        for (const call of calls) line(call, said.at(-1) ?? '');
      }
    };
    say(50);
    await log.server.kill();
    say(50);
    await until('the client to notice', () => !client.stats().connected);
    say(50);
    await log.server.restart();
    say(50);
    expect(await client.flush(20_000)).toBe(true);
    for (const { callId } of calls) {
      expect(await texts(callId)).toEqual(['call.started', ...said]);
      const sequences = (await log.events(callId)).map(({ headers }) => headers['ce-sequence']);
      expect(sequences).toEqual(sequences.map((_, index) => String(index + 1)));
    }
    expect(client.stats()).toEqual({ buffered: 0, dropped: 0, connected: true });
  });

  it('wait also when NATS was not there at the start', async () => {
    await log.server.kill();
    const client = await connected({ firstConnectMs: 20 });
    expect(client.stats().connected).toBe(false);
    const call = started(client, 'CA4');
    call.publish('end.requested', { reason: 'done' });
    await log.server.restart();
    expect(await client.flush(20_000)).toBe(true);
    expect(await texts('CA4')).toEqual(['call.started', 'end.requested']);
    await until('commands to be heard', () => ping('CA4'));
  });

  it('are sent again under the same id while the stream does not answer', async () => {
    const client = await connected();
    const call = started(client, 'CA5');
    await client.flush();
    await log.server.kill('SIGSTOP');
    // The signal may arrive after the first of them.
    const said: string[] = [];
    await until('an unacknowledged publish', () => {
      line(call, said[said.push(`line ${said.length}`) - 1] ?? '');
      return problems.some(({ code }) => code === 'event_unacknowledged');
    });
    await log.server.kill('SIGCONT');
    expect(await client.flush(20_000)).toBe(true);
    expect(await texts('CA5')).toEqual(['call.started', ...said]);
  });

  it('are dropped when there are too many: speech first, an end request never', async () => {
    const client = await connected({ bufferMax: 10 });
    const call = started(client, 'CA6');
    await client.flush();
    await log.server.kill();
    await until('the client to notice', () => !client.stats().connected);
    call.publish('agent.spoke');
    call.publish('end.requested', { reason: 'one' });
    for (let n = 0; n < 8; n += 1) call.publish('caller.spoke', { text: `word ${n}`, final: true });
    for (let n = 0; n < 8; n += 1) line(call, `line ${n}`);
    for (let n = 0; n < 12; n += 1) call.publish('end.requested', { reason: `more ${n}` });
    await log.server.restart();
    expect(await client.flush(20_000)).toBe(true);
    const events = await log.events('CA6');
    const ends = events.filter(({ type }) => type === 'end.requested').map(({ data }) => data['reason']);
    expect(ends).toEqual(['one', ...Array.from({ length: 12 }, (_, n) => `more ${n}`)]);
    expect(events.filter(({ type }) => type === 'caller.spoke')).toEqual([]);
    expect(client.stats().dropped).toBe(problems.filter(({ code }) => code === 'event_dropped').length);
  });
});

describe('an event that can never be stored', () => {
  it('is reported and does not hold up those behind it', async () => {
    const client = await connected();
    const call = started(client, 'CA7');
    line(call, 'x'.repeat(70_000));
    call.publish('caller.left', {});
    await client.flush();
    expect(await texts('CA7')).toEqual(['call.started', 'caller.left']);
    expect(problems).toEqual([{ code: 'event_too_large', callId: 'CA7', subject: 'transcript.appended' }]);
  });

  it('is never made by a gateway whose name does not fit: refused at start', async () => {
    await expect(connectGateway({ gateway: '_operator' })).rejects.toBeInstanceOf(InvalidGatewayName);
    await expect(connectGateway({ gateway: 'a.b' })).rejects.toMatchObject({ code: 'invalid_gateway_name' });
  });
});

describe('a gateway that shuts down', () => {
  it('leaves nothing behind that keeps its process alive, calls in their grace included', async () => {
    const clock = new ManualClock();
    const client = await connectGateway({ servers: log.server.url, gateway: 'gw1', clock });
    const call = started(client, 'CA9');
    call.publish('agent.spoke');
    call.close({ graceMs: 60_000 });
    await client.close();
    expect(clock.nextDue()).toBeUndefined();
    expect(await ping('CA9')).toBeUndefined();
  });

  it('stops dialling a server that never came', async () => {
    await log.server.kill();
    const clock = new ManualClock();
    const connecting = connectGateway({ servers: log.server.url, gateway: 'gw1', clock });
    await until('the first refusal', () => clock.nextDue() === 500);
    clock.advance(5_000);
    const client = await connecting;
    const closing = client.close();
    clock.advance(5_000);
    await closing;
    expect(clock.nextDue()).toBeUndefined();
    await log.server.restart();
  });
});

describe('a login that NATS refuses', () => {
  it('rejects at once, since waiting cannot help', async () => {
    const guarded = await startNatsServer({ config: 'authorization { token: right }' });
    const wrong = connectGateway({ nats: { servers: guarded.url, token: 'wrong' }, gateway: 'gw1' });
    await expect(wrong).rejects.toBeInstanceOf(AuthorizationError);
    const client = await connectGateway({ nats: { servers: guarded.url, token: 'right' }, gateway: 'gw1' });
    expect(client.stats().connected).toBe(true);
    await client.close();
    await guarded.stop();
  });
});

describe('a gateway without permission to publish', () => {
  it('is told so, instead of silence', async () => {
    const user = '{ user: gw, password: pw, permissions: { publish: "elsewhere" } }';
    const guarded = await startNatsServer({ config: `authorization { users: [${user}] }` });
    const client = await connectGateway({
      nats: { servers: guarded.url, user: 'gw', pass: 'pw' },
      gateway: 'gw1',
      onProblem: (problem) => problems.push(problem),
    });
    started(client, 'CA10');
    const refused = await until('the refusal', () =>
      problems.find(({ code }) => code === 'permission_refused'),
    );
    expect(refused.subject).toBe('onhook.v1.evt.gw1.CA10.call.started');
    await client.close({ timeoutMs: 1 });
    await guarded.stop();
  });
});

describe('a call taken over by another instance', () => {
  it('answers commands there and leaves out the numbering it does not know (row 29)', async () => {
    const first = await connected();
    const call = started(first, 'CA8');
    await first.flush();
    call.close({ graceMs: 0 });
    const second = await connected();
    const resumed = second.call('CA8', { resumed: true });
    resumed.publish('stream.started');
    await second.flush();
    const events = await log.events('CA8');
    expect(events.map(({ headers }) => headers['ce-sequence'])).toEqual(['1', undefined]);
    const answer = await until('an answer', () => ping('CA8'));
    expect(answer).toEqual({ ok: true, instance: second.instance });
  });
});

async function ping(callId: string): Promise<unknown> {
  const reply = await log.connection.request(`onhook.v1.cmd.gw1.${callId}.ping`, '{}').catch(() => undefined);
  return reply?.json();
}
