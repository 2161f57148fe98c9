/** Onhook beside a real Media Streams socket: facts go out, commands come in, audio is left alone. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import { createGatewayCommands } from '../../src/carriers/gateway/gateway-commands.ts';
import type { GatewayCommands } from '../../src/carriers/gateway/gateway-commands.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { attachTwilioMediaStream, connectGateway } from '../../src/gateway/index.ts';
import type { GatewayClient, MediaStream, MediaStreamOptions } from '../../src/gateway/index.ts';
import { startMediaCarrier } from '../../src/testing/stub-carrier/media-carrier.ts';
import type { MediaCarrier } from '../../src/testing/stub-carrier/media-carrier.ts';
import type { MediaCall } from '../../src/testing/stub-carrier/media-call.ts';
import { startStubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import { startGatewayServer, startLogServer, until, untilStored } from './world.ts';
import type { GatewayServer, LogServer } from './world.ts';

/** One second of mu-law. */
const SECOND = Buffer.alloc(8_000, 0xff);

let log: LogServer;
let commands: GatewayCommands;
let client: GatewayClient;
let stubTwilio: StubTwilio;
let carrier: MediaCarrier;
let gateway: GatewayServer;
let streams: MediaStream[];
let options: Partial<MediaStreamOptions>;
let calls = 0;

beforeAll(async () => {
  log = await startLogServer();
  commands = createGatewayCommands({ connection: log.connection, clock: systemClock, prefix: 'onhook.v1' });
});
afterAll(() => log.stop());

beforeEach(async () => {
  [streams, options] = [[], {}];
  client = await connectGateway({ servers: log.server.url, gateway: 'gw1', instance: 'i1' });
  stubTwilio = await startStubTwilio();
  carrier = startMediaCarrier({ stubTwilio, speed: 20 });
  gateway = await startGatewayServer((socket) => {
    streams.push(attachTwilioMediaStream(socket, { client, ...options }));
  });
});
afterEach(async () => {
  await carrier.close();
  await gateway.close();
  await stubTwilio.close();
  await client.close();
});

async function dial(
  marks: 'echoed' | 'never' = 'echoed',
): Promise<{ media: MediaCall; stream: MediaStream; callId: string }> {
  const callSid = `CA${(calls += 1).toString(16).padStart(32, '0')}`;
  stubTwilio.addCall({ sid: callSid });
  const media = await carrier.dial({ url: gateway.url, callSid, marks });
  const stream = await until('the stream', () => streams.find(({ callId }) => callId === callSid));
  return { media, stream, callId: callSid };
}

let effects = 0;
function command(callId: string, verb: string, body: JsonObject = {}): Promise<Outcome> {
  effects += 1;
  return commands.send(
    { gateway: 'gw1', callId, verb },
    { effectId: `e${effects}`, era: 0, seq: effects, ...body },
    { timeoutMs: 5_000 },
  );
}

const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

describe('the start of a stream', () => {
  it('becomes call.started with the carrier leg, then stream.started', async () => {
    options = { describe: () => ({ direction: 'inbound', state: { plan: 'gold' } }), farewellEvents: true };
    const { callId } = await dial();
    const [started, streamStarted] = await untilStored(log, callId, 'stream.started');
    expect(started?.data).toEqual({
      provider: 'twilio',
      legs: { carrier: { callSid: callId, accountSid: stubTwilio.accounts[0]?.accountSid } },
      capabilities: {
        marks: true,
        clear: true,
        say: false,
        farewell: false,
        farewellEvents: true,
        endCancelled: false,
      },
      direction: 'inbound',
      state: { plan: 'gold' },
      instance: 'i1',
    });
    expect(started?.headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-type': 'call.started',
      'ce-subject': callId,
      'ce-source': '/gateways/gw1/i1',
      'ce-sequence': '1',
      'Nats-Msg-Id': `gw1/${callId}/${started?.headers['ce-id']}`,
    });
    expect(streamStarted?.headers['ce-sequence']).toBe('2');
  });

  it('takes the span of the gateway along, in a header of each event', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    options = { traceparent: () => traceparent };
    const { callId } = await dial();
    for (const { headers } of await untilStored(log, callId, 'stream.started')) {
      expect(headers).toMatchObject({ traceparent });
    }
  });

  it('is waited for by what the agent says before it', async () => {
    options = { onStart: (stream) => stream.transcript('agent', 'second') };
    gateway = await restartedWith((stream) => stream.transcript('agent', 'first'));
    const { callId } = await dial();
    const stored = await until('both lines', async () => {
      const events = await log.events(callId);
      return events.length === 4 && events;
    });
    expect(stored.map(({ type, data }) => data['text'] ?? type)).toEqual([
      'call.started',
      'stream.started',
      'first',
      'second',
    ]);
  });
});

