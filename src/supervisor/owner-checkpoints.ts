/**
 * When an owner checkpoints, and what: everything that changed since the last commit, in one turn of
 * the loop, so that P is exact (log rule 28). States are immutable: they are serialised while the
 * chunks are written, without holding up the loop.
 */
import type { Clock } from '../clock/clock.ts';
import type { CallTable } from './call-table.ts';
import type { ChunkItem } from './chunk.ts';
import type { ChunkIndex } from './chunk-index.ts';
import type { Capture, Checkpointer } from './checkpoint.ts';
import { PartitionLost } from './errors.ts';
import type { PartitionState } from './partition-fold.ts';

/** P moves at least this often, so that anchors and tail stay short: 100 marks last minutes. */
const IDLE_MS = 30_000;

export interface OwnerCheckpointsOptions {
  readonly clock: Clock;
  readonly table: CallTable;
  readonly index: ChunkIndex;
  readonly checkpointer: Checkpointer;
  readonly lateHorizonMs: number;
  readonly partition: () => PartitionState;
  readonly position: () => Capture['position'];
}

export class OwnerCheckpoints {
  private readonly options: OwnerCheckpointsOptions;
  private committed: { readonly at: number; readonly seq: number; readonly facts: string } | undefined;
  private running: Promise<void> | undefined;
  /** Wall clock of the newest commit. */
  committedAt: number | undefined;

  constructor(options: OwnerCheckpointsOptions) {
    this.options = options;
  }

  /** P of the newest commit of this life; 0 before the first. */
  get committedSeq(): number {
    return this.committed?.seq ?? 0;
  }

  /** Nothing that a replay would decide lies behind the newest commit. */
  get isClean(): boolean {
    const { table, partition } = this.options;
    return !table.isDirty && this.committed?.facts === factsOf(partition());
  }

  /** Commits if something changed, or now and then, unless a commit runs. Throws as `Checkpointer.commit`. */
  async commitIfDue(): Promise<void> {
    const { clock, position } = this.options;
    const idle = this.committed !== undefined && clock.monotonic() - this.committed.at < IDLE_MS;
    const moved = position().seq !== this.committed?.seq;
    if (this.running !== undefined || (this.isClean && (idle || !moved))) return;
    await this.commit();
  }

  /** Commits now; waits for one that is under way. */
  async commit(): Promise<void> {
    while (this.running !== undefined) await this.running.catch(() => undefined);
    this.running = this.write().finally(() => (this.running = undefined));
    return this.running;
  }

  private async write(): Promise<void> {
    const { clock, table, checkpointer, partition } = this.options;
    const dirty = table.takeDirty();
    const capture = this.capture(dirty);
    const facts = factsOf(partition());
    try {
      await checkpointer.commit(capture);
    } catch (error) {
      if (!(error instanceof PartitionLost)) table.redo(dirty);
      throw error;
    }
    this.committed = { at: clock.monotonic(), seq: capture.position.seq, facts };
    this.committedAt = clock.now();
  }

  private capture(dirty: ReadonlySet<string>): Capture {
    const { table, index, partition, position, lateHorizonMs } = this.options;
    const at = position();
    const ids = new Set(dirty);
    const closedBefore = at.timestampMs - lateHorizonMs;
    const rewritten = index.victims();
    // A chunk of tombstones alone never goes out of date by itself.
    const [oldest] = index.keys;
    if (oldest !== undefined && !rewritten.includes(oldest)) {
      if (index.liveIds(oldest).some((id) => table.isExpired(id, closedBefore))) rewritten.push(oldest);
    }
    for (const key of rewritten) {
      for (const id of index.liveIds(key)) {
        const expired = !index.hasOlder(id) && table.forgetTombstone(id, closedBefore);
        if (!expired) ids.add(id);
      }
    }
    const items: (() => ChunkItem)[] = [];
    for (const id of ids) {
      const item = table.itemOf(id);
      if (item !== undefined) items.push(item);
    }
    const held = table.held.toJson();
    return { position: at, foldState: partition(), held, configs: table.pinned(), items, rewritten };
  }
}

/** Facts of the partition that a replay must find; ownership marks come back by themselves. */
function factsOf({ era, claim, restoredAt, paused, quarantine }: PartitionState): string {
  return JSON.stringify([era, claim.epoch, restoredAt, paused, Object.keys(quarantine)]);
}
