/** Reading a part of a stream once: for the API and the command line, never on the hot path. */
import type { ConsumerInfo, JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { StoredMessage } from '../log.ts';
import { fromFetched } from './messages.ts';

const BATCH_MAX = 500;
/** Least the client allows; reached only when messages vanish during the scan. */
const BATCH_EXPIRES_MS = 1_000;
const ABANDONED_MS = 30_000;

export class Scanner {
  private readonly client: JetStreamClient;
  private readonly manager: JetStreamManager;

  constructor(client: JetStreamClient, manager: JetStreamManager) {
    this.client = client;
    this.manager = manager;
  }

  /** Every message from a sequence on that fits and is stored now, in order. */
  async from(stream: string, filter: string, seq: number): Promise<StoredMessage[]> {
    const info = await this.open(stream, filter, seq);
    const found: StoredMessage[] = [];
    try {
      const consumer = this.client.consumers.getConsumerFromInfo(info);
      let left = info.num_pending;
      while (left > 0) {
        const batch = Math.min(left, BATCH_MAX);
        left -= batch;
        for await (const message of await consumer.fetch({
          max_messages: batch,
          expires: BATCH_EXPIRES_MS,
        })) {
          found.push(fromFetched(message));
        }
      }
      return found;
    } finally {
      await this.close(info);
    }
  }

  /** The newest `max` that fit, oldest first: bisects for the sequence to start at. */
  async newest(stream: string, filter: string, max: number): Promise<StoredMessage[]> {
    if (max <= 0) return [];
    const { state } = await this.manager.streams.info(stream);
    let low = state.first_seq;
    let high = state.last_seq;
    // Invariant: from `low` on there are enough, or `low` is the first.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((await this.count(stream, filter, middle)) >= max) low = middle;
      else high = middle - 1;
    }
    return (await this.from(stream, filter, Math.max(1, low))).slice(-max);
  }

  private async count(stream: string, filter: string, seq: number): Promise<number> {
    const info = await this.open(stream, filter, seq);
    await this.close(info);
    return info.num_pending;
  }

  private open(stream: string, filter: string, seq: number): Promise<ConsumerInfo> {
    return this.manager.consumers.add(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: seq,
      filter_subject: filter,
      ack_policy: AckPolicy.None,
      inactive_threshold: nanos(ABANDONED_MS),
      mem_storage: true,
      num_replicas: 1,
    });
  }

  private async close(info: ConsumerInfo): Promise<void> {
    // The server would drop it on its own; a failure here is nobody's.
    await this.manager.consumers.delete(info.stream_name, info.name).catch(() => undefined);
  }
}
