/** What a composition started, so that it can end it: last first, each once, also when one fails to. */

export class Closers {
  private readonly ends: (() => Promise<unknown>)[] = [];

  /** Waits for what starts and ends it later with the rest. */
  async own<T extends { close(): Promise<unknown> }>(starting: Promise<T> | T): Promise<T> {
    const started = await starting;
    this.add(() => started.close());
    return started;
  }

  add(end: () => Promise<unknown>): void {
    this.ends.push(end);
  }

  /** Never rejects: what cannot be ended must not keep the rest alive. May run twice. */
  async close(): Promise<void> {
    for (let end = this.ends.pop(); end !== undefined; end = this.ends.pop()) {
      await end().catch(() => undefined);
    }
  }
}
