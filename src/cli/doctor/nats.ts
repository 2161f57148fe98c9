/** Checks of the NATS side. Nothing is created on the server but probes that are taken out again. */
import type { JetStreamManager } from '@nats-io/jetstream';
import { AckPolicy, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../../clock/clock.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { parseInstant } from '../../clock/instant.ts';
import type { Config } from '../../config/config.ts';
import { connectLog } from '../../log/nats/index.ts';
import { connectionFailure } from '../../log/nats/failure.ts';
import { clientOptions } from '../../log/nats/options.ts';
import { hasAccountMapping } from '../../log/nats/probe.ts';
import { LogMismatch } from '../../log/log.ts';
import { STREAMS } from '../../log/nats/streams.ts';
import { natsLogOptions } from '../nats/log-options.ts';
import { fail, failed, ok, warn } from './check.ts';
import type { Finding } from './check.ts';

/** Deadlines are judged by the server's clock; a second is well inside their graces. */
const SKEW_MAX_MS = 1_000;
const NANOS_PER_S = 1e9;

/** Every check that could be made; the first one that fails ends those that need it. */
export async function checkNats(config: Config): Promise<Finding[]> {
  const options = natsLogOptions(config, systemClock);
  let connection: NatsConnection;
  try {
    connection = await connect({ ...(await clientOptions(options)), maxReconnectAttempts: 0 });
  } catch (error) {
    const { problem, cure } = connectionFailure(error, options);
    const unset = config.nats.url === undefined ? ' (ONHOOK_NATS_URL is not set)' : '';
    return [fail('nats', `${problem}${unset}`, cure)];
  }
  try {
    const findings = [
      ok('nats', `connected to ${connection.getServer()}`),
      checkVersion(connection.info?.version, config),
    ];
    return [...findings, ...(await checkJetStream(connection, config))];
  } finally {
    await connection.close();
  }
}

function isAtLeast(version: string | undefined, wanted: readonly number[]): boolean {
  const have = (version ?? '').split('.').map(Number);
  const at = wanted.findIndex((part, index) => (have[index] ?? 0) !== part);
  return at < 0 || (have[at] ?? 0) > (wanted[at] ?? 0);
}

/** `number`: as the server gives it. */
export function checkVersion(number: string | undefined, { retention }: Pick<Config, 'retention'>): Finding {
  const version = `nats-server ${number ?? 'of an unknown version'}`;
  if (!isAtLeast(number, [2, 9, 10])) {
    return fail('nats version', `${version} is too old`, 'install nats-server 2.9.10 or later');
  }
  if ((retention.replicas ?? 1) > 1 && !isAtLeast(number, [2, 12, 3])) {
    return warn(
      'nats version',
      `${version}: acked messages can be lost in a power cut`,
      'for the durable profile use 2.12.3 or later with sync_interval: always',
    );
  }
  return ok('nats version', version);
}

const NO_JETSTREAM =
  'start nats-server with -js, and write `jetstream: enabled` into the account of this user';

async function checkJetStream(connection: NatsConnection, config: Config): Promise<Finding[]> {
  let manager: JetStreamManager;
  try {
    manager = await jetstreamManager(connection);
  } catch {
    return [fail('jetstream', 'the account has no JetStream', NO_JETSTREAM)];
  }
  const exists = await manager.streams.info(STREAMS.log).then(
    () => true,
    () => false,
  );
  if (!exists) return [ok('jetstream', 'enabled'), ...(await checkNewLog(connection, config))];
  return [ok('jetstream', 'enabled'), await checkStreams(config), await checkSkew(manager, systemClock)];
}

/** Before the first start: only whether a mapping will be there. */
async function checkNewLog(connection: NatsConnection, { nats, partitions }: Config): Promise<Finding[]> {
  const streams = ok('streams', 'none yet; made at the first start');
  if (partitions <= 1) return [streams, ok('mapping', 'one partition needs none')];
  if (await hasAccountMapping(connection, nats.prefix, partitions)) {
    return [streams, ok('mapping', `the account maps to ${partitions} partitions`)];
  }
  if (isAtLeast(connection.info?.version, [2, 10]))
    return [streams, ok('mapping', 'will be part of the stream')];
  const cure = 'put the mapping of `onhook nats config` into the account, or set ONHOOK_PARTITIONS=1';
  return [streams, fail('mapping', `nothing maps calls to ${partitions} partitions`, cure)];
}

/** As `serve` does: compares what exists, and proves the mapping with probes that it takes out again. */
async function checkStreams(config: Config): Promise<Finding> {
  try {
    const log = await connectLog(natsLogOptions(config, systemClock));
    await log.close();
    return ok('streams', `as configured; the mapping of ${config.partitions} partition(s) is proven`);
  } catch (error) {
    if (!(error instanceof LogMismatch)) return failed('streams', error, 'look at the log of nats-server');
    return fail('streams', error.problem, error.cure);
  }
}

/** The server writes its own time into a new consumer; ours is the middle of the request. */
export async function checkSkew(manager: JetStreamManager, clock: Pick<Clock, 'now'>): Promise<Finding> {
  try {
    const before = clock.now();
    const { created, name } = await manager.consumers.add(STREAMS.log, {
      ack_policy: AckPolicy.None,
      inactive_threshold: NANOS_PER_S,
    });
    const middle = (before + clock.now()) / 2;
    await manager.consumers.delete(STREAMS.log, name).catch(() => false);
    const skewMs = Math.round((parseInstant(created) ?? middle) - middle);
    if (Math.abs(skewMs) <= SKEW_MAX_MS) return ok('clock', `${skewMs} ms from the server's`);
    return warn('clock', `${skewMs} ms from the server's`, 'run a time service (chrony, systemd-timesyncd)');
  } catch (error) {
    return failed(
      'clock',
      error,
      "allow this user the JetStream API, so that the server's clock can be read",
    );
  }
}
