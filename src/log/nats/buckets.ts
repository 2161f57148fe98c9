/** The two key-value buckets, over `@nats-io/kv`. */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { JetStreamApiError } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import { Kvm } from '@nats-io/kv';
import { requireKey } from '../bucket-key.ts';
import type { BucketName, KeyValue } from '../log.ts';
import { LogMismatch } from '../log.ts';
import { asking } from './errors.ts';
import type { NatsLogOptions } from './options.ts';
import { leastLogAgeMs } from './options.ts';
import { find } from './streams.ts';

export const BUCKETS: Readonly<Record<BucketName, string>> = {
  checkpoints: 'onhook-checkpoints',
  legs: 'onhook-legs',
};

/** Opens both buckets, making what is missing. Throws {@link LogMismatch} when one keeps old values. */
export async function openBuckets(
  client: JetStreamClient,
  manager: JetStreamManager,
  options: NatsLogOptions,
): Promise<Readonly<Record<BucketName, KeyValue>>> {
  // Reads go to the leader: a direct read may be answered by a replica that is behind.
  const common = { history: 1, allow_direct: false, replicas: options.replicas ?? 1 };
  const kvm = new Kvm(client);
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
  for (const name of Object.values(BUCKETS)) await check(manager, name);
  return {
    checkpoints: new NatsBucket(checkpoints, manager, BUCKETS.checkpoints),
    legs: new NatsBucket(legs, manager, BUCKETS.legs),
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
  private readonly manager: JetStreamManager;
  private readonly name: string;

  constructor(kv: KV, manager: JetStreamManager, name: string) {
    this.kv = kv;
    this.manager = manager;
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
    return this.ask(key, () => this.kv.create(key, value));
  }

  update(key: string, value: Uint8Array, revision: number): Promise<number> {
    // The client refuses 0 in its own words; in the port's it is a key that must not exist.
    if (revision <= 0) return this.create(key, value);
    return this.ask(key, () => this.kv.update(key, value, revision));
  }

  put(key: string, value: Uint8Array): Promise<number> {
    return this.ask(key, () => this.kv.put(key, value));
  }

  /**
   * Takes the message out instead of writing a delete marker: a checkpoint deletes chunks every
   * second, and markers would never go. Written again meanwhile: the newer value is deleted too.
   */
  delete(key: string): Promise<void> {
    return this.ask(key, async () => {
      for (let entry = await this.kv.get(key); entry !== null; entry = await this.kv.get(key)) {
        await this.manager.streams.deleteMessage(`KV_${this.name}`, entry.revision, false).catch(ignoreGone);
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

  private async ask<T>(key: string, act: () => Promise<T>): Promise<T> {
    requireKey(key);
    return asking(this.name, key, act);
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof JetStreamApiError)) throw error;
}
