/**
 * The first acts of a new owner (log rules 27, 29 and 30): is the log the one that the manifest knows,
 * is the manifest mine, which calls are open. The tail is replayed by the owner's reader afterwards.
 */
import type { CallEntry } from '../actors/call-state.ts';
import type { KeyValue, KeyValueEntry, Log } from '../log/log.ts';
import { WrongLastSequence } from '../log/log.ts';
import type { Tombstone } from './chunk.ts';
import { parseChunk, callIdOf } from './chunk.ts';
import { ChunkIndex } from './chunk-index.ts';
import { BrokenCheckpoint, PartitionLost } from './errors.ts';
import type { Manifest, StoredManifest } from './manifest.ts';
import {
  chunkPrefix,
  isNewer,
  MANIFEST_VERSION,
  ownerOfChunk,
  readManifest,
  writeManifest,
} from './manifest.ts';
import type { Claim, OwnershipMark } from './partition-fold.ts';
import { firstPartitionState } from './partition-fold.ts';
import { doubtOf, isPositionKept, isStill } from './rewind.ts';

export interface Recovered {
  readonly stored: StoredManifest;
  readonly index: ChunkIndex;
  readonly entries: ReadonlyMap<string, CallEntry>;
  readonly tombstones: readonly Tombstone[];
  /** Where the reader starts. */
  readonly fromSeq: number;
  /** The log lost messages, behind the checkpoint or as somebody saw it (log rule 30). */
  readonly rewound: boolean;
}

export interface RecoveryOptions {
  readonly log: Log;
  readonly partition: number;
  /** Just written. */
  readonly claim: Claim;
  /** Timestamp of a message that this node had read and that is gone; -Infinity without. */
  readonly lostAt: number;
  /** Between two chunks: the lease must not starve (log rule 10). */
  readonly feed: () => void;
}

/** Throws {@link PartitionLost}, {@link BrokenCheckpoint}, `UnreadableManifest`, `LogUnavailable`. */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const bucket = options.log.bucket('checkpoints');
  const fenced = await fence(options, bucket);
  const { stored } = fenced;
  const index = new ChunkIndex();
  const entries = new Map<string, CallEntry>();
  const tombstones = new Map<string, Tombstone>();
  for await (const { key, chunk } of readAhead(bucket, stored.manifest.chunks)) {
    options.feed();
    if (chunk === undefined) throw new BrokenCheckpoint(key, 'is missing');
    const items = parseChunk(key, chunk.value);
    index.add(key, items.map(callIdOf));
    for (const item of items) {
      const callId = callIdOf(item);
      entries.delete(callId);
      tombstones.delete(callId);
      if ('entry' in item) entries.set(callId, item.entry);
      else tombstones.set(callId, item.tombstone);
    }
  }
  await removeStrangers(bucket, options.partition, stored.manifest);
  return { ...fenced, index, entries, tombstones: [...tombstones.values()] };
}

/** Chunks on their way while one is parsed: each is half a megabyte, and the server needs as long as we do. */
const AHEAD = 3;

async function* readAhead(
  bucket: KeyValue,
  keys: readonly string[],
): AsyncGenerator<{ key: string; chunk: KeyValueEntry | undefined }> {
  const ask = (key: string): Promise<KeyValueEntry | undefined> => {
    const asked = bucket.get(key);
    // Should an earlier one fail, nobody waits for this one.
    asked.catch(() => undefined);
    return asked;
  };
  const coming = keys.slice(0, AHEAD).map(ask);
  for (const [index, key] of keys.entries()) {
    const chunk = await coming.shift();
    const next = keys[index + AHEAD];
    if (next !== undefined) coming.push(ask(next));
    yield { key, chunk };
  }
}

/** Log rule 27: only the owner changes, by compare-and-set, retried on a fresh read. */
async function fence(
  { log, partition, claim, lostAt }: RecoveryOptions,
  bucket: KeyValue,
): Promise<Pick<Recovered, 'stored' | 'fromSeq' | 'rewound'>> {
  const missedAt = Math.max(lostAt, await doubtOf(log, partition));
  for (;;) {
    const found = await readManifest(bucket, partition);
    const stream = (await log.state('log')).createdAt;
    const manifest = found?.manifest ?? emptyManifest(log, claim, stream);
    const shared = found === undefined ? Infinity : await sharedWith(log, manifest, stream);
    const rewound = shared < Infinity || missedAt > (manifest.foldState.eraAt ?? 0);
    const era = manifest.owner.era + (rewound ? 1 : 0);
    const owner = { era, epoch: claim.epoch, nonce: claim.nonce };
    if (isNewer(manifest.owner, owner)) throw new PartitionLost(partition, 'a later claim fenced it');
    const mine: Manifest = { ...manifest, owner, commit: 0 };
    try {
      const revision = await writeManifest(bucket, partition, mine, found?.revision ?? 0);
      const ownership = mine.foldState.ownership.filter(([seq]) => seq <= shared);
      const begun = rewound ? { eraAt: (await log.at('log', claim.epoch))?.timestampMs ?? 0 } : {};
      const current = { ...mine, stream, foldState: { ...mine.foldState, era, ownership, ...begun } };
      const fromSeq = Math.min(shared, mine.position.seq) + 1;
      return { stored: { manifest: current, revision }, fromSeq, rewound };
    } catch (error) {
      if (!(error instanceof WrongLastSequence)) throw error;
    }
  }
}

/** The first owner's configuration is in force from the log's beginning, so that replays agree. */
function emptyManifest(log: Log, claim: Claim, stream: string): Manifest {
  return {
    version: MANIFEST_VERSION,
    partitions: log.partitions,
    stream,
    owner: { era: 0, epoch: 0, nonce: '' },
    commit: 0,
    position: { seq: 0, timestampMs: 0 },
    chunks: [],
    foldState: firstPartitionState(claim),
    held: [],
    configs: {},
  };
}

/** Log rule 30: the newest sequence that manifest and log still share; Infinity: all of it. */
async function sharedWith(log: Log, manifest: Manifest, stream: string): Promise<number> {
  if (stream !== manifest.stream) return 0;
  const marks = manifest.foldState.ownership.filter(([seq]) => seq <= manifest.position.seq);
  const kept = await isPositionKept(log, manifest.position);
  for (let i = marks.length - 1; i >= 0; i -= 1) {
    const mark = marks[i] as OwnershipMark;
    if (await isStill(log, mark)) return kept && i === marks.length - 1 ? Infinity : mark[0];
  }
  return kept && marks.length === 0 ? Infinity : 0;
}

/** Chunks of earlier owners that the manifest does not name (log rule 27). */
async function removeStrangers(bucket: KeyValue, partition: number, manifest: Manifest): Promise<void> {
  const named = new Set(manifest.chunks);
  for (const key of await bucket.keys()) {
    if (!key.startsWith(chunkPrefix(partition)) || named.has(key)) continue;
    const owner = ownerOfChunk(key);
    if (owner !== undefined && isNewer(manifest.owner, owner)) await bucket.delete(key);
  }
}
