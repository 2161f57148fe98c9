/**
 * A node's seat at one partition: performs what the partition machine decides, life after life. Each
 * life has its own nonce, lease, dispatcher and owner.
 */
import type { PartitionAction, PartitionEvent, PartitionSnapshot } from '../../machines/partition/machine.ts';
import { initialPartition, stepPartition } from '../../machines/partition/machine.ts';
import type { PinnedConfig } from '../actors/call-state.ts';
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { Decoder } from '../contract/decode.ts';
import type { JsonObject } from '../contract/json.ts';
import type { DispatchOwner, EffectDispatcher } from '../dispatcher/port.ts';
import type { Log } from '../log/log.ts';
import type { CallFold } from './call-fold.ts';
import { LogRewound, PartitionLost } from './errors.ts';
import { Follower } from './follower.ts';
import type { Lease, LeaseKeeper } from './lease.ts';
import { readManifest } from './manifest.ts';
import { LEASE_MARGIN } from './owner-effects.ts';
import type { OwnerEvents } from './partition-owner.ts';
import { PartitionOwner } from './partition-owner.ts';
import type { Recovered } from './recovery.ts';
import { recover } from './recovery.ts';
import { noteDoubt } from './rewind.ts';
import type { PartitionStateName } from './view.ts';

/** After a life that ended badly: doubled each time, so that a broken partition does not spin. */
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 30_000;

export interface SeatOptions {
  readonly partition: number;
  readonly node: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly decode: Decoder;
  readonly fold: CallFold;
  readonly keeper: LeaseKeeper;
  readonly config: PinnedConfig;
  /** Unguessable and never repeated: 8 to 32 letters and digits. */
  readonly newNonce: () => string;
  readonly dispatcher: (owner: DispatchOwner) => EffectDispatcher;
  readonly owned: () => number;
  /** The longest that a release waits for what is in flight. */
  readonly drainMs: number;
  readonly events: Pick<
    OwnerEvents,
    'onFold' | 'onNotes' | 'onInput' | 'onExpired' | 'onTimerLag' | 'onAlarm'
  >;
}

export class PartitionSeat {
  readonly partition: number;
  private readonly options: SeatOptions;
  private snapshot: PartitionSnapshot = initialPartition();
  private follower: Follower | undefined;
  private lease: Lease | undefined;
  private life: { readonly partition: number; readonly epoch: number; readonly nonce: string } | undefined;
  private current: PartitionOwner | undefined;
  private expectedSeq = 0;
  private failures = 0;
  /** Timestamp of the newest message that we had read and that is gone. */
  private lostAt = -Infinity;
  private retry: TimerHandle | undefined;
  private closing = false;
  private idle: (() => void) | undefined;
  /** Why this partition cannot be served here, for the readiness probe. */
  trouble: string | undefined;

  constructor(options: SeatOptions) {
    this.options = options;
    this.partition = options.partition;
  }

  get state(): PartitionStateName {
    return this.snapshot.value;
  }

  /** Ours, or about to be. */
  get isHeld(): boolean {
    return this.state !== 'following' && this.state !== 'fenced';
  }

  /** The owner's life, while there is one. */
  get owner(): PartitionOwner | undefined {
    return this.current;
  }

  /** What a follower knows of the owner, or our own epoch and name. */
  get ownership(): { readonly epoch?: number; readonly node?: string } {
    if (this.life !== undefined) return { epoch: this.life.epoch, node: this.options.node };
    const { epoch, node } = this.follower?.seen ?? {};
    return { ...(epoch === undefined ? {} : { epoch }), ...(node === undefined ? {} : { node }) };
  }

  /** Begins to follow. Once. */
  start(): void {
    this.perform('follow');
  }

  /** Hands over what is owned and stops to follow. Resolves when done; never throws. */
  async close(): Promise<void> {
    this.closing = true;
    this.follower?.stop();
    this.retry?.cancel();
    if (this.state === 'following' || this.state === 'fenced') return;
    const handedOver = new Promise<void>((resolve) => (this.idle = resolve));
    if (this.state !== 'releasing') this.send({ type: 'release.requested' });
    await handedOver;
  }

  /** Leaves everything as a crash would. */
  abort(): void {
    this.closing = true;
    this.follower?.stop();
    this.retry?.cancel();
    this.lease?.stop();
    this.current?.stop();
  }

  private send(event: PartitionEvent): void {
    const { snapshot, actions } = stepPartition(this.snapshot, event);
    this.snapshot = snapshot;
    for (const action of actions) this.perform(action);
  }