describe('the farewell mark', () => {
  it('is sent behind the audio and published when the carrier has played it', async () => {
    const { media, stream, callId } = await dial();
    stream.sendAudio(SECOND);
    stream.endCall({ farewell: 'spoken', reason: 'caller satisfied' });
    const outcome = await command(callId, 'mark', { name: 'farewell-1' });
    expect(outcome).toMatchObject({ result: 'done', data: { instance: 'i1' } });
    expect(outcome.data?.['audioMs']).toBeGreaterThan(0);
    const events = await untilStored(log, callId, 'mark.echoed');
    expect(types(events)).toEqual(['call.started', 'stream.started', 'end.requested', 'mark.echoed']);
    expect(events.at(-1)?.data).toEqual({ name: 'farewell-1' });
    expect(media.commands).toEqual(['mark farewell-1']);
  });

  it('is a fence: no audio follows it, until the end is cancelled (field rule 3)', async () => {
    const { media, stream, callId } = await dial('never');
    expect(stream.sendAudio(SECOND)).toBe(true);
    await command(callId, 'mark', { name: 'm1' });
    expect(stream.sendAudio(SECOND)).toBe(false);
    await command(callId, 'end-cancelled', { attempt: 1 });
    expect(stream.sendAudio(SECOND)).toBe(true);
    await until('two seconds of audio', () => media.playback.receivedBytes === 16_000);
  });

  it('waits for the audio that the agent still makes, unless it is withdrawn meanwhile', async () => {
    let finish: () => void = () => undefined;
    options = { beforeMark: () => new Promise<void>((resolve) => (finish = resolve)) };
    const { media, stream, callId } = await dial();
    const marked = command(callId, 'mark', { name: 'm1' });
    await command(callId, 'ping');
    expect(stream.sendAudio(SECOND)).toBe(true);
    finish();
    expect(await marked).toMatchObject({ result: 'done' });
    await until('the mark', () => media.commands.length === 1);

    const withdrawn = command(callId, 'mark', { name: 'm2' });
    await command(callId, 'end-cancelled', { attempt: 1 });
    finish();
    expect(await withdrawn).toMatchObject({ result: 'done', data: { acted: false, why: 'superseded' } });
    expect(media.commands).toEqual(['mark m1']);
  });

  it('comes back on clear after playback.cleared is in the log (field rule 16)', async () => {
    const { media, stream, callId } = await dial();
    stream.sendAudio(Buffer.alloc(800_000, 0xff));
    await command(callId, 'mark', { name: 'm1' });
    await command(callId, 'clear');
    const events = await untilStored(log, callId, 'mark.echoed');
    expect(types(events)).toEqual(['call.started', 'stream.started', 'playback.cleared', 'mark.echoed']);
    expect(media.commands).toEqual(['mark m1', 'clear']);
  });

  it('is the only one published: marks of the agent are its own (field rule 6)', async () => {
    const { media, stream, callId } = await dial();
    media.sendRaw(JSON.stringify({ event: 'mark', mark: { name: 'utterance-7' } }));
    stream.callLeft();
    const events = await untilStored(log, callId, 'caller.left');
    expect(types(events)).toEqual(['call.started', 'stream.started', 'caller.left']);
  });
});

