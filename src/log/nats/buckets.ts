/** The two key-value buckets, over `@nats-io/kv`; what is written on the hot path goes out as an append. */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { JetStreamApiError } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import { Kvm } from '@nats-io/kv';
import { requireKey } from '../bucket-key.ts';
import type { BucketName, KeyValue } from '../log.ts';
import { LogMismatch } from '../log.ts';
import type { AckedPublisher } from './acked.ts';
import { asking, isWrongLastSequence } from './errors.ts';
import type { NatsLogOptions } from './options.ts';
import { leastLogAgeMs } from './options.ts';
import { find } from './streams.ts';

export const BUCKETS: Readonly<Record<BucketName, string>> = {
  checkpoints: 'onhook-checkpoints',
  legs: 'onhook-legs',
};

interface BucketParts {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly acked: AckedPublisher;
}

/** Opens both buckets, making what is missing. Throws {@link LogMismatch} when one keeps old values. */
export async function openBuckets(
  parts: BucketParts,
  options: NatsLogOptions,
): Promise<Readonly<Record<BucketName, KeyValue>>> {
  // Reads go to the leader: a direct read may be answered by a replica that is behind.
  const common = { history: 1, allow_direct: false, replicas: options.replicas ?? 1 };
  const kvm = new Kvm(parts.client);
  const checkpoints = await kvm.create(BUCKETS.checkpoints, {
    ...common,
    max_bytes: options.checkpoints?.maxBytes ?? -1,
  });
  const legs = await kvm.create(BUCKETS.legs, {
    ...common,
    max_bytes: options.legs?.maxBytes ?? -1,
    // A leg is looked for as long as its call's messages are kept.
    ttl: options.legs?.maxAgeMs ?? leastLogAgeMs(options.lifetimeMs),
  });
  for (const name of Object.values(BUCKETS)) await check(parts.manager, name);
  return {
    checkpoints: new NatsBucket(checkpoints, parts, BUCKETS.checkpoints),
    legs: new NatsBucket(legs, parts, BUCKETS.legs),
  };
}

async function check(manager: JetStreamManager, bucket: string): Promise<void> {
  const info = await find(manager, `KV_${bucket}`);
  const kept = info?.config.max_msgs_per_subject;
  if (kept === 1) return;
  throw new LogMismatch(
    `bucket ${bucket} keeps ${kept ?? 'no'} values per key, wanted is 1`,
    `change it: nats stream edit KV_${bucket} --max-msgs-per-subject=1`,
  );
}

class NatsBucket implements KeyValue {
  private readonly kv: KV;
  private readonly parts: BucketParts;
  private readonly name: string;

  constructor(kv: KV, parts: BucketParts, name: string) {
    this.kv = kv;
    this.parts = parts;
    this.name = name;
  }

  get(key: string): ReturnType<KeyValue['get']> {
    return this.ask(key, async () => {
      const entry = await this.kv.get(key);
      if (entry === null || entry.operation !== 'PUT') return undefined;
      return { key, value: entry.value, revision: entry.revision };
    });
  }

  create(key: string, value: Uint8Array): Promise<number> {
    return this.ask(key, async () => {
      try {
        return await this.write(key, value, 0);
      } catch (error) {
        if (!isWrongLastSequence(error)) throw error;
        // Another client's delete leaves a marker, which stands for no value.
        const newest = await this.kv.get(key);
        if (newest === null || newest.operation === 'PUT') throw error;
        return this.write(key, value, newest.revision);
      }
    });
  }

  update(key: string, value: Uint8Array, revision: number): Promise<number> {
    // The client refuses 0 in its own words; in the port's it is a key that must not exist.
    if (revision <= 0) return this.create(key, value);
    return this.ask(key, () => this.write(key, value, revision));
  }

  put(key: string, value: Uint8Array): Promise<number> {
    return this.ask(key, () => this.write(key, value));
  }

  /**
   * Takes the message out instead of writing a delete marker: a checkpoint deletes chunks every
   * second, and markers would never go. Written again meanwhile: the newer value is deleted too.
   */
  delete(key: string): Promise<void> {
    return this.ask(key, async () => {
      for (let entry = await this.kv.get(key); entry !== null; entry = await this.kv.get(key)) {
        await this.parts.manager.streams
          .deleteMessage(`KV_${this.name}`, entry.revision, false)
          .catch(ignoreGone);
      }
    });
  }

  keys(): Promise<string[]> {
    return asking(this.name, 'keys', async () => {
      const keys: string[] = [];
      for await (const key of await this.kv.keys()) keys.push(key);
      return keys;
    });
  }

  /** An entry is the newest message of its subject. Only after {@link ask} has checked the key. */
  private async write(key: string, value: Uint8Array, expectLastSubjectSeq?: number): Promise<number> {
    const message = { subject: `$KV.${this.name}.${key}`, data: value };
    const options = expectLastSubjectSeq === undefined ? {} : { expectLastSubjectSeq };
    return (await this.parts.acked.publish(message, options)).seq;
  }

  private async ask<T>(key: string, act: () => Promise<T>): Promise<T> {
    requireKey(key);
    return asking(this.name, key, act);
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof JetStreamApiError)) throw error;
}
