/**
 * Everything around one or more orchestrators: a NATS server, a Twilio, a LiveKit, a gateway. What a
 * world starts, it ends with the test that opened it.
 */
import { jetstreamManager, JetStreamApiError } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { callRecordSchema } from '../../src/contract/call-record.ts';
import type { CallRecord } from '../../src/contract/call-record.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import type { NatsServerOptions, RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startStubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import type { StubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import { startStubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import { Orchestrator } from './orchestrator.ts';
import { PlainGateway, PREFIX } from './plain-gateway.ts';
import { until } from './until.ts';

/** Short enough for tests, long enough for a busy machine; every other timer has its default. */
const TIMERS = {
  ONHOOK_TIMERS_LEASE_TTL_MS: '1500',
  ONHOOK_TIMERS_CHECKPOINT_MS: '200',
  ONHOOK_TIMERS_COMMAND_RETRY_MS: '500',
  ONHOOK_TIMERS_VERIFY_MS: '200',
  ONHOOK_TIMERS_SETTLE_MS: '50',
};

export interface StoredText {
  readonly seq: number;
  readonly subject: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export class World {
  readonly nats: RunningNatsServer;
  /** Of every server. */
  readonly natsUrl: string;
  readonly twilio: StubTwilio;
  readonly liveKit: StubLiveKit;
  readonly connection: NatsConnection;
  readonly gateway: PlainGateway;
  /** The live feed since the world was opened: `<callId> <type>`. */
  readonly feed: string[] = [];
  /** The same with what it says. */
  readonly facts: { readonly callId: string; readonly type: string; readonly data: object }[] = [];
  private readonly manager: JetStreamManager;
  private readonly orchestrators: Orchestrator[] = [];
  private calls = 0;

  private constructor(
    [nats, natsUrl]: readonly [RunningNatsServer, string],
    doubles: { twilio: StubTwilio; liveKit: StubLiveKit },
    connection: NatsConnection,
    manager: JetStreamManager,
  ) {
    this.nats = nats;
    this.natsUrl = natsUrl;
    this.twilio = doubles.twilio;
    this.liveKit = doubles.liveKit;
    this.connection = connection;
    this.manager = manager;
    this.gateway = new PlainGateway(connection);
    connection.subscribe(`${PREFIX}.out.>`, {
      callback: (_error, message) => {
        const [callId = '', ...type] = message.subject.slice(`${PREFIX}.out.`.length).split('.');
        this.feed.push(`${callId} ${type.join('.')}`);
        this.facts.push({ callId, type: type.join('.'), data: message.json() });
      },
    });
  }

  /** `cluster`: servers that run already and that somebody else ends, but the first. */
  static async open(
    options: NatsServerOptions = {},
    cluster: readonly RunningNatsServer[] = [],
  ): Promise<World> {
    const nats = cluster[0] ?? (await startNatsServer(options));
    const urls = [nats, ...cluster.slice(1)].map(({ url }) => url);
    const doubles = { twilio: await startStubTwilio(), liveKit: await startStubLiveKit() };
    const connection = await connect({
      servers: urls,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      reconnectJitter: 0,
    });
    const manager = await jetstreamManager(connection, { checkAPI: false });
    return new World([nats, urls.join(',')], doubles, connection, manager);
  }

  async close(): Promise<void> {
    await Promise.all(this.orchestrators.map((each) => each.kill()));
    await this.connection.close();
    await Promise.all([this.twilio.close(), this.liveKit.close(), this.nats.stop()]);
  }

  environment(env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const [account] = this.twilio.accounts;
    return {
      ...TIMERS,
      ONHOOK_NATS_URL: this.natsUrl,
      ONHOOK_ADMIN_PORT: '0',
      ONHOOK_INGRESS_PORT: '0',
      ONHOOK_NODE_ID: 'node-a',
      ONHOOK_LOG_LEVEL: 'warn',
      TWILIO_ACCOUNT_SID: account?.accountSid,
      TWILIO_AUTH_TOKEN: account?.authToken,
      ONHOOK_TWILIO_BASE_URL: this.twilio.url,
      LIVEKIT_URL: this.liveKit.url,
      LIVEKIT_API_KEY: this.liveKit.apiKey,
      LIVEKIT_API_SECRET: this.liveKit.apiSecret,
      ...env,
    };
  }

  /** Starts one without waiting for it. */
  launch(env: NodeJS.ProcessEnv = {}): Orchestrator {
    const orchestrator = new Orchestrator(this.environment(env));
    this.orchestrators.push(orchestrator);
    return orchestrator;
  }

  /** Starts one and waits until it is ready. */
  async serve(env: NodeJS.ProcessEnv = {}): Promise<Orchestrator> {
    const orchestrator = this.launch(env);
    await orchestrator.ready();
    return orchestrator;
  }

  newCallId(): string {
    this.calls += 1;
    return `CA${String(this.calls).padStart(32, '0')}`;
  }

  /** A call on Twilio that the gateway reports. Returns its id, which is the CallSid. */
  startCall(data: object = {}, callId = this.newCallId()): string {
    this.twilio.addCall({ sid: callId });
    const legs = { carrier: { callSid: callId } };
    this.gateway.say(callId, 'call.started', { provider: 'twilio', legs, ...data });
    return callId;
  }

  /** Until `condition`; what the orchestrators said is in the error. */
  until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
    return until(what, look, () => this.context());
  }

