/**
 * The manifest of a partition's checkpoint: one small value over immutable chunks, replaced by
 * compare-and-set (log rules 25 to 27). Whoever writes it first wins; the other has lost the partition.
 */
import type { PinnedConfig } from '../actors/call-state.ts';
import type { KeyValue } from '../log/log.ts';
import { UnreadableManifest } from './errors.ts';
import type { HeldJson } from './held-events.ts';
import type { PartitionState } from './partition-fold.ts';

/** Grows when an older build could not read what this one writes (log rule 12). */
export const MANIFEST_VERSION = 1;

export interface ManifestOwner {
  /** Compared with `epoch` as a pair (log rule 30). */
  readonly era: number;
  readonly epoch: number;
  readonly nonce: string;
}

/** Log rule 26. */
export interface Manifest {
  readonly version: number;
  readonly partitions: number;
  /** When the stream was created: another stream is another log. */
  readonly stream: string;
  readonly owner: ManifestOwner;
  /** Counts the commits of the owner's life: tells a lost ack from a lost partition. */
  readonly commit: number;
  /** P: everything at or below is in the checkpoint. */
  readonly position: { readonly seq: number; readonly timestampMs: number };
  /** Oldest first: a later chunk's entry replaces an earlier one's. */
  readonly chunks: readonly string[];
  readonly foldState: PartitionState;
  readonly held: HeldJson;
  /** By hash: what open calls pinned. */
  readonly configs: Readonly<Record<string, PinnedConfig>>;
}

export interface StoredManifest {
  readonly manifest: Manifest;
  readonly revision: number;
}

export function manifestKey(partition: number): string {
  return `manifest.${partition}`;
}

/** Every chunk key of a partition starts with it. */
export function chunkPrefix(partition: number): string {
  return `chunk.${partition}.`;
}

/** `chunk.<p>.<era>.<epoch>.<nonce>.<n>`: never written twice. */
export function chunkKey(partition: number, owner: ManifestOwner, n: number): string {
  return `${chunkPrefix(partition)}${owner.era}.${owner.epoch}.${owner.nonce}.${n}`;
}

/** Era and epoch in a chunk's key, or undefined for a key that is none. */
export function ownerOfChunk(key: string): Pick<ManifestOwner, 'era' | 'epoch'> | undefined {
  const [, , era, epoch] = key.split('.');
  const owner = { era: Number(era), epoch: Number(epoch) };
  return Number.isSafeInteger(owner.era) && Number.isSafeInteger(owner.epoch) ? owner : undefined;
}

/** True when `a` claimed later than `b`. */
export function isNewer(a: Pick<ManifestOwner, 'era' | 'epoch'>, b: typeof a): boolean {
  return a.era > b.era || (a.era === b.era && a.epoch > b.epoch);
}

/** Undefined when the partition was never checkpointed. Throws {@link UnreadableManifest}. */
export async function readManifest(bucket: KeyValue, partition: number): Promise<StoredManifest | undefined> {
  const entry = await bucket.get(manifestKey(partition));
  if (entry === undefined) return undefined;
  const manifest = JSON.parse(new TextDecoder().decode(entry.value)) as Manifest;
  if (manifest.version !== MANIFEST_VERSION) throw new UnreadableManifest(partition, manifest.version);
  return { manifest, revision: entry.revision };
}

/** Replaces revision `revision` (0: creates). Throws `WrongLastSequence`, `LogUnavailable`. */
export function writeManifest(
  bucket: KeyValue,
  partition: number,
  manifest: Manifest,
  revision: number,
): Promise<number> {
  const value = Buffer.from(JSON.stringify(manifest), 'utf8');
  const key = manifestKey(partition);
  return revision === 0 ? bucket.create(key, value) : bucket.update(key, value, revision);
}
