/**
 * One node put together: admin port, log, providers, end functions, supervisor, dispatchers. The same
 * for `serve`, for `dev` and for whoever embeds it. What it starts, it ends, last first.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { natsPeers, serveQueries } from '../../admin/query.ts';
import type { TestCalls, TimerSetting } from '../../admin/parts.ts';
import { bindAdmin } from '../../admin/server.ts';
import { createGatewayCommands } from '../../carriers/gateway/gateway-commands.ts';
import { createSipCarrier } from '../../carriers/sip/carrier.ts';
import { createCarriers } from '../../carriers/registry.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Config, TwilioConfig } from '../../config/config.ts';
import type { EndFunctions } from '../../end-functions/end-function.ts';
import { createCapacity } from '../../dispatcher/capacity.ts';
import type { DispatchLimits } from '../../dispatcher/limits.ts';
import type { Targets } from '../../dispatcher/perform/task.ts';
import { INBOX_PREFIX, type NatsLog } from '../../log/nats/index.ts';
import { FeedThread } from '../../supervisor/feed-thread.ts';
import { LateFacts } from '../../supervisor/late-facts.ts';
import { LegRegister } from '../../supervisor/leg-register.ts';
import { RenewalThread } from '../../supervisor/renewal-thread.ts';
import { pinConfig } from '../../supervisor/stable-json.ts';
import type { NodeView } from '../../supervisor/view.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { Closers } from '../closers.ts';
import type { CallInspector } from '../inspect/inspector.ts';
import { natsLogOptions } from '../nats/log-options.ts';
import { packageVersion } from '../version.ts';
import { adminAddress, dashboardParts } from './admin.ts';
import { carriersConfig } from './carriers-config.ts';
import { awaitLog } from './await-log.ts';
import { openEndFunctions } from './end-functions.ts';
import { logFunction } from './function-log.ts';
import { createPublisher } from './publisher.ts';
import { connectionReporter, reportRefusal } from './connection-reporter.ts';
import { openIngress } from './ingress.ts';
import { spanSinkOf } from './span-sink.ts';
import type { SpanSinkOptions } from './span-sink.ts';
import { watchLines } from './line-watch.ts';
import { supervise } from './supervision.ts';
import type { Identity } from './supervision.ts';
import { THREAD_LOG } from './thread-log.ts';
import type { PlainLogOptions } from './thread-log.ts';

export interface NodeOptions {
  readonly config: Config;
  /** In place of the configured one. */
  readonly natsUrl?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long to wait for NATS at the start, in ms. Default 0: one try. */
  readonly waitMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** The configuration's timers with the source of each, for the dashboard. */
  readonly timers?: readonly TimerSetting[];
  /** What the dashboard of a playground can start. */
  readonly testCalls?: TestCalls;
  /** WebSocket address of a Stately inspector that live calls are shown to. */
  readonly inspectorUrl?: string | undefined;
}

export interface RunningNode {
  readonly nodeId: string;
  readonly view: NodeView;
  readonly log: NatsLog;
  readonly adminUrl: string;
  /** Where carriers send webhooks. */
  readonly ingressUrl: string;
  /** Resolves if the node cannot go on: nothing is owned any more, and only a restart helps. */
  readonly failed: Promise<Error>;
  /** Checkpoints and releases the partitions, then ends everything. Ends no call. May run twice. */
  close(): Promise<void>;
}

/**
 * Resolves once the node is ready, or has waited long enough for others. Rejects with
 * `AdminPortUnavailable`, `IngressPortUnavailable`, `LogUnavailable`, `LogMismatch`,
 * `CarrierConfigError`, `InspectorMissing`, `TracesMissing`, `TracesProtocolUnsupported`, or an error of the end functions; then nothing stays behind.
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const closers = new Closers();
  try {
    return { ...(await start(options, closers)), close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function start(options: NodeOptions, closers: Closers): Promise<Omit<RunningNode, 'close'>> {
  const { config, clock } = options;
  // First, since the node's name contains the port (log rule 7).
  const admin = await closers.own(bindAdmin(adminAddress(config)));
  const nodeId = config.node.id ?? `${hostname().replace(/[^A-Za-z0-9._-]/g, '-')}-${admin.port}`;
  const logger = options.logger.child({ node: nodeId });
  const inspector = await inspectorOf({ ...options, logger });
  if (inspector !== undefined) closers.add(() => inspector.close());
  const onSpans: Metrics['spans'] = (...told) => metrics.spans(...told);
  const spans = await spansTo({ config, clock, logger, nodeId, onSpans }, closers);
  const log = await closers.own(openLog({ ...options, logger }));
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  // The claims wait for it, and it starts while this thread loads the providers.
  const keeper = await closers.own(leaseThread(options, fail));
  const reach = await providersOf(config, clock, log, closers);
  const endFunctions = await closers.own(functionsOf(config, clock, logger, log));
  const providers = [...reach.carriers.keys(), ...reach.rooms.keys()];
  const metrics = createMetrics({ version: packageVersion(), nodeVersion: process.version, providers });
  const targets = { log, clock, endFunctions, ...reach };
  const { timers, mode } = config;
  const pinned = pinConfig({ timers, mode, functions: endFunctions.manifests(), providers });
  const legs = await closers.own(new LegRegister(log, clock));
  const feed = await closers.own(feedThread({ ...options, logger }, log));
  const capacity = createCapacity(clock, config.twilio && rates(config.twilio));
  const late = await closers.own(lateFacts(log, clock, logger));
  const own = { nodeId, log, clock, config: pinned, keeper, legs, capacity, late, inspector, spans };
  const identity = { ...own, facts: feed.sink };
  const supervisor = supervise(identity, targets, metrics, logger);
  closers.add(() => supervisor.close());
  await closers.own(watchLines(config, supervisor, targets, capacity));
  const version = packageVersion();
  const { connection } = log;
  const stopQueries = await serveQueries({ connection, view: supervisor, log, clock, version });
  closers.add(stopQueries);
  metrics.watch({ stats: () => supervisor.stats(), deadLetters: () => countDeadLetters(log) });
  const peers = natsPeers(connection, log.prefix, clock, INBOX_PREFIX);
  const asked = { view: supervisor, log, clock, metrics, logger, version, peers };
  admin.serve({ ...asked, ...dashboardParts(options, log, pinned) });
  supervisor.start();
  const ingress = await closers.own(openIngress(config, asked));
  await awaitReady(supervisor, clock, options.signal);
  feed.start();
  return { nodeId, view: supervisor, log, adminUrl: admin.url, ingressUrl: ingress.url, failed };
}

/** Who is asked to act: carriers, room services and gateways. */
async function providersOf(
  config: Config,
  clock: Clock,
  { connection, prefix }: NatsLog,
  closers: Closers,
): Promise<Pick<Targets, 'carriers' | 'rooms' | 'commands'>> {
  const commands = createGatewayCommands({ clock, connection, prefix, inboxPrefix: INBOX_PREFIX });
  const own = [createSipCarrier(commands)];
  const { carriers, rooms } = await closers.own(createCarriers(carriersConfig(config), clock, own));
  return { carriers, rooms, commands };
}