  reaches(orchestrator: Orchestrator, callId: string, state: string): Promise<unknown> {
    return this.until(`${callId} is in ${state}`, async () => (await orchestrator.stateOf(callId)) === state);
  }

  /** The gateway's own connection is back: what it publishes before is lost. */
  reconnected(): Promise<unknown> {
    const answered = (): Promise<boolean> =>
      this.connection.rtt().then(
        () => true,
        () => false,
      );
    return this.until('the gateway is connected', answered);
  }

  /** Hangups that reached Twilio for a call, whatever it answered. */
  hangups(callId: string): number {
    return this.twilio.requests().filter((each) => each.callSid === callId && each.method === 'POST').length;
  }

  /** The newest record, checked against its schema, once it is there. */
  async record(callId: string): Promise<CallRecord> {
    // While NATS is away there is no answer either.
    const isThere = (): Promise<boolean> =>
      this.records(callId).then(
        (versions) => versions.length > 0,
        () => false,
      );
    await this.until(`${callId} has a record`, isThere);
    return (await this.records(callId)).at(-1) as CallRecord;
  }

  /** Every stored version, oldest first. */
  async records(callId: string): Promise<CallRecord[]> {
    const stored = await this.stored('ONHOOK_RECORDS');
    return stored
      .filter(({ subject }) => subject === `${PREFIX}.record.${callId}`)
      .map(({ data }) => callRecordSchema.strict().parse(data));
  }

  /** Messages of the log about a call, in order. */
  async logOf(callId: string): Promise<StoredText[]> {
    return (await this.stored('ONHOOK_LOG')).filter(({ subject }) => subject.includes(`.${callId}.`));
  }

  /** Everything that a stream holds; text that is not JSON shows as `{}`. */
  async stored(stream: string): Promise<StoredText[]> {
    const { state } = await this.manager.streams.info(stream);
    const found: StoredText[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const message = await this.manager.streams.getMessage(stream, { seq }).catch(absent);
      if (message === null || message === undefined) continue;
      const { subject, header } = message;
      const type = header.get('ce-type') || subject.split('.').slice(-2).join('.');
      found.push({ seq, subject, type, data: parsed(message.string()) });
    }
    return found;
  }

  private context(): string {
    const requests = this.twilio
      .requests()
      .map(({ method, url, answered }) => `${method} ${url} ${answered}`);
    const commands = this.gateway.commands.map(({ callId, verb }) => `${callId} ${verb}`);
    const said = this.orchestrators.map((each) => each.stderr.slice(-3_000));
    return [...said, ...this.feed.slice(-30), ...commands.slice(-20), ...requests.slice(-20)].join('\n');
  }
}

function absent(error: unknown): undefined {
  if (error instanceof JetStreamApiError) return undefined;
  throw error;
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
