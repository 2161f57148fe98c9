/**
 * The writing side of ownership: claims, renews and releases one partition by appends at the expected
 * last sequence of its ownership subject (log rules 5 and 8). The same code runs in the renewal thread
 * and, for the memory log, in the loop itself.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { JsonObject } from '../contract/json.ts';
import type { OwnPartitionEvents } from '../contract/own-events.ts';
import { ownershipSubject, partitionMessage } from '../contract/own-events.ts';
import type { Log, StoredMessage } from '../log/log.ts';
import { WrongLastSequence } from '../log/log.ts';
import { PartitionLost } from './errors.ts';

export interface LeaseTerms {
  readonly partition: number;
  readonly node: string;
  /** Random, of one life of an owner. */
  readonly nonce: string;
  readonly ttlMs: number;
}

/** One life's hold on a partition. */
export interface Lease {
  /**
   * Appends the claim; resolves with its sequence, the epoch, and renews from then on. Rejects with
   * {@link PartitionLost} when somebody was first, with `LogUnavailable` when it is unknown. Once.
   */
  claim(expectedSeq: number, config: JsonObject): Promise<number>;
  /** Appends `partition.released` and stops. A failure is fine: the lease then runs out. */
  release(): Promise<void>;
  /** Stops renewing, at once. Idempotent. */
  stop(): void;
  /**
   * Monotonic time of the main loop, in ms, at or before the sending of the newest acknowledged claim
   * or renewal (log rule 9); -Infinity before the first.
   */
  readonly acknowledgedAt: number;
}

/** Where leases are kept: in this loop, or in a thread of its own. */
export interface LeaseKeeper {
  /** `onLost`: a foreign ownership message was found. Called once at most. */
  open(terms: LeaseTerms, onLost: () => void): Lease;
  /** The main loop turns: to be called several times per TTL (log rule 8). */
  feed(): void;
  close(): Promise<void>;
}

/**
 * What keeper and loop share. Both instants are read from the loop's own clock, so that two threads
 * never compare clocks.
 */
export interface LeaseCells {
  /** When the loop last fed, on its monotonic clock. */
  fedAt(): number;
  /** A claim or renewal was acknowledged that was sent after the loop had fed at this instant. */
  acknowledged(fedAt: number): void;
}

/** A third: two renewals may fail before the lease ends. */
const RENEWALS_PER_TTL = 3;
/** After a failed renewal: soon, while the lease still holds. */
const RETRIES_PER_TTL = 10;

export class LeaseWriter {
  private readonly log: Log;
  private readonly clock: Clock;
  private readonly terms: LeaseTerms;
  private readonly cells: LeaseCells;
  private readonly onLost: () => void;
  private readonly subject: string;
  private lastSeq = 0;
  private epoch = 0;
  private written = 0;
  private renewedFedAt = -Infinity;
  private timer: TimerHandle | undefined;
  private stopped = false;

  constructor(log: Log, clock: Clock, terms: LeaseTerms, cells: LeaseCells, onLost: () => void) {
    this.log = log;
    this.clock = clock;
    this.terms = terms;
    this.cells = cells;
    this.onLost = onLost;
    this.subject = ownershipSubject(log.prefix, terms.partition, log.partitions);
  }

  /** See {@link Lease.claim}. */
  async claim(expectedSeq: number, config: JsonObject): Promise<number> {
    const { node, nonce } = this.terms;
    const fedAt = this.cells.fedAt();
    this.epoch = await this.append('partition.claimed', { node, nonce, config }, expectedSeq).catch(
      (error: unknown) => this.adoptOrThrow(error),
    );
    this.lastSeq = this.epoch;
    this.confirm(fedAt);
    this.schedule(this.terms.ttlMs / RENEWALS_PER_TTL);
    return this.epoch;
  }

  /** See {@link Lease.release}. */
  async release(): Promise<void> {
    if (this.stopped || this.epoch === 0) return;
    this.stop();
    await this.append('partition.released', this.mark(), this.lastSeq).catch(() => undefined);
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private schedule(delayMs: number): void {
    if (this.stopped) return;
    this.timer = this.clock.after(delayMs, () => void this.renew());
  }

  /** Log rule 8: a loop that does not feed is not renewed. */
  private async renew(): Promise<void> {
    const fedAt = this.cells.fedAt();
    if (fedAt === this.renewedFedAt) return this.schedule(this.terms.ttlMs / RETRIES_PER_TTL);
    try {
      this.lastSeq = await this.append('partition.renewed', this.mark(), this.lastSeq);
      this.confirm(fedAt);
      this.schedule(this.terms.ttlMs / RENEWALS_PER_TTL);
    } catch (error) {
      await this.renewalFailed(error);
    }
  }

  private async renewalFailed(error: unknown): Promise<void> {
    try {
      if (error instanceof WrongLastSequence) this.lastSeq = await this.adoptOrThrow(error);
    } catch (found) {
      if (found instanceof PartitionLost) return this.lose();
    }
    this.schedule(this.terms.ttlMs / RETRIES_PER_TTL);
  }

  /** Log rule 8: own nonce = a lost ack, not a lost lease. */
  private async adoptOrThrow(error: unknown): Promise<number> {
    const last = await this.log.last('log', this.subject);
    if (last !== undefined && nonceOf(last) === this.terms.nonce) return last.seq;
    if (error instanceof WrongLastSequence) throw new PartitionLost(this.terms.partition, 'foreign claim');
    throw error;
  }

  private lose(): void {
    if (this.stopped) return;
    this.stop();
    this.onLost();
  }

  private confirm(fedAt: number): void {
    this.renewedFedAt = fedAt;
    if (!this.stopped) this.cells.acknowledged(fedAt);
  }

  private mark(): { epoch: number; nonce: string } {
    return { epoch: this.epoch, nonce: this.terms.nonce };
  }

  private async append<T extends keyof OwnPartitionEvents>(
    type: T,
    data: OwnPartitionEvents[T],
    expectLastSubjectSeq: number,
  ): Promise<number> {
    this.written += 1;
    const place = { partition: this.terms.partition, partitions: this.log.partitions };
    const id = `${this.terms.nonce}-o${this.written}`;
    const message = partitionMessage<keyof OwnPartitionEvents>(this.log.prefix, place, type, id, data);
    const timeoutMs = this.terms.ttlMs / RENEWALS_PER_TTL;
    return (await this.log.append('log', message, { expectLastSubjectSeq, timeoutMs })).seq;
  }
}

/** The nonce in an ownership message, or undefined for bytes that are none of ours. */
export function nonceOf(message: StoredMessage): string | undefined {
  return ownershipData(message)?.nonce;
}

/** What an ownership message says, for a follower that reads nothing else. */
export function ownershipData(message: StoredMessage): OwnershipData | undefined {
  try {
    const data: unknown = JSON.parse(new TextDecoder().decode(message.data));
    if (typeof data !== 'object' || data === null) return undefined;
    const { node, nonce, epoch } = data as Record<string, unknown>;
    return {
      type: message.headers.get('ce-type') ?? '',
      ...(typeof node === 'string' ? { node } : {}),
      ...(typeof nonce === 'string' ? { nonce } : {}),
      ...(typeof epoch === 'number' ? { epoch } : {}),
    };
  } catch {
    return undefined;
  }
}

export interface OwnershipData {
  readonly type: string;
  /** Of a claim. */
  readonly node?: string;
  readonly nonce?: string;
  /** Of a renewal or release: the sequence of its claim. */
  readonly epoch?: number;
}
