/** A key-value bucket in memory. Revisions count over the whole bucket, as in NATS. */
import type { KeyValueEntry } from '../log.ts';
import { WrongLastSequence } from '../log.ts';

export class MemoryBucket {
  private readonly name: string;
  private readonly entries = new Map<string, KeyValueEntry>();
  private revision = 0;

  constructor(name: string) {
    this.name = name;
  }

  get(key: string): KeyValueEntry | undefined {
    return this.entries.get(key);
  }

  /** `expected` 0 means that the key must not exist, undefined that it does not matter. */
  write(key: string, value: Uint8Array, expected?: number): number {
    if (expected !== undefined && expected !== (this.entries.get(key)?.revision ?? 0)) {
      throw new WrongLastSequence(`${this.name} ${key}`);
    }
    this.revision += 1;
    this.entries.set(key, { key, value: value.slice(), revision: this.revision });
    return this.revision;
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  keys(): string[] {
    return [...this.entries.keys()];
  }

  /** Remembers what is there. What it returns forgets everything since, as a power cut does. */
  keep(): () => void {
    const [entries, revision] = [new Map(this.entries), this.revision];
    return () => {
      this.entries.clear();
      for (const [key, entry] of entries) this.entries.set(key, entry);
      this.revision = revision;
    };
  }
}
