/**
 * Keeps leases in a thread with its own log connection, so that work in the loop delays no renewal,
 * and a blocked loop still loses its partitions because it does not feed (log rule 8).
 */
import type { Worker } from 'node:worker_threads';
import type { Clock } from '../clock/clock.ts';
import { LogUnavailable } from '../log/log.ts';
import { PartitionLost } from './errors.ts';
import type { Lease, LeaseKeeper, LeaseTerms } from './lease.ts';
import type { FromThread, ThreadData, ToThread } from './renewal-protocol.ts';
import { CELLS, LEASES_MAX, readCell, writeCell } from './renewal-protocol.ts';
import { startThread } from './thread.ts';
import type { ThreadLog } from './thread.ts';

export interface RenewalThreadOptions extends ThreadLog {
  readonly clock: Clock;
  /** The thread ended without being asked: no lease is renewed any more. */
  readonly onFailure: (error: Error) => void;
}

interface Held {
  readonly terms: LeaseTerms;
  readonly onLost: () => void;
  claimed?: { readonly resolve: (epoch: number) => void; readonly reject: (error: Error) => void };
  released?: () => void;
}

export class RenewalThread implements LeaseKeeper {
  private readonly clock: Clock;
  private readonly worker: Worker;
  private readonly cells = new BigInt64Array(new SharedArrayBuffer(CELLS * BigInt64Array.BYTES_PER_ELEMENT));
  private readonly leases = new Map<number, Held>();
  private readonly exited: Promise<void>;
  private nextSlot = 0;
  private closing = false;

  /** Starts the thread; it connects by itself, what is asked meanwhile waits. */
  constructor({ clock, logModule, logOptions, onFailure }: RenewalThreadOptions) {
    this.clock = clock;
    const workerData: ThreadData = { logModule, logOptions, cells: this.cells.buffer };
    this.worker = startThread('renewal-worker', workerData);
    this.worker.on('message', (message: FromThread) => this.hear(message));
    this.worker.on('error', onFailure);
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', () => {
        this.failAll();
        if (!this.closing) onFailure(new LogUnavailable('the renewal thread ended'));
        resolve();
      });
    });
  }

  open(terms: LeaseTerms, onLost: () => void): Lease {
    const slot = this.freeSlot();
    Atomics.store(this.cells, 1 + slot, 0n);
    const held: Held = { terms, onLost };
    this.leases.set(slot, held);
    this.tell({ type: 'open', slot, terms });
    const stop = (): void => {
      if (this.leases.get(slot) !== held) return;
      this.leases.delete(slot);
      this.tell({ type: 'stop', slot });
    };
    const acknowledgedAt = (): number => readCell(this.cells, 1 + slot);
    return {
      claim: (expectedSeq, config) =>
        new Promise((resolve, reject) => {
          held.claimed = { resolve, reject };
          this.tell({ type: 'claim', slot, expectedSeq, config });
        }),
      release: () =>
        new Promise<void>((resolve) => {
          if (this.leases.get(slot) !== held) return resolve();
          held.released = resolve;
          this.tell({ type: 'release', slot });
        }).then(stop),
      stop,
      get acknowledgedAt() {
        return acknowledgedAt();
      },
    };
  }

  feed(): void {
    writeCell(this.cells, 0, this.clock.monotonic());
  }

  async close(): Promise<void> {
    this.closing = true;
    this.tell({ type: 'close' });
    await this.exited;
  }

  private tell(message: ToThread): void {
    this.worker.postMessage(message);
  }

  private hear(message: FromThread): void {
    const held = this.leases.get(message.slot);
    if (held === undefined) return;
    switch (message.type) {
      case 'claimed':
        return held.claimed?.resolve(message.epoch);
      case 'claim-failed':
        return held.claimed?.reject(
          message.lost
            ? new PartitionLost(held.terms.partition, 'somebody else claimed it first')
            : new LogUnavailable(`claim of partition ${held.terms.partition}: ${message.reason}`),
        );
      case 'released':
        return held.released?.();
      case 'lost':
        return held.onLost();
    }
  }

  private failAll(): void {
    for (const { claimed, released } of this.leases.values()) {
      claimed?.reject(new LogUnavailable('the renewal thread ended'));
      released?.();
    }
  }

  /** Round robin: a slot rests as long as possible, since an old life may still write to it. */
  private freeSlot(): number {
    do this.nextSlot = (this.nextSlot + 1) % LEASES_MAX;
    while (this.leases.has(this.nextSlot));
    return this.nextSlot;
  }
}