  private perform(action: PartitionAction): void {
    switch (action) {
      case 'follow':
        return this.follow();
      case 'claim':
        return void this.claim();
      case 'load':
        return void this.load();
      case 'act':
        this.failures = 0;
        this.trouble = undefined;
        return;
      case 'hand-over':
        return void this.handOver();
      case 'give-up':
        return this.giveUp();
    }
  }

  private follow(): void {
    this.current = undefined;
    this.life = undefined;
    if (this.closing) return this.idle?.();
    const { partition, node, log, clock, config, owned } = this.options;
    this.follower = new Follower(
      {
        partition,
        node,
        log,
        clock,
        owned,
        margin: LEASE_MARGIN,
        leaseTtlMs: config.timers.leaseTtlMs,
        mark: this.follower?.mark,
        onForgotten: (lostAt) => this.doubt(lostAt),
        onSilent: (expectedSeq) => {
          this.expectedSeq = expectedSeq;
          this.send({ type: 'owner.silent' });
        },
      },
      this.backoffMs(),
    );
  }

  private async claim(): Promise<void> {
    const { partition, node, keeper, config, newNonce, log } = this.options;
    const nonce = newNonce();
    try {
      // Log rule 12: a build never claims what it cannot read.
      await readManifest(log.bucket('checkpoints'), partition);
      keeper.feed();
      const lease = keeper.open({ partition, node, nonce, ttlMs: config.timers.leaseTtlMs }, () =>
        this.lost(nonce, new PartitionLost(partition, 'a foreign claim beat the renewal')),
      );
      this.lease = lease;
      const epoch = await lease.claim(this.expectedSeq, config as unknown as JsonObject);
      this.life = { partition, epoch, nonce };
      this.send({ type: 'claim.written' });
    } catch (error) {
      this.lease?.stop();
      if (!(error instanceof PartitionLost)) this.failed('claim', error);
      this.send({ type: 'claim.failed' });
    }
  }

  private async load(): Promise<void> {
    const { log, partition, node, config, keeper } = this.options;
    const { life } = this;
    if (life === undefined) return;
    if (this.closing) return this.send({ type: 'release.requested' });
    try {
      const claim = { epoch: life.epoch, nonce: life.nonce, node, config };
      const { lostAt } = this;
      const recovered = await recover({ log, partition, claim, lostAt, feed: () => keeper.feed() });
      // Meanwhile this life may have been lost, or asked to leave.
      if (this.life === life && this.state === 'catching-up') this.openOwner(recovered);
    } catch (error) {
      if (this.life !== life) return;
      if (error instanceof PartitionLost) return this.lost(life.nonce, error);
      this.failed('load', error);
      this.send({ type: 'load.failed' });
    }
  }

  private openOwner(recovered: Recovered): void {
    const { life, lease } = this;
    if (life === undefined || lease === undefined) return;
    const { log, clock, decode, fold, config, dispatcher, events } = this.options;
    this.current = new PartitionOwner(
      {
        log,
        clock,
        decode,
        fold,
        lease,
        life,
        dispatcher,
        timers: config.timers,
        events: {
          ...events,
          onLive: () => this.send({ type: 'caught-up' }),
          onLost: (error) => this.lost(life.nonce, error),
        },
      },
      recovered,
    );
  }

  private async handOver(): Promise<void> {
    if (this.current !== undefined) await this.current.release(this.options.drainMs);
    else await this.lease?.release();
    this.send({ type: 'released' });
  }

  /** News of an older life changes nothing. */
  private lost(nonce: string, error: Error): void {
    if (this.life !== undefined && this.life.nonce !== nonce) return;
    if (!(error instanceof PartitionLost)) this.failed('read', error);
    if (error instanceof LogRewound) this.doubt(error.lostAt);
    this.current?.lose(error);
    this.send({ type: 'claim.foreign' });
  }

  /** Whoever claims next, here or elsewhere, alarms and reconciles (log rule 30). */
  private doubt(lostAt: number): void {
    this.lostAt = Math.max(this.lostAt, lostAt);
    void noteDoubt(this.options.log, this.partition, this.lostAt);
  }

  private giveUp(): void {
    this.lease?.stop();
    this.current?.stop();
    this.current = undefined;
    this.life = undefined;
    if (this.closing) return this.idle?.();
    this.retry = this.options.clock.after(this.backoffMs(), () => this.send({ type: 'follow.again' }));
  }

  private failed(during: string, error: unknown): void {
    this.failures += 1;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal';
    this.trouble = `partition ${this.partition} cannot ${during}: ${error instanceof Error ? error.message : code}`;
    this.options.events.onAlarm('partition_failed', { partition: this.partition, during, code });
  }

  private backoffMs(): number {
    return this.failures === 0 ? 0 : Math.min(BACKOFF_MIN_MS * 2 ** this.failures, BACKOFF_MAX_MS);
  }
}
