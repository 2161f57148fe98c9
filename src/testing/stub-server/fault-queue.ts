/** Faults that were asked for, per key, first in first out. */
import type { StubFault } from './stub-server.ts';

export class FaultQueue {
  private readonly byKey = new Map<string, StubFault[]>();

  /** Adds behind those still waiting. */
  push(key: string, faults: readonly StubFault[]): void {
    this.byKey.set(key, [...(this.byKey.get(key) ?? []), ...faults]);
  }

  /** The next fault of that key, removed. */
  take(key: string): StubFault | undefined {
    if (this.byKey.size === 0) return undefined;
    const faults = this.byKey.get(key);
    const next = faults?.shift();
    if (faults?.length === 0) this.byKey.delete(key);
    return next;
  }
}
