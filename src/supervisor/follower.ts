/**
 * Watches a partition's ownership from outside, by its newest ownership message: the log's own
 * `last` answers without reading what lies between. No clocks are compared (log rule 7).
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import { ownershipSubject } from '../contract/own-events.ts';
import type { Log, StoredMessage } from '../log/log.ts';
import { ownershipData } from './lease.ts';
import type { OwnershipMark } from './partition-fold.ts';
import { isForgotten } from './rewind.ts';

/** Looks per TTL: take-over is late by at most a fifth of it. */
const LOOKS_PER_TTL = 5;
/** A node that owns much lets others go first (log rule 10). */
export const CLAIM_SPREAD_MS = 200;

export interface FollowerOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly partition: number;
  readonly node: string;
  readonly leaseTtlMs: number;
  /** Part of the TTL to wait longer. */
  readonly margin: number;
  readonly owned: () => number;
  /** Where the newest ownership message was that an earlier follower of this node saw. */
  readonly mark: OwnershipMark | undefined;
  /** The log lost a message that was seen, stored at `lostAt` (log rule 30). */
  readonly onForgotten: (lostAt: number) => void;
  /** The partition may be claimed, expecting this last sequence (0: never owned). Once. */
  readonly onSilent: (expectedSeq: number) => void;
}

/** What is known of the present owner. */
export interface OwnerSeen {
  readonly seq: number;
  readonly node: string | undefined;
  readonly epoch: number | undefined;
  /** Of the claim: a log that was rewound gives its sequence out again. */
  readonly nonce: string | undefined;
}

export class Follower {
  private readonly options: FollowerOptions;
  private readonly subject: string;
  private stopped = false;
  private timer: TimerHandle | undefined;
  private seenSeq = -1;
  private firstSeenAt = 0;
  private atOnce = false;
  private missing = false;
  /** The newest ownership message that was seen. */
  mark: OwnershipMark | undefined;
  seen: OwnerSeen | undefined;

  /** Starts to watch; claims not before `notBeforeMs` from now. */
  constructor(options: FollowerOptions, notBeforeMs = 0) {
    this.options = options;
    this.mark = options.mark;
    this.subject = ownershipSubject(options.log.prefix, options.partition, options.log.partitions);
    this.timer = options.clock.after(notBeforeMs, () => void this.look());
  }

  /** Idempotent. */
  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async look(): Promise<void> {
    const intervalMs = this.options.leaseTtlMs / LOOKS_PER_TTL;
    let leftMs = intervalMs;
    try {
      leftMs = await this.judge(await this.options.log.last('log', this.subject));
    } catch {
      // While the log is away an owner cannot renew either: its silence proves nothing.
      this.seenSeq = -1;
    }
    if (this.stopped) return;
    this.timer = this.options.clock.after(Math.min(leftMs, intervalMs), () => void this.look());
  }

  /** In how many ms the partition may be claimed, if nothing is heard. */
  private async judge(last: StoredMessage | undefined): Promise<number> {
    const { clock, leaseTtlMs, margin, owned, onSilent } = this.options;
    const seq = last?.seq ?? 0;
    if (await this.misses(last)) return leaseTtlMs;
    const now = clock.monotonic();
    if (seq !== this.seenSeq) {
      this.atOnce = last === undefined || (await this.mayClaimAtOnce(last));
      this.seenSeq = seq;
      this.firstSeenAt = now;
    }
    const waitMs = (this.atOnce ? 0 : leaseTtlMs * (1 + margin)) + owned() * CLAIM_SPREAD_MS;
    const leftMs = this.firstSeenAt + waitMs - now;
    if (this.stopped || leftMs > 0) return leftMs;
    this.stop();
    onSilent(seq);
    return 0;
  }

  /** Log rule 30. True: look again before anything is concluded, a server that was just elected may be behind. */
  private async misses(last: StoredMessage | undefined): Promise<boolean> {
    const { mark } = this;
    const forgotten = mark !== undefined && (await isForgotten(this.options.log, mark, last));
    this.missing = forgotten && !this.missing;
    if (this.missing) return true;
    if (forgotten) this.options.onForgotten(mark[1]);
    this.mark = last && [last.seq, last.timestampMs];
    return false;
  }

  /** After `released`, or when the last owner was this very node before a restart (log rule 7). */
  private async mayClaimAtOnce(last: StoredMessage): Promise<boolean> {
    const data = ownershipData(last);
    if (data === undefined) return false;
    const { seen } = this;
    const same = seen !== undefined && seen.epoch === data.epoch && seen.nonce === data.nonce;
    if (same) this.seen = { ...seen, seq: last.seq };
    else {
      const claim = data.epoch === undefined ? last : await this.options.log.at('log', data.epoch);
      const { node, nonce } = (claim && ownershipData(claim)) ?? {};
      this.seen = { seq: last.seq, node, epoch: claim?.seq, nonce };
    }
    return data.type === 'partition.released' || this.seen?.node === this.options.node;
  }
}
