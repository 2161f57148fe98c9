/** The requests a stub has seen, the newest kept: enough for assertions, bounded for benchmarks. */

export class RequestRecord<T> {
  private kept: T[] = [];
  private readonly keepMax: number;

  constructor(keepMax: number) {
    this.keepMax = keepMax;
  }

  add(request: T): void {
    this.kept.push(request);
    // Trimmed by halves, so that the cost per request stays constant.
    if (this.kept.length > 2 * this.keepMax) this.kept = this.kept.slice(-this.keepMax);
  }

  /** Oldest first. */
  all(): readonly T[] {
    return this.kept;
  }
}
