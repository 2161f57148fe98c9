/**
 * Six calls against the real thing: a real WebSocket gateway, real NATS messages, and doubles of
 * Twilio and LiveKit. Nothing here knows how onhook works; it only makes calls that end.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock/clock.ts';
import type { CallDetails, GatewayClient, MediaStream } from '../../gateway/index.ts';
import { connectGateway } from '../../gateway/index.ts';
import { startMediaCarrier } from '../../testing/stub-carrier/media-carrier.ts';
import type { MediaCarrier } from '../../testing/stub-carrier/media-carrier.ts';
import type { StubTwilio } from '../../testing/stub-twilio/stub-twilio.ts';
import { converse, goodbyeAfterMs } from './conversation.ts';
import { startMediaGateway } from './media-gateway.ts';
import type { MediaGateway } from './media-gateway.ts';
import { DemoStopped, Pace } from './pace.ts';
import { joinRoom } from './room-agent.ts';
import type { DemoScript, ExpectedEnd } from './script.ts';
import { DEMO_SCRIPTS } from './scripts.ts';

/** The module with the demo's end functions, for `ONHOOK_END_FUNCTIONS`: source or build, as this file is. */
export const DEMO_END_FUNCTIONS = new URL(
  import.meta.url.endsWith('.ts') ? './end-functions.ts' : './end-functions.js',
  import.meta.url,
);

export interface DemoCall {
  readonly callId: string;
  readonly provider: 'twilio' | 'livekit';
  /** For people. */
  readonly title: string;
  readonly expected: ExpectedEnd;
}

export interface DemoOptions {
  readonly natsUrl: string;
  /** Default `onhook.v1`. */
  readonly prefix?: string;
  readonly stubTwilio: StubTwilio;
  readonly clock: Clock;
  /** Where stub Twilio reports the end of a call, signed: the ingress of onhook. */
  readonly statusCallbackUrl?: string;
  /** Default: the six of {@link DEMO_SCRIPTS}. */
  readonly scripts?: readonly DemoScript[];
}

export interface Demo {
  /** What will be called, in order; known before anything rings. */
  readonly calls: readonly DemoCall[];
  /**
   * Plays every call once; the first rings at once, all have ended after about 25 s if somebody ends
   * them. Resolves when every stream and session is closed, or with {@link Demo.close}.
   */
  run(): Promise<void>;
  /** Stops what still plays and closes the gateway. May run twice. */
  close(): Promise<void>;
}

interface Stage {
  readonly options: DemoOptions;
  readonly client: GatewayClient;
  readonly gateway: MediaGateway;
  readonly carrier: MediaCarrier;
  readonly pace: Pace;
  readonly closing: Promise<void>;
  /** By CallSid. */
  readonly streams: ReadonlyMap<string, MediaStream>;
}

type Part = DemoCall & { readonly script: DemoScript };

/** Connects the gateway and waits for `run`. Rejects when NATS refuses the login. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { natsUrl, stubTwilio, clock, prefix, scripts = DEMO_SCRIPTS } = options;
  const parts = scripts.map(cast);
  const byId = new Map(parts.map((part) => [part.callId, part]));
  const pace = new Pace(clock);
  const client = await connectGateway({
    servers: natsUrl,
    gateway: 'demo',
    instance: 'demo-1',
    clock,
    ...(prefix === undefined ? {} : { prefix }),
  });
  const streams = new Map<string, MediaStream>();
  const gateway = await startMediaGateway({
    client,
    describe: ({ callSid }) => detailsOf(byId.get(callSid)?.script),
    onStart: (stream, { callSid }) => {
      streams.set(callSid, stream);
      const script = byId.get(callSid)?.script;
      if (script !== undefined) void converse(stream, script, pace).catch(onlyStopped);
    },
  });
  const carrier = startMediaCarrier({ stubTwilio, clock });
  let stop: () => void = () => undefined;
  const closing = new Promise<void>((resolve) => (stop = resolve));
  const stage: Stage = { options, client, gateway, carrier, pace, closing, streams };

  return {
    calls: parts.map(({ callId, provider, title, expected }) => ({ callId, provider, title, expected })),
    run: async () => void (await Promise.all(parts.map((part) => play(stage, part).catch(onlyStopped)))),
    close: async () => {
      pace.stop();
      stop();
      await carrier.close();
      await gateway.close();
      await client.close();
    },
  };
}

function cast(script: DemoScript): Part {
  const id = randomUUID().replaceAll('-', '');
  const callId = script.provider === 'twilio' ? `CA${id}` : `room-${id.slice(0, 12)}`;
  return { callId, provider: script.provider, title: script.title, expected: script.expected, script };
}

function detailsOf(script: DemoScript | undefined): CallDetails {
  if (script === undefined) return {};
  const { from, to, state, policy } = script;
  return { direction: 'inbound', from, to, state, ...(policy === undefined ? {} : { policy }) };
}

async function play(stage: Stage, part: Part): Promise<void> {
  await stage.pace.pause(part.script.startsAfterMs);
  await (part.provider === 'twilio' ? ring(stage, part) : meet(stage, part));
}

/** A call through Twilio: it is there on the REST side first, then its stream dials the gateway. */
async function ring(
  { options, carrier, gateway, pace, streams }: Stage,
  { callId, script }: Part,
): Promise<void> {
  const { stubTwilio, statusCallbackUrl } = options;
  const callback = statusCallbackUrl === undefined ? {} : { statusCallback: statusCallbackUrl };
  stubTwilio.addCall({ sid: callId, from: script.from, to: script.to, ...callback });
  if (script.twilioFaults !== undefined) stubTwilio.failNext(callId, script.twilioFaults);
  const media = await carrier.dial({
    url: gateway.url,
    callSid: callId,
    ...(script.marks === undefined ? {} : { marks: script.marks }),
  });
  if (script.callerLeavesAfterMs !== undefined) {
    await pace.pause(goodbyeAfterMs(script) + script.callerLeavesAfterMs);
    // A gateway that hears of it from its carrier says so; a stream that stops proves nothing.
    streams.get(callId)?.callLeft('the caller hung up');
    media.hangUpByCaller();
  }
  await media.closed;
}

/** A call in a room that LiveKit no longer has. */
async function meet({ options, client, pace, closing }: Stage, { callId, script }: Part): Promise<void> {
  const agent = joinRoom(client, callId, script, options.clock);
  await converse(agent.line, script, pace);
  await Promise.race([agent.closed, closing]);
}

function onlyStopped(error: unknown): void {
  if (!(error instanceof DemoStopped)) throw error;
}
