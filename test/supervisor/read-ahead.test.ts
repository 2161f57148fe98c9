/** What a new owner makes of a checkpoint whose chunks come as they come. */
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { KeyValue, KeyValueEntry } from '../../src/log/log.ts';
import { LogUnavailable } from '../../src/log/log.ts';
import { MemoryLog, MemoryServer } from '../../src/log/memory/index.ts';
import { Checkpointer } from '../../src/supervisor/checkpoint.ts';
import { ChunkIndex } from '../../src/supervisor/chunk-index.ts';
import { BrokenCheckpoint } from '../../src/supervisor/errors.ts';
import type { Recovered } from '../../src/supervisor/recovery.ts';
import { recover } from '../../src/supervisor/recovery.ts';
import { CONFIG } from './fleet.ts';

type Get = KeyValue['get'];

/** Six commits of one life, each a chunk that buries the same call once more; and how the next life reads them. */
async function sixChunks(): Promise<
  (read: (chunk: number, get: () => ReturnType<Get>) => ReturnType<Get>) => Promise<Recovered>
> {
  const server = new MemoryServer({ clock: new ManualClock() });
  const log = new MemoryLog(server, 'a');
  const lifeOf = (epoch: number) => ({
    log,
    partition: 0,
    claim: { epoch, node: 'a', nonce: `nonce${epoch}`, config: CONFIG },
    lostAt: -Infinity,
    feed: () => undefined,
  });
  const { stored } = await recover(lifeOf(1));
  const bucket = log.bucket('checkpoints');
  log.bucket = () => bucket;
  const checkpointer = new Checkpointer(bucket, 0, new ChunkIndex(), stored);
  for (let seq = 1; seq <= 6; seq += 1) {
    const items = [() => ({ tombstone: { callId: 'c1', seq, at: seq } })];
    await checkpointer.commit({
      ...stored.manifest,
      position: { seq, timestampMs: seq },
      items,
      rewritten: [],
    });
  }
  return (read) => {
    let asked = 0;
    const get = bucket.get.bind(bucket);
    bucket.get = (key) => {
      if (!key.startsWith('chunk.')) return get(key);
      asked += 1;
      return read(asked, () => get(key));
    };
    return recover(lifeOf(2)).finally(() => (bucket.get = get));
  };
}

test('chunks are asked for ahead, and count in the order of the manifest whoever comes first (log rule 25)', async () => {
  const recoverWith = await sixChunks();
  const answers: (() => void)[] = [];
  const came: number[] = [];
  const recovering = recoverWith(
    (chunk, get) =>
      new Promise<KeyValueEntry | undefined>((resolve) => {
        answers.push(() => {
          came.push(chunk);
          resolve(get());
        });
      }),
  );
  const settled = recovering.then(() => true);
  while (
    !(await Promise.race([settled, new Promise<false>((resolve) => setImmediate(() => resolve(false)))]))
  ) {
    expect(answers.length, 'on their way at once').toBeLessThanOrEqual(3);
    answers.pop()?.();
  }
  expect(came.slice(0, 3)).toEqual([3, 2, 1]);
  expect((await recovering).tombstones).toEqual([{ callId: 'c1', seq: 6, at: 6 }]);
});

test('of a chunk that is missing the error names the key, and those behind it may fail unheard', async () => {
  const recoverWith = await sixChunks();
  const recovering = recoverWith((chunk) =>
    chunk === 1 ? Promise.resolve(undefined) : Promise.reject(new LogUnavailable('onhook-checkpoints')),
  );
  await expect(recovering).rejects.toThrow(BrokenCheckpoint);
  await expect(recovering).rejects.toThrow(/chunk\.0\.\S+\.1 is missing/);
});
