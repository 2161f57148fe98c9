/**
 * Commits checkpoints of one owner's life: new chunks, then the manifest by compare-and-set, then
 * deletion of what it no longer names (log rule 25). A commit is either whole or not there.
 */
import type { KeyValue } from '../log/log.ts';
import { WrongLastSequence } from '../log/log.ts';
import type { ChunkItem } from './chunk.ts';
import { ChunkBuilder } from './chunk.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { PartitionLost } from './errors.ts';
import type { Manifest } from './manifest.ts';
import { chunkKey, readManifest, writeManifest } from './manifest.ts';

/** Everything at P, taken in one turn of the loop; items are made when they are written. */
export interface Capture {
  readonly position: Manifest['position'];
  readonly foldState: Manifest['foldState'];
  readonly held: Manifest['held'];
  readonly configs: Manifest['configs'];
  readonly items: readonly (() => ChunkItem)[];
  /** Chunks whose newest items are among `items`. */
  readonly rewritten: readonly string[];
}

interface Unknown {
  readonly commit: number;
  readonly settle: (revision: number) => void;
}

export class Checkpointer {
  private readonly bucket: KeyValue;
  private readonly partition: number;
  private readonly index: ChunkIndex;
  private readonly base: Pick<Manifest, 'version' | 'partitions' | 'stream' | 'owner'>;
  private revision: number;
  private commits = 0;
  private chunksMade = 0;
  /** Named by no manifest any more. */
  private garbage: string[] = [];
  /** A manifest whose answer never came. */
  private unknown: Unknown | undefined;

  /** `manifest` is what the fencing rewrite left (log rule 27), at `revision`. */
  constructor(
    bucket: KeyValue,
    partition: number,
    index: ChunkIndex,
    { manifest, revision }: { readonly manifest: Manifest; readonly revision: number },
  ) {
    this.bucket = bucket;
    this.partition = partition;
    this.index = index;
    this.base = manifest;
    this.revision = revision;
  }

  /**
   * Throws {@link PartitionLost} when the manifest is not the one before, `LogUnavailable` when the
   * outcome is unknown: commit a newer capture that holds the same calls then.
   */
  async commit(capture: Capture): Promise<void> {
    await this.resolveUnknown();
    const written = await this.writeChunks(capture.items);
    this.commits += 1;
    const dropped = new Set(capture.rewritten);
    const { position, foldState, held, configs } = capture;
    const { version, partitions, stream, owner } = this.base;
    const chunks = [...this.index.keys.filter((key) => !dropped.has(key)), ...written.map(([key]) => key)];
    const manifest: Manifest = {
      version,
      partitions,
      stream,
      owner: {
        ...owner,
        era: foldState.era,
      },
      commit: this.commits,
      position,
      chunks,
      foldState,
      held,
      configs,
    };
    await this.writeManifest(manifest, (revision) => {
      this.revision = revision;
      for (const [key, ids] of written) this.index.add(key, ids);
      for (const key of dropped) this.index.remove(key);
      this.garbage.push(...dropped);
    });
    await this.collectGarbage();
  }

  private async writeChunks(items: Capture['items']): Promise<[key: string, ids: readonly string[]][]> {
    const written: [string, readonly string[]][] = [];
    const builder = new ChunkBuilder();
    const flush = async (): Promise<void> => {
      const { value, ids } = builder.take();
      this.chunksMade += 1;
      const key = chunkKey(this.partition, this.base.owner, this.chunksMade);
      this.garbage.push(key);
      await this.bucket.create(key, value);
      written.push([key, ids]);
    };
    for (const make of items) {
      const item = make();
      if (builder.add(item)) continue;
      // Each write lets the loop turn: a large checkpoint must not cost the lease.
      await flush();
      builder.add(item);
    }
    if (!builder.isEmpty) await flush();
    return written;
  }

  private async writeManifest(manifest: Manifest, settled: (revision: number) => void): Promise<void> {
    const settle = (revision: number): void => {
      const named = new Set(manifest.chunks);
      this.garbage = this.garbage.filter((key) => !named.has(key));
      settled(revision);
    };
    try {
      settle(await writeManifest(this.bucket, this.partition, manifest, this.revision));
    } catch (error) {
      this.unknown = { commit: manifest.commit, settle };
      if (!(error instanceof WrongLastSequence)) throw error;
      if (!(await this.resolveUnknown())) throw this.replaced();
    }
  }

  /**
   * A manifest whose ack was lost counts when it is there (log rule 25: by compare-and-set). Any other that
   * is not the one before says that the bucket was rewound, or took in late what had been given up: what
   * it still holds only a recovery can tell. True: it was stored.
   */
  private async resolveUnknown(): Promise<boolean> {
    const { unknown } = this;
    if (unknown === undefined) return false;
    const found = await readManifest(this.bucket, this.partition);
    const owner = found?.manifest.owner;
    if (found === undefined || owner?.nonce !== this.base.owner.nonce) {
      throw new PartitionLost(this.partition, 'another owner wrote the manifest');
    }
    this.unknown = undefined;
    const isStored = found.manifest.commit === unknown.commit;
    if (isStored) unknown.settle(found.revision);
    else if (found.revision !== this.revision) throw this.replaced();
    return isStored;
  }

  private replaced(): PartitionLost {
    return new PartitionLost(this.partition, 'its checkpoint is not the one that was written last');
  }

  private async collectGarbage(): Promise<void> {
    const keys = this.garbage.splice(0);
    for (const key of keys) {
      try {
        await this.bucket.delete(key);
      } catch {
        // The next owner removes what no manifest names (log rule 27).
        return;
      }
    }
  }
}
