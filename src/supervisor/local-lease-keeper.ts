/** Keeps leases in the loop itself: for the memory log, where a thread would see another log. */
import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { Lease, LeaseKeeper, LeaseTerms } from './lease.ts';
import { LeaseWriter } from './lease.ts';

export class LocalLeaseKeeper implements LeaseKeeper {
  private readonly log: Log;
  private readonly clock: Clock;
  private readonly writers = new Set<LeaseWriter>();
  private fedAt = 0;

  constructor(log: Log, clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  open(terms: LeaseTerms, onLost: () => void): Lease {
    let acknowledgedAt = -Infinity;
    const cells = {
      fedAt: () => this.fedAt,
      acknowledged: (fedAt: number) => void (acknowledgedAt = fedAt),
    };
    const writer = new LeaseWriter(this.log, this.clock, terms, cells, onLost);
    this.writers.add(writer);
    const stop = (): void => {
      writer.stop();
      this.writers.delete(writer);
    };
    return {
      claim: (expectedSeq, config) => writer.claim(expectedSeq, config),
      release: () => writer.release().finally(stop),
      stop,
      get acknowledgedAt() {
        return acknowledgedAt;
      },
    };
  }

  feed(): void {
    this.fedAt = this.clock.monotonic();
  }

  async close(): Promise<void> {
    for (const writer of this.writers) writer.stop();
    this.writers.clear();
  }
}
