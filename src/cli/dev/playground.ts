/**
 * Everything on this machine: a NATS server unless one is named, doubles of Twilio, LiveKit and a CRM,
 * and the orchestrator in this process. What it starts, it ends.
 */
import { devNull } from 'node:os';
import type { TestCalls } from '../../admin/parts.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { loadConfig } from '../../config/config.ts';
import type { Config, LoadedConfig } from '../../config/config.ts';
import { startStubCrm } from '../../testing/stub-crm.ts';
import type { StubCrm } from '../../testing/stub-crm.ts';
import { startStubLiveKit } from '../../testing/stub-livekit/stub-livekit.ts';
import type { StubLiveKit } from '../../testing/stub-livekit/stub-livekit.ts';
import { startStubTwilio } from '../../testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../testing/stub-twilio/stub-twilio.ts';
import { Closers } from '../closers.ts';
import { startLocalServer } from '../nats/local-server.ts';
import { timerSettings } from '../serve/admin.ts';
import { startNode } from '../serve/node.ts';
import type { RunningNode } from '../serve/node.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { secretsOf } from '../nats/log-options.ts';
import { firstFree } from './ports.ts';

export interface PlaygroundOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Setting path → text of its flag. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Configuration file; without one none is read: it may hold real credentials. */
  readonly file?: string | undefined;
  /** `preferred`: the configured ones, else free ones. */
  readonly ports: 'preferred' | 'free';
  /** Modules with end functions, besides the webhook to the CRM. */
  readonly endFunctions: readonly string[];
  /** Where the log of the orchestrator goes. Default: stderr. */
  readonly logTo?: NodeJS.WritableStream;
  /** What the dashboard can start. */
  readonly testCalls?: TestCalls;
  /** WebSocket address of a Stately inspector. */
  readonly inspectorUrl?: string | undefined;
  /** Progress, for people. */
  readonly say: (text: string) => void;
}

export interface Playground {
  readonly natsUrl: string;
  readonly prefix: string;
  readonly stubTwilio: StubTwilio;
  readonly stubLiveKit: StubLiveKit;
  readonly stubCrm: StubCrm;
  readonly node: RunningNode;
  /** Ends everything it started, last first. May run twice. */
  close(): Promise<void>;
}

interface Doubles {
  readonly stubTwilio: StubTwilio;
  readonly stubLiveKit: StubLiveKit;
  readonly stubCrm: StubCrm;
}

/** Ours that could name a real provider: a playground must never reach one. */
const FOREIGN = /^(TWILIO_|LIVEKIT_|ONHOOK_TWILIO_|ONHOOK_WEBHOOK_|ONHOOK_CONFIG$|ONHOOK_END_FUNCTIONS$)/;

function environment({ env, endFunctions }: PlaygroundOptions, doubles: Doubles): NodeJS.ProcessEnv {
  const { stubTwilio, stubLiveKit, stubCrm } = doubles;
  const [account] = stubTwilio.accounts;
  const rest = Object.entries(env).filter(([name]) => !FOREIGN.test(name));
  return {
    ONHOOK_LOG_LEVEL: 'warn',
    ...Object.fromEntries(rest),
    TWILIO_ACCOUNT_SID: account?.accountSid,
    TWILIO_AUTH_TOKEN: account?.authToken,
    ONHOOK_TWILIO_BASE_URL: stubTwilio.url,
    LIVEKIT_URL: stubLiveKit.url,
    LIVEKIT_API_KEY: stubLiveKit.apiKey,
    LIVEKIT_API_SECRET: stubLiveKit.apiSecret,
    ONHOOK_WEBHOOK_URL: stubCrm.url,
    ONHOOK_WEBHOOK_SECRET: stubCrm.secret,
    ONHOOK_END_FUNCTIONS: endFunctions.join(','),
  };
}

/** Rejects with what cannot be started; then nothing stays behind. */
export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  const closers = new Closers();
  try {
    return { ...(await start(options, closers)), close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function start(options: PlaygroundOptions, closers: Closers): Promise<Omit<Playground, 'close'>> {
  const doubles: Doubles = {
    stubTwilio: await closers.own(startStubTwilio()),
    stubLiveKit: await closers.own(startStubLiveKit()),
    stubCrm: await closers.own(startStubCrm()),
  };
  const loaded = await configure(options, environment(options, doubles));
  const { config } = loaded;
  const natsUrl = await natsOf(config, options.say, closers);
  const logger = await createLogger({
    level: config.log.level,
    clock: systemClock,
    secrets: secretsOf(config),
    personalData: config.log.personalData,
    output: options.logTo ?? process.stderr,
  });
  const { testCalls, inspectorUrl } = options;
  const node = await closers.own(
    startNode({
      config,
      natsUrl,
      clock: systemClock,
      logger,
      timers: timerSettings(loaded),
      inspectorUrl,
      ...(testCalls === undefined ? {} : { testCalls }),
    }),
  );
  return { ...doubles, natsUrl, prefix: config.nats.prefix, node };
}

async function natsOf(config: Config, say: (text: string) => void, closers: Closers): Promise<string> {
  const { url } = config.nats;
  if (url !== undefined) {
    say(`NATS: ${url.join(', ')}, as configured`);
    return url.join(',');
  }
  const server = await startLocalServer(config, say);
  closers.add(() => server.stop());
  say(`NATS: ${server.url}, started for this run with ${server.binary}`);
  return server.url;
}

/** Two runs on one machine, or a node that runs already, are no reason to fail. */
async function configure(options: PlaygroundOptions, env: NodeJS.ProcessEnv): Promise<LoadedConfig> {
  const file = options.file ?? devNull;
  const given = { ...options.flags };
  const first = loadConfig({ env, file, flags: given });
  for (const name of ['ingress', 'admin'] as const) {
    const { host, port } = first.config[name];
    const loopback = name === 'ingress' ? '127.0.0.1' : host;
    const wanted = options.ports === 'free' ? 0 : port;
    given[`${name}.port`] = String(await firstFree(loopback, wanted));
    given[`${name}.host`] = loopback;
  }
  return loadConfig({ env, file, flags: given });
}
