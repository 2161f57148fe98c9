/**
 * Connects to NATS, makes or checks streams and buckets, proves the partition mapping, and watches
 * the connection's status (a permission refusal shows nowhere else).
 */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection, NodeConnectionOptions, Status } from '@nats-io/transport-node';
import { connect, errors } from '@nats-io/transport-node';
import { ReplyInbox } from '../../nats/reply-inbox.ts';
import { Turn } from '../../nats/turn.ts';
import { LogMismatch, LogUnavailable } from '../log.ts';
import { AckedPublisher } from './acked.ts';
import { openBuckets } from './buckets.ts';
import { asking } from './errors.ts';
import { connectionFailure } from './failure.ts';
import { NatsLog } from './log.ts';
import type { NatsLogOptions } from './options.ts';
import { clientOptions, DEFAULT_TIMEOUT_MS, INBOX_PREFIX } from './options.ts';
import { hasAccountMapping, mismatch } from './probe.ts';
import type { Mapping } from './streams.ts';
import { ensureStreams } from './streams.ts';

/**
 * Opens the log. Throws `LogUnavailable` when NATS cannot be reached, refuses the credentials or has
 * no JetStream, and `LogMismatch` when what exists is not what the options say. May be called again.
 */
export async function connectLog(options: NatsLogOptions): Promise<NatsLog> {
  const connection = await dial(options);
  try {
    checkLargest(connection);
    const log = await open(connection, options);
    watchStatus(connection, log, options);
    await log.probePartitions();
    return log;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** A bare connection. `changes` to what the client is told. Throws `LogUnavailable`, with no secret in it. */
export async function dial(
  options: NatsLogOptions,
  changes: Partial<NodeConnectionOptions> = {},
): Promise<NatsConnection> {
  try {
    return await connect({ ...(await clientOptions(options)), ...changes });
  } catch (error) {
    const { problem, cure } = connectionFailure(error, options);
    throw new LogUnavailable(problem, { cure });
  }
}

async function open(connection: NatsConnection, options: NatsLogOptions): Promise<NatsLog> {
  const { prefix, partitions, clock } = options;
  const timeout = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return asking('JetStream', 'preparing streams and buckets', async () => {
    const manager = await jetstreamManager(connection, { timeout });
    const client = jetstream(connection, { timeout });
    const modern = isAtLeast210(connection);
    await ensureStreams(manager, options, modern, () => chooseMapping(connection, options, modern));
    const turn = new Turn();
    const acked = new AckedPublisher(new ReplyInbox(connection, clock, turn, INBOX_PREFIX), timeout);
    const buckets = await openBuckets({ client, manager, acked }, options);
    return new NatsLog({ connection, turn, acked, client, manager, buckets, clock, prefix, partitions });
  });
}

/** NATS's default. A claim, an outcome and a part of a checkpoint are up to half of it, and a little more. */
const MESSAGE_BYTES = 1024 * 1024;

/** What is too large for a server is known only when it is sent, and nobody could do anything about it then. */
function checkLargest({ info }: NatsConnection): void {
  const largest = info?.max_payload ?? MESSAGE_BYTES;
  if (largest >= MESSAGE_BYTES) return;
  throw new LogMismatch(
    `the server takes messages of at most ${largest} bytes`,
    'set max_payload: 1MB, its default, in its configuration',
  );
}

/** An account mapping that exists wins; the stream's own transform needs NATS 2.10. */
async function chooseMapping(
  connection: NatsConnection,
  { prefix, partitions }: NatsLogOptions,
  modern: boolean,
): Promise<Mapping> {
  if (partitions <= 1) return 'none';
  if (await hasAccountMapping(connection, prefix, partitions)) return 'account';
  if (modern) return 'stream';
  throw mismatch('the account has none, and this server has no stream transforms', prefix, partitions);
}

function isAtLeast210(connection: NatsConnection): boolean {
  const [major = 0, minor = 0] = (connection.info?.version ?? '').split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 10);
}

function watchStatus(connection: NatsConnection, log: NatsLog, options: NatsLogOptions): void {
  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) react(status, log, options);
  };
  void watch();
  void connection.closed().then(() => log.connectionChanged(false));
}

function react(status: Status, log: NatsLog, { onEvent }: NatsLogOptions): void {
  switch (status.type) {
    case 'disconnect':
      log.connectionChanged(false);
      onEvent?.({ type: 'disconnected', server: status.server });
      return;
    case 'reconnect':
      log.connectionChanged(true);
      onEvent?.({ type: 'reconnected', server: status.server });
      return;
    case 'error':
      if (status.error instanceof errors.PermissionViolationError) {
        const { operation, subject } = status.error;
        if (operation === 'publish') log.publishRefused(subject, status.error);
        onEvent?.({ type: 'permission-denied', operation, subject });
      } else onEvent?.({ type: 'error', message: status.error.message });
      return;
    default:
  }
}
