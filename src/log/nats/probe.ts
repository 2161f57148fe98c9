/**
 * Proves that the server maps every partition as `partitionOf` does (log rule 3). One probe per
 * partition under our own token, taken out again; readers skip them.
 */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { createInbox } from '@nats-io/transport-node';
import { LogMismatch } from '../log.ts';
import { probeSubject, storedSubject } from '../subject-shapes.ts';
import { translated } from './errors.ts';
import { INBOX_PREFIX } from './options.ts';
import { partitionMapping, STREAMS } from './streams.ts';

const EMPTY = new Uint8Array(0);

/** Throws {@link LogMismatch} when a probe is stored under another subject, or not at all. */
export async function probePartitions(
  client: JetStreamClient,
  manager: JetStreamManager,
  prefix: string,
  partitions: number,
): Promise<void> {
  for (let partition = 0; partition < partitions; partition += 1) {
    const published = probeSubject(prefix, partition, partitions);
    const wanted = storedSubject(prefix, partitions, published);
    const seq = await store(client, published, partitions, prefix);
    const stored = await manager.streams.getMessage(STREAMS.log, { seq });
    await manager.streams.deleteMessage(STREAMS.log, seq, false).catch(() => undefined);
    if (stored !== null && stored.subject !== wanted) {
      throw mismatch(`${published} was stored as ${stored.subject} instead of ${wanted}`, prefix, partitions);
    }
  }
}

async function store(
  client: JetStreamClient,
  published: string,
  partitions: number,
  prefix: string,
): Promise<number> {
  try {
    return (await client.publish(published, EMPTY)).seq;
  } catch (error) {
    // The client's word for "nobody answered": no stream listens to what the subject became.
    if (!(error instanceof Error && error.name === 'JetStreamNotEnabled'))
      throw translated(error, STREAMS.log, published);
    throw mismatch(`${published} reached no stream`, prefix, partitions);
  }
}

/** True when the account maps a published subject before it reaches any stream. */
export async function hasAccountMapping(
  connection: NatsConnection,
  prefix: string,
  partitions: number,
): Promise<boolean> {
  const published = probeSubject(prefix, 0, partitions);
  const marker = createInbox(INBOX_PREFIX);
  let mapped = false;
  // Any partition: whether it is the right one is for the probes to say.
  const anyPartition = published.replace(`${prefix}.evt.`, `${prefix}.p.*.`);
  const subscription = connection.subscribe(anyPartition, {
    callback: (_error, message) => {
      if (message?.reply === marker) mapped = true;
    },
  });
  await connection.flush();
  connection.publish(published, EMPTY, { reply: marker });
  await connection.flush();
  subscription.unsubscribe();
  return mapped;
}

/** What to do about a mapping that is missing, different or unwanted. */
export function mismatch(problem: string, prefix: string, partitions: number): LogMismatch {
  const { src, dest } = partitionMapping(prefix, partitions);
  if (partitions <= 1) {
    return new LogMismatch(
      `one partition needs no mapping, but something takes events away: ${problem}`,
      `remove the mapping of "${src}" from the server's account, or set ONHOOK_PARTITIONS to its number`,
    );
  }
  return new LogMismatch(
    `the partition mapping is not in force: ${problem}`,
    `put the mapping "${src}" → "${dest}" into the server's account (onhook nats config prints it) and reload it`,
  );
}
