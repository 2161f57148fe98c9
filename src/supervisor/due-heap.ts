/** A binary heap ordered by due time. Entries that are out of date stay in it until they are popped. */

interface Entry<T> {
  readonly dueAt: number;
  readonly value: T;
}

export class DueHeap<T> {
  private entries: Entry<T>[] = [];

  get size(): number {
    return this.entries.length;
  }

  /** The earliest due time, or undefined when empty. */
  get nextDueAt(): number | undefined {
    return this.entries[0]?.dueAt;
  }

  push(dueAt: number, value: T): void {
    const entries = this.entries;
    let at = entries.length;
    const entry = { dueAt, value };
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = entries[parent] as Entry<T>;
      if (above.dueAt <= dueAt) break;
      entries[at] = above;
      at = parent;
    }
    entries[at] = entry;
  }

  pop(): Entry<T> | undefined {
    const entries = this.entries;
    const top = entries[0];
    const last = entries.pop();
    if (top === undefined || last === undefined || entries.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = entries[child];
      if (left === undefined) break;
      const right = entries[child + 1];
      if (right !== undefined && right.dueAt < left.dueAt) child += 1;
      const least = entries[child] as Entry<T>;
      if (least.dueAt >= last.dueAt) break;
      entries[at] = least;
      at = child;
    }
    entries[at] = last;
    return top;
  }

  /** Drops what no longer matters, in one pass. */
  prune(keep: (entry: Entry<T>) => boolean): void {
    const kept = this.entries.filter(keep);
    this.entries = [];
    for (const { dueAt, value } of kept) this.push(dueAt, value);
  }
}
