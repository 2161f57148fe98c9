/**
 * Which chunk holds the newest item of each call, and what compaction rewrites: chunks that are mostly
 * out of date, and the emptiest ones when there are too many (log rule 28).
 */

/** The manifest names them all and a recovery reads them one by one. */
const CHUNKS_MAX = 64;
/** A commit rewrites at most so many, so that one commit stays short. */
const REWRITES_PER_COMMIT = 4;

interface Chunk {
  readonly ids: readonly string[];
  live: number;
}

export class ChunkIndex {
  /** Oldest first: a Map keeps the order of insertion. */
  private readonly chunks = new Map<string, Chunk>();
  private readonly newest = new Map<string, string>();
  private readonly copies = new Map<string, number>();

  /** Names of all chunks, oldest first. */
  get keys(): string[] {
    return [...this.chunks.keys()];
  }

  /** A chunk newer than all others. */
  add(key: string, ids: readonly string[]): void {
    this.chunks.set(key, { ids, live: ids.length });
    for (const id of ids) {
      const before = this.newest.get(id);
      if (before !== undefined) this.lower(before);
      this.newest.set(id, key);
      this.copies.set(id, (this.copies.get(id) ?? 0) + 1);
    }
  }

  /** Its newest items were written again, or are not needed. */
  remove(key: string): void {
    const chunk = this.chunks.get(key);
    if (chunk === undefined) return;
    this.chunks.delete(key);
    for (const id of chunk.ids) {
      if (this.newest.get(id) === key) this.newest.delete(id);
      const left = (this.copies.get(id) ?? 1) - 1;
      if (left === 0) this.copies.delete(id);
      else this.copies.set(id, left);
    }
  }

  /** Chunks to rewrite in the next commit. */
  victims(): string[] {
    const all = [...this.chunks].map(([key, { ids, live }]) => ({ key, live, share: live / ids.length }));
    const stale = all.filter(({ share }) => share < 0.5);
    const many = all.length > CHUNKS_MAX ? all.sort((a, b) => a.live - b.live) : [];
    return [...new Set([...stale, ...many].map(({ key }) => key))].slice(0, REWRITES_PER_COMMIT);
  }

  /** Calls whose newest item is in this chunk. */
  liveIds(key: string): string[] {
    return (this.chunks.get(key)?.ids ?? []).filter((id) => this.newest.get(id) === key);
  }

  /** An older item of the call is still named somewhere: its tombstone must stay (log rule 28). */
  hasOlder(id: string): boolean {
    return (this.copies.get(id) ?? 0) > 1;
  }

  private lower(key: string): void {
    const chunk = this.chunks.get(key);
    if (chunk !== undefined) chunk.live -= 1;
  }
}
