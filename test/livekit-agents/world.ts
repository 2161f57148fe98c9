/** What these tests stand on: the real `@livekit/agents` with its own fake model, a real NATS, onhook's answers. */
import { initializeLogger, JobContext, runWithJobContext, voice } from '@livekit/agents';
import type { llm } from '@livekit/agents';
import { Room } from '@livekit/rtc-node';
import { onTestFinished } from 'vitest';
import { createGatewayCommands } from '../../src/carriers/gateway/gateway-commands.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { connectGateway } from '../../src/gateway/index.ts';
import { attachAgentSession } from '../../src/livekit-agents/index.ts';
import type { AttachedSession, AttachOptions } from '../../src/livekit-agents/index.ts';
import { startStubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import type { StubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import { startLogServer, until, untilStored } from '../gateway/world.ts';
import type { LogServer, StoredEvent } from '../gateway/world.ts';

initializeLogger({ pretty: false, level: 'silent' });

const ROOM = 'support-17';

/** The framework reads the name from a connected room. */
class NamedRoom extends Room {
  override get name(): string {
    return ROOM;
  }
}

/** A real `JobContext`, whose room lives at the stub. */
function jobContext(liveKit: StubLiveKit, shutdowns: string[]): JobContext {
  const info = {
    acceptArguments: { name: '', identity: 'agent', metadata: '' },
    job: { id: `AJ_${(jobs += 1)}`, room: { name: ROOM, sid: 'RM_1' } },
    url: liveKit.url,
    token: '',
    workerId: 'AW_1',
    apiKey: liveKit.apiKey,
    apiSecret: liveKit.apiSecret,
  } as unknown as ConstructorParameters<typeof JobContext>[1];
  const process = {} as ConstructorParameters<typeof JobContext<Record<string, unknown>>>[0];
  const executor = {} as ConstructorParameters<typeof JobContext>[5];
  const onShutdown = (reason: string): void => void shutdowns.push(reason);
  return new JobContext<Record<string, unknown>>(
    process,
    info,
    new NamedRoom(),
    () => undefined,
    onShutdown,
    executor,
  );
}

let jobs = 0;
let log: LogServer | undefined;

/** One NATS for the file. */
export async function openLog(): Promise<void> {
  log = await startLogServer();
}

export async function closeLog(): Promise<void> {
  await log?.stop();
}

export interface Agency extends AttachedSession {
  readonly session: voice.AgentSession;
  readonly job: JobContext;
  readonly liveKit: StubLiveKit;
  /** Reasons with which the job was shut down. */
  readonly shutdowns: string[];
  /** What the model reads and the caller hears, in order. */
  readonly items: string[];
  events(): Promise<StoredEvent[]>;
  /** The types in the log, once `type` is among them. */
  until(type: string): Promise<string[]>;
  /** onhook's command to this call. */
  command(verb: string, body?: JsonObject): Promise<Outcome>;
  /** The caller says it; resolves when the agent has answered. */
  say(userInput: string): Promise<void>;
  /** Runs what LiveKit runs when the job ends. */
  endJob(): Promise<void>;
}

export interface AgencyOptions extends Partial<Omit<AttachOptions, 'client' | 'job'>> {
  readonly model?: llm.LLM;
  /** onhook answers each request so; `undefined`: it does not answer. Default `end-accepted`. */
  readonly answers?: 'end-accepted' | 'end-refused' | undefined;
}

const REPLIES = [
  { input: 'bye', toolCalls: [{ name: 'end_call', args: {} }] },
  { input: '"say goodbye to the user"', content: 'Goodbye!' },
];

/** An agent in its job, attached, started and ready to talk. Closed when the test ends. */
export async function agency(options: AgencyOptions = {}): Promise<Agency> {
  if (log === undefined) throw new Error('openLog comes first');
  const server = log;
  const { model = new voice.testing.FakeLLM(REPLIES), answers, ...attach } = options;
  const liveKit = await startStubLiveKit();
  liveKit.addRoom({ name: ROOM });
  const client = await connectGateway({ servers: server.server.url, gateway: 'livekit' });
  const shutdowns: string[] = [];
  const items: string[] = [];
  const job = jobContext(liveKit, shutdowns);
  const session = new voice.AgentSession({ llm: model });
  session.on(voice.AgentSessionEventTypes.ConversationItemAdded, ({ item }) => {
    if (item.type === 'message') items.push(`${item.role}: ${item.textContent ?? ''}`);
  });
  const attached = runWithJobContext(job, () => attachAgentSession(session, { client, ...attach }));
  const { callId } = attached.call;
  const commands = createGatewayCommands({
    connection: server.connection,
    prefix: 'onhook.v1',
    clock: systemClock,
  });
  const command = (verb: string, body: JsonObject = {}): Promise<Outcome> => {
    sequence += 1;
    const header = { effectId: `e${sequence}`, era: 1, seq: sequence };
    const bounds = { timeoutMs: 5_000 };
    return commands.send({ gateway: 'livekit', callId, verb }, { ...header, ...body }, bounds);
  };
  const agent = new voice.Agent({ instructions: 'You help.', tools: [attached.endCallTool] });
  await runWithJobContext(job, () => session.start({ agent, record: false }));
  // As onhook: it commands a call that it has heard of, and whose gateway subscribed before it told.
  await untilStored(server, callId, 'call.started');
  onTestFinished(async () => {
    await session.close();
    await client.close({ timeoutMs: 500 });
    await liveKit.close();
  });
  if (answers !== undefined) {
    const body = answers === 'end-refused' ? { code: 'transfer_pending', reason: 'A transfer rings.' } : {};
    void until('the request', async () =>
      (await server.events(callId)).some(({ type }) => type === 'end.requested'),
    ).then(() => command(answers, { attempt: 1, ...body }));
  }
  return {
    ...attached,
    session,
    job,
    liveKit,
    shutdowns,
    items,
    command,
    events: () => server.events(callId),
    until: async (type) => (await untilStored(server, callId, type)).map((event) => event.type),
    say: (userInput) => runWithJobContext(job, () => session.generateReply({ userInput }).waitForPlayout()),
    endJob: async () => {
      await Promise.all(job.shutdownCallbacks.map((run) => run()));
    },
  };
}

let sequence = 0;
