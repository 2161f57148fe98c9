/** What a commit makes of answers of the bucket that came late or not at all. */
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { KeyValue } from '../../src/log/log.ts';
import { LogUnavailable } from '../../src/log/log.ts';
import { MemoryLog, MemoryServer } from '../../src/log/memory/index.ts';
import type { Capture } from '../../src/supervisor/checkpoint.ts';
import { Checkpointer } from '../../src/supervisor/checkpoint.ts';
import { ChunkIndex } from '../../src/supervisor/chunk-index.ts';
import { PartitionLost } from '../../src/supervisor/errors.ts';
import { readManifest } from '../../src/supervisor/manifest.ts';
import { recover } from '../../src/supervisor/recovery.ts';
import { CONFIG } from './fleet.ts';

/** A bucket that a cluster answers slowly: a write may be stored long after its caller gave up. */
function slowly(bucket: KeyValue): { bucket: KeyValue; hold: () => void; land: () => Promise<unknown> } {
  let held: (() => Promise<unknown>) | undefined;
  let holding = false;
  const update: KeyValue['update'] = (key, value, revision) => {
    if (!holding) return bucket.update(key, value, revision);
    holding = false;
    held = () => bucket.update(key, value, revision);
    return Promise.reject(new LogUnavailable(key));
  };
  const slow: KeyValue = {
    update,
    get: (key) => bucket.get(key),
    create: (key, value) => bucket.create(key, value),
    put: (key, value) => bucket.put(key, value),
    delete: (key) => bucket.delete(key),
    keys: () => bucket.keys(),
  };
  const land = (): Promise<unknown> => held?.() ?? Promise.resolve();
  return { bucket: slow, hold: () => void (holding = true), land };
}

/** A life that has fenced an empty bucket, and what it may capture. */
async function newLife() {
  const server = new MemoryServer({ clock: new ManualClock() });
  const log = new MemoryLog(server, 'a');
  const claim = { epoch: 1, node: 'a', nonce: 'nonce1', config: CONFIG };
  const { stored } = await recover({ log, partition: 0, claim, lostAt: -Infinity, feed: () => undefined });
  const slow = slowly(log.bucket('checkpoints'));
  const checkpointer = new Checkpointer(slow.bucket, 0, new ChunkIndex(), stored);
  const capture = (callId: string, seq: number): Capture => ({
    ...stored.manifest,
    position: { seq, timestampMs: seq },
    items: [() => ({ tombstone: { callId, seq, at: seq } })],
    rewritten: [],
  });
  return { server, checkpointer, capture, ...slow };
}

test('a manifest that is stored after it was given up ends the life: its chunks are not taken for waste (log rules 25, 28)', async () => {
  const { checkpointer, capture, bucket, hold, land } = await newLife();
  await checkpointer.commit(capture('c1', 10));
  hold();
  await expect(checkpointer.commit(capture('c2', 20))).rejects.toThrow(LogUnavailable);
  // The next commit has just looked whether it is there.
  const get = bucket.get.bind(bucket);
  bucket.get = async (key) => {
    const found = await get(key);
    bucket.get = get;
    await land();
    return found;
  };
  await expect(checkpointer.commit(capture('c3', 30))).rejects.toThrow(PartitionLost);
  const manifest = (await readManifest(bucket, 0))?.manifest;
  expect(manifest?.position.seq).toBe(20);
  for (const key of manifest?.chunks ?? []) expect(await bucket.get(key), key).toBeDefined();
});

test('a bucket that went back while an answer was awaited ends the life: its chunks are named by nothing that is kept (log rule 25)', async () => {
  const { server, checkpointer, capture, hold } = await newLife();
  await checkpointer.commit(capture('c1', 10));
  const goBack = server.buckets.checkpoints.keep();
  await checkpointer.commit(capture('c2', 20));
  hold();
  await expect(checkpointer.commit(capture('c3', 30))).rejects.toThrow(LogUnavailable);
  goBack();
  await expect(checkpointer.commit(capture('c4', 40))).rejects.toThrow(PartitionLost);
});