describe('the end of a stream', () => {
  it('is said once and never as the end of the call (field rule 20)', async () => {
    const { media, callId } = await dial();
    media.hangUpByCaller();
    await media.closed;
    const events = await untilStored(log, callId, 'stream.stopped');
    expect(types(events)).toEqual(['call.started', 'stream.started', 'stream.stopped']);
    expect(stubTwilio.calls.get(callId)?.status).toBe('completed');
    expect(await command(callId, 'ping')).toMatchObject({ result: 'done' });
    expect(await command(callId, 'mark', { name: 'm1' })).toEqual({
      result: 'refused',
      code: '409',
      detail: 'stream_closed',
    });
  });

  it('is noticed when the socket is lost without a word', async () => {
    const { media, callId } = await dial();
    media.loseConnection();
    expect(types(await untilStored(log, callId, 'stream.stopped'))).toContain('stream.stopped');
  });

  it('follows a call that was completed by request', async () => {
    const { media, callId } = await dial();
    stubTwilio.setStatus(callId, 'completed');
    await media.closed;
    await untilStored(log, callId, 'stream.stopped');
  });

  it('is brought about by the close command, with its reason', async () => {
    const reasons: unknown[] = [];
    options = { onClose: (reason) => reasons.push(reason) };
    const { media, callId } = await dial();
    expect(await command(callId, 'close', { reason: 'call ended' })).toMatchObject({ result: 'done' });
    expect(await command(callId, 'close', { reason: 'again' })).toMatchObject({ result: 'done' });
    await media.closed;
    expect(reasons).toEqual(['call ended']);
  });
});

describe('what the caller says', () => {
  it('before the end is in the log before the end, though speech is thinned out (log rule 42)', async () => {
    const { stream, callId } = await dial();
    for (const words of ['good', 'good b', 'goodbye']) stream.callerSpoke(words);
    stream.endCall({ by: 'phrase' });
    const events = await untilStored(log, callId, 'end.requested');
    expect(events.slice(2).map(({ type, data }) => data['text'] ?? type)).toEqual([
      'good',
      'goodbye',
      'end.requested',
    ]);
  });
});

describe('what has no place on the socket', () => {
  it('is counted and ignored: garbage, other shapes, a second start', async () => {
    const { media, stream, callId } = await dial();
    const { callSid, streamSid } = media;
    const start = { streamSid, callSid, accountSid: 'AC1' };
    const garbage = [
      '',
      '{',
      'null',
      '[]',
      '42',
      '{"event":7}',
      '{"event":"start"}',
      '{"event":"mark","mark":{"name":7}}',
    ];
    for (const text of garbage) media.sendRaw(text);
    media.sendRaw(JSON.stringify({ event: 'start', start }));
    media.sendRaw(JSON.stringify({ event: 'start', start: { ...start, callSid: 'x.*.>' } }));
    media.sendRaw('['.repeat(70_000));
    await until('every frame', () => stream.ignoredFrames === garbage.length + 3);
    stream.callLeft();
    const events = await untilStored(log, callId, 'caller.left');
    expect(types(events)).toEqual(['call.started', 'stream.started', 'caller.left']);
  });

  it('is nothing of the audio: not one message per frame', async () => {
    const { media, stream, callId } = await dial();
    await until('audio of the caller', () => media.framesSent > 50);
    stream.callLeft();
    expect(await untilStored(log, callId, 'caller.left')).toHaveLength(3);
  });
});

describe('the commands farewell and say', () => {
  it('reach the agent when it can, and are refused as unsupported when it cannot (row 5)', async () => {
    const asked: string[] = [];
    options = { onCommandSay: ({ text }) => void asked.push(text) };
    const { callId } = await dial();
    expect(await command(callId, 'say', { text: 'Goodbye.', utteranceId: 'u1' })).toMatchObject({
      result: 'done',
    });
    expect(asked).toEqual(['Goodbye.']);
    const refused = await command(callId, 'farewell', { attempt: 1, utteranceId: 'u2' });
    expect(refused).toEqual({ result: 'refused', code: '501', detail: 'unsupported_command' });
    const [started] = await untilStored(log, callId, 'call.started');
    expect(started?.data['capabilities']).toMatchObject({ say: true, farewell: false });
  });
});

/** The same gateway, with something said as soon as the socket is there. */
async function restartedWith(say: (stream: MediaStream) => void): Promise<GatewayServer> {
  await gateway.close();
  return startGatewayServer((socket) => {
    const stream = attachTwilioMediaStream(socket, { client, ...options });
    streams.push(stream);
    say(stream);
  });
}
