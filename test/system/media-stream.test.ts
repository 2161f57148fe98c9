/**
 * The caller speaks during the goodbye, from the socket to the carrier: a plain `ws` server with
 * `attachTwilioMediaStream` and the `end_call` tool, one `onhook serve`, and a carrier that plays in real
 * time (rule R5). What the caller hears, what the model reads, and when the line is down.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attachTwilioMediaStream,
  connectGateway,
  createEndCallTool,
  END_CANCELLED_INSTRUCTION,
} from '../../src/gateway/index.ts';
import type { CallPolicy, EndCallTool, GatewayClient, MediaStream } from '../../src/gateway/index.ts';
import { startMediaCarrier } from '../../src/testing/stub-carrier/media-carrier.ts';
import type { MediaCarrier } from '../../src/testing/stub-carrier/media-carrier.ts';
import type { MediaCall } from '../../src/testing/stub-carrier/media-call.ts';
import { startGatewayServer } from '../gateway/world.ts';
import type { GatewayServer } from '../gateway/world.ts';
import { World } from './world.ts';

/** mu-law at 8 kHz. */
const GOODBYE_MS = 800;
const GOODBYE = Buffer.alloc((GOODBYE_MS / 1_000) * 8_000, 0x7f);

interface Line {
  readonly callId: string;
  readonly media: MediaCall;
  readonly stream: MediaStream;
  readonly endCall: EndCallTool;
  /** What the model read besides answers of its tool. */
  readonly model: string[];
}

let world: World;
let client: GatewayClient;
let carrier: MediaCarrier;
let server: GatewayServer;
let policy: CallPolicy = {};
let attached: Pick<Line, 'stream' | 'endCall' | 'model'> | undefined;

beforeAll(async () => {
  world = await World.open();
  await world.serve({ ONHOOK_TIMERS_LISTEN_QUIET_MS: '300', ONHOOK_TIMERS_LISTEN_MAX_MS: '900' });
  client = await connectGateway({ servers: world.nats.url, gateway: 'media' });
  carrier = startMediaCarrier({ stubTwilio: world.twilio });
  server = await startGatewayServer((socket) => {
    const model: string[] = [];
    const endCall = createEndCallTool({
      onCancelled: (instruction, toolCallId) => void model.push(`${toolCallId ?? ''}: ${instruction}`),
    });
    const stream = attachTwilioMediaStream(socket, {
      client,
      endCall,
      describe: () => ({ policy }),
    });
    attached = { stream, endCall, model };
  });
});
afterAll(async () => {
  await client.close();
  await carrier.close();
  await server.close();
  await world.close();
});

/** A call whose agent says goodbye and calls its tool; the mark is out, the goodbye plays. */
async function sayingGoodbye(given: CallPolicy): Promise<Line> {
  policy = given;
  attached = undefined;
  const callSid = world.newCallId();
  world.twilio.addCall({ sid: callSid });
  const media = await carrier.dial({ url: server.url, callSid, audio: false });
  const { stream, endCall, model } = await world.until('the gateway has the call', () =>
    attached?.stream.callId === undefined ? undefined : attached,
  );
  await goodbye({ stream, endCall, media }, 'call_1');
  return { callId: callSid, media, stream, endCall, model };
}

async function goodbye(
  { stream, endCall, media }: Pick<Line, 'stream' | 'endCall' | 'media'>,
  toolCallId: string,
): Promise<void> {
  const marks = media.commands.length;
  expect(stream.sendAudio(GOODBYE)).toBe(true);
  expect((await endCall.execute({}, { toolCallId })).status).toBe('ending');
  await world.until('the mark is out', () =>
    media.commands.slice(marks).some((each) => each.startsWith('mark')),
  );
}

describe('lock', () => {
  it('plays the goodbye to its end, whatever the caller says (row 9)', async () => {
    const line = await sayingGoodbye({ bargeIn: 'lock' });
    line.stream.callerSpoke('wait, one more question', true);
    expect(await world.record(line.callId)).toMatchObject({ farewell: 'confirmed' });
    expect(line.media.commands.filter((each) => each === 'clear')).toEqual([]);
    expect([line.media.playback.receivedBytes, line.media.playback.remainingMs()]).toEqual([
      GOODBYE.length,
      0,
    ]);
    expect(line.model).toEqual([]);
  });

  it('ends at once when the gateway itself clears: the mark that comes back proves nothing (row 10)', async () => {
    const line = await sayingGoodbye({ bargeIn: 'lock' });
    line.stream.clear();
    const record = await world.record(line.callId);
    expect(record).toMatchObject({ farewell: 'interrupted', endReason: 'agent_end_call' });
    expect(record.timeline.find(({ to }) => to === 'terminating')?.cause).toBe('playback.cleared');
  });
});

describe('listen', () => {
  it('ends the call once the caller was quiet (row 11)', async () => {
    const line = await sayingGoodbye({ bargeIn: 'listen' });
    await world.until('the goodbye was played', () => line.media.playback.remainingMs() < 100);
    line.stream.callerSpoke('and tell your colleague', true);
    const record = await world.record(line.callId);
    expect(record).toMatchObject({ farewell: 'confirmed', endReason: 'agent_end_call' });
    expect(line.media.commands.filter((each) => each === 'clear')).toEqual([]);
    expect(line.model).toEqual([]);
  });
});

describe('resume', () => {
  it.each(['okay, thanks', 'Nein danke, das war alles. Tschüss!'])(
    'takes "%s" for leave-taking, in its own language (row 13)',
    async (words) => {
      const line = await sayingGoodbye({ bargeIn: 'resume' });
      line.stream.callerSpoke(words, true);
      expect(await world.record(line.callId)).toMatchObject({ farewell: 'confirmed' });
      expect(line.model).toEqual([]);
    },
  );

  it('drops the goodbye, tells the model, lets the agent speak, and ends with its next call (rows 12, 14)', async () => {
    const line = await sayingGoodbye({ bargeIn: 'resume', bargeInMax: 1 });
    line.stream.callerSpoke('wait, one more question', true);
    await world.until('the model is told', () => line.model.length > 0);
    expect(line.model).toEqual([`call_1: ${END_CANCELLED_INSTRUCTION}`]);
    await world.until('the goodbye is dropped', () => line.media.commands.includes('clear'));
    expect([world.hangups(line.callId), line.media.playback.remainingMs()]).toEqual([0, 0]);
    await goodbye(line, 'call_2');
    // One more than the bound: now it is as with lock.
    line.stream.callerSpoke('wait, and another one', true);
    const record = await world.record(line.callId);
    expect(record).toMatchObject({ farewell: 'confirmed', endReason: 'agent_end_call' });
    expect(record.endAttempts.map(({ outcome }) => outcome)).toEqual(['cancelled', 'accepted']);
    expect(line.model).toHaveLength(1);
  });
});