/** Loaded only for who asks. */
async function inspectorOf({ inspectorUrl, clock, logger }: NodeOptions): Promise<CallInspector | undefined> {
  if (inspectorUrl === undefined) return undefined;
  const { openInspector } = await import('../inspect/inspector.ts');
  return openInspector({ url: inspectorUrl, clock, logger });
}

/** Opened before the partitions and closed after them, so that the last spans get out. */
async function spansTo(options: SpanSinkOptions, closers: Closers): Promise<Identity['spans']> {
  const sink = await spanSinkOf(options);
  if (sink === undefined) return undefined;
  closers.add(() => sink.close());
  return { sink, personalData: options.config.log.personalData };
}

function lateFacts(log: NatsLog, clock: Clock, logger: Logger): LateFacts {
  return new LateFacts({
    log,
    clock,
    newId: () => randomUUID(),
    onLost: (callId) => logger.warn('late facts of a call could not be kept', { callId }),
  });
}

function rates({ requestsPerSecond: twilio }: TwilioConfig): Partial<DispatchLimits> {
  return { requestsPerSecond: { twilio } };
}

/** A thread that dies takes the leases with it. */
function leaseThread(options: NodeOptions, onFailure: (error: Error) => void): RenewalThread {
  const { clock } = options;
  return new RenewalThread({ clock, onFailure, ...threadLog(options, 'onhook leases') });
}

function feedThread(options: NodeOptions, log: NatsLog): FeedThread {
  const { logger } = options;
  return new FeedThread({
    log,
    ...threadLog(options, 'onhook feed'),
    onFailure: (error) => logger.warn('the thread of the live feed ended; the loop does its work', { error }),
    onRefused: (operation) => reportRefusal(logger, operation),
  });
}

/** A thread's own connection to the same server, under a name of its own. */
function threadLog({ config, clock, natsUrl }: NodeOptions, name: string) {
  const { clock: _clock, ...plain } = natsLogOptions(config, clock, natsUrl);
  return { logModule: THREAD_LOG, logOptions: { ...plain, name } satisfies PlainLogOptions };
}

function openLog(options: NodeOptions): Promise<NatsLog> {
  const { config, clock, logger, natsUrl, waitMs = 0, signal } = options;
  return awaitLog(
    { ...natsLogOptions(config, clock, natsUrl), onEvent: connectionReporter(logger) },
    {
      waitMs,
      signal,
      onWait: ({ message: cause }, waitedMs) =>
        logger.warn('NATS cannot be used yet; trying again', { cause, waitedMs }),
    },
  );
}

function functionsOf(config: Config, clock: Clock, logger: Logger, log: NatsLog): Promise<EndFunctions> {
  return openEndFunctions(config, {
    clock,
    publisher: createPublisher(log.connection),
    onLog: (line) => logFunction(logger, line),
  });
}

/** Other nodes may hold the partitions, or their leases must run out first: longer is no failure. */
const READY_WAIT_MS = 15_000;
const READY_LOOK_MS = 20;

/** Until the node is ready, or the wait is over: the probe says which. */
async function awaitReady(view: NodeView, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  const until = clock.monotonic() + READY_WAIT_MS;
  while (!view.ready().ready && clock.monotonic() < until && signal?.aborted !== true) {
    await new Promise<void>((resolve) => clock.after(READY_LOOK_MS, resolve));
  }
}

async function countDeadLetters(log: NatsLog): Promise<number> {
  return (await log.state('deadLetters')).messages;
}
