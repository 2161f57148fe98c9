/**
 * One life of a partition's owner, from the claim to the release or the loss: reads the log, folds it,
 * and acts once it has read its own claim back and caught up (log rule 6). The one path of every
 * message; what happens beside it (timers, effects, checkpoints) returns through the log.
 */
import type { Fold, World } from '../actors/call-state.ts';
import { effectById } from '../actors/call-state.ts';
import type { Clock } from '../clock/clock.ts';
import type { Decoder } from '../contract/decode.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Message } from '../contract/message.ts';
import { settledIn } from '../contract/settled.ts';
import { ownershipKey, PRINCIPALS } from '../contract/subjects.ts';
import type { DispatchOwner, EffectDispatcher } from '../dispatcher/port.ts';
import type { Log, LogReader, StoredMessage } from '../log/log.ts';
import type { CallFold } from './call-fold.ts';
import { CallTable } from './call-table.ts';
import { Checkpointer } from './checkpoint.ts';
import { PartitionLost } from './errors.ts';
import type { Lease } from './lease.ts';
import { LiveGate } from './live-gate.ts';
import { LogRelief } from './log-relief.ts';
import type { OwnerLife } from './own-messages.ts';
import { OwnerCheckpoints } from './owner-checkpoints.ts';
import { OwnerEffects } from './owner-effects.ts';
import { OwnerRounds } from './owner-rounds.ts';
import type { PartitionState } from './partition-fold.ts';
import { foldPartition, worldOf } from './partition-fold.ts';
import type { Recovered } from './recovery.ts';
import { RefusedInputs } from './refused-inputs.ts';

export interface OwnerEvents {
  readonly onLive: () => void;
  /** The partition was lost, or this life cannot go on. Once; nothing is done afterwards. */
  readonly onLost: (error: Error) => void;
  /** Each fold of a call, replayed ones too. Absent: nobody looks. */
  readonly onFold?: ((fold: Fold) => void) | undefined;
  /** Live only. */
  readonly onNotes: (message: Message, notes: Fold['notes']) => void;
  readonly onAlarm: (code: string, data: JsonObject) => void;
  readonly onInput: (verdict: string, message: Message | undefined) => void;
  /** It was held for a call that did not start in time (log rule 22). Beside its own verdict. */
  readonly onExpired: (message: Message) => void;
  /** A timer fires this late, in ms by the log's clock. */
  readonly onTimerLag: (lagMs: number) => void;
}

export interface PartitionOwnerOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly decode: Decoder;
  readonly fold: CallFold;
  readonly lease: Lease;
  readonly life: OwnerLife;
  readonly timers: World['config']['timers'];
  readonly dispatcher: (owner: DispatchOwner) => EffectDispatcher;
  readonly events: OwnerEvents;
}

export class PartitionOwner {
  readonly table: CallTable;
  readonly effects: OwnerEffects;
  readonly checkpoints: OwnerCheckpoints;
  partition: PartitionState;
  private readonly options: PartitionOwnerOptions;
  private readonly key: string;
  private readonly reader: LogReader;
  private readonly refused: RefusedInputs;
  private readonly gate: LiveGate;
  private readonly relief: LogRelief;
  private readonly rounds: OwnerRounds;
  private facts: World;
  private position: { seq: number; timestampMs: number };
  private readAt = -Infinity;
  private ended = false;

  /** Takes over what was recovered and starts to read. */
  constructor(options: PartitionOwnerOptions, recovered: Recovered) {
    const { log, life } = options;
    const { manifest } = recovered.stored;
    this.options = options;
    this.refused = new RefusedInputs({ log, clock: options.clock, onAlarm: options.events.onAlarm });
    this.key = ownershipKey(life.partition, log.partitions);
    this.partition = manifest.foldState;
    this.facts = worldOf(this.partition);
    this.position = startOf(recovered);
    this.table = this.openTable(recovered);
    this.effects = new OwnerEffects({
      ...options,
      leaseTtlMs: options.timers.leaseTtlMs,
      unattendedPerMinute: () => options.timers.unattendedEndsMaxPerMinute,
      world: () => this.facts,
      readSeq: () => this.position.seq,
      onAlarm: options.events.onAlarm,
      onTimerLag: options.events.onTimerLag,
    });
    this.checkpoints = this.openCheckpoints(recovered);
    this.relief = new LogRelief({
      log,
      committedSeq: () => this.checkpoints.committedSeq,
      closedCalls: (...asked) => this.table.closedCalls(...asked),
    });
    const { rewound } = recovered;
    this.gate = new LiveGate({
      log,
      clock: options.clock,
      partition: life.partition,
      effects: this.effects,
      anchor: () => this.partition.ownership.findLast(([seq]) => seq <= this.position.seq),
      position: () => this.position,
      onLive: () => this.onLive(rewound),
      onLost: (error) => this.lose(error),
    });
    if (rewound) options.events.onAlarm('log_rewound', { era: this.partition.era });
    this.reader = log.read({
      partition: life.partition,
      fromSeq: recovered.fromSeq,
      onMessage: (stored) => this.onMessage(stored),
      onSignal: (signal) => this.gate.onSignal(signal),
      onFailure: (error) => this.lose(asError(error)),
    });
    this.rounds = this.openRounds();
  }

  get seq(): number {
    return this.position.seq;
  }

  get world(): World {
    return this.facts;
  }

  /**
   * Hands the partition over: lets what is in flight settle, at most `drainMs`, commits a checkpoint
   * with an empty tail, releases (log rule 12). Ends no call. Never throws.
   */
  async release(drainMs: number): Promise<void> {
    if (this.ended) return;
    this.effects.timers.pause();
    await this.effects.dispatcher.drain(drainMs);
    this.effects.tellReceipts();
    await this.settled(drainMs);
    this.effects.stop();
    try {
      // Messages may still arrive; a few rounds catch up with all but a flood.
      for (let round = 0; round < 5; round += 1) {
        await this.checkpoints.commit();
        if (this.checkpoints.isClean) break;
      }
      await this.options.lease.release();
    } catch {
      // The lease runs out and the next owner replays the tail.
    }
    this.end(new PartitionLost(this.options.life.partition, 'it was released'));
  }

  /** The log is filling up: removes some of what nobody will read again (log rule 41). Never throws. */
  async relieveLog(): Promise<void> {
    if (this.effects.isOn && this.effects.leaseHolds()) await this.relief.round();
  }

  /** Ends this life at once, without a word to the log: what a crash leaves. Idempotent. */
  stop(): void {
    this.end(new PartitionLost(this.options.life.partition, 'this node stopped'));
  }

  /** Ends this life because the partition is not ours any more. Idempotent. */
  lose(error: Error): void {
    if (this.ended) return;
    this.end(error);
    this.options.events.onLost(error);
  }

  private end(error: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.rounds.stop();
    this.gate.end();
    this.refused.stop();
    this.effects.lose(error);
    this.options.lease.stop();
    void this.reader.stop();
  }

  private onMessage(stored: StoredMessage): void | Promise<void> {
    if (this.ended) return undefined;
    const { closed } = this.gate;
    if (closed !== undefined) return closed.then(() => this.onMessage(stored));
    const decoded = this.options.decode(stored);
    if (decoded.ok) this.take(decoded.message, stored);
    else {
      this.options.events.onInput(decoded.refusal, undefined);
      this.refused.keep(stored, decoded, this.partition.era);
    }
    this.position = { seq: stored.seq, timestampMs: stored.timestampMs };
    this.readAt = this.options.clock.monotonic();
    this.gate.goOn();
    return undefined;
  }

  private take(message: Message, stored: StoredMessage): void {
    const { timestampMs } = stored;
    const own = message.gateway === PRINCIPALS.onhook && message.data['nonce'] === this.options.life.nonce;
    if (own) this.effects.logTime.observe(timestampMs);
    if (message.callId === this.key) this.takePartition(message, timestampMs);
    else {
      const verdict = this.table.apply(message, this.facts);
      this.options.events.onInput(verdict, message);
      this.refused.keepOfCall(stored, message, verdict, this.partition.era);
    }
    if (this.ended || !own) return;
    this.effects.unconfirmed.confirm(message.id);
    if (message.type === 'timer.fired') {
      const { timerId, armedSeq, armedEra } = message.data;
      const position = { seq: Number(armedSeq), era: Number(armedEra) };
      this.effects.timers.readBack(message.callId, timerId as string, position, timestampMs);
    }
  }

  /** Log rule 6: the claim is in force once read back, and any later claim ends this life. */
  private takePartition(message: Message, timestampMs: number): void {
    const { epoch, nonce } = this.options.life;
    const wasPaused = this.facts.paused;
    this.setPartition(foldPartition(this.partition, message, timestampMs));
    this.options.events.onInput('applied', message);
    if (message.type === 'partition.renewed') this.effects.resume(() => this.table.calls.values());
    if (message.type === 'log.restored') this.effects.unconfirmed.confirm(message.id);
    if (message.type === 'partition.claimed') {
      if (message.seq === epoch) this.gate.ownClaimRead();
      else if (message.seq > epoch && message.data['nonce'] !== nonce) {
        this.lose(
          new PartitionLost(this.options.life.partition, `claimed by ${message.data['node'] as string}`),
        );
      }
    }
    if (wasPaused && !this.facts.paused && this.effects.isOn)
      this.effects.redispatch(this.table.calls.values());
  }

  private setPartition(partition: PartitionState): void {
    const { era, claim, restoredAt, paused } = this.partition;
    this.partition = partition;
    const same =
      partition.era === era &&
      partition.claim === claim &&
      partition.restoredAt === restoredAt &&
      partition.paused === paused;
    if (!same) this.facts = worldOf(partition);
  }

  private onLive(rewound: boolean): void {
    this.effects.start(this.table.calls.values());
    this.refused.start();
    // Who saw the rewind may have died with its questions: what is older than the era is asked for again.
    const { era } = this.partition;
    const doubtful = [...this.table.calls.values()].filter((state) => rewound || state.era < era);
    this.effects.reconciler.begin(doubtful);
    for (const [callId, detail] of Object.entries(this.partition.quarantine)) {
      this.effects.quarantine(callId, detail);
    }
    this.options.events.onLive();
  }

  private openTable({ stored, entries, tombstones }: Recovered): CallTable {
    const table = new CallTable(this.options.fold, {
      onFold: (message, before, fold, gone) => {
        this.onFold(message, before?.timers, fold, gone);
        // Whoever only looks comes after the effects.
        this.options.events.onFold?.(fold);
      },
      onRefused: (message, { effects, notes }) => {
        if (!this.effects.isOn) return;
        for (const effect of effects) this.effects.perform(effect);
        this.options.events.onNotes(message, notes);
      },
      onThrow: (message, error, known) => this.onThrow(message, error, known),
      onExpired: (message) => this.onExpired(message),
    });
    const { manifest } = stored;
    const unreadable = table.restore(entries.values(), tombstones, manifest.configs);
    table.held.takeOver(manifest.held);
    if (unreadable.length > 0) {
      this.options.events.onAlarm('calls_unreadable', {
        count: unreadable.length,
        calls: unreadable.slice(0, 20),
      });
    }
    return table;
  }

  private openRounds(): OwnerRounds {
    const { clock, timers } = this.options;
    return new OwnerRounds({
      clock,
      everyMs: timers.checkpointMs,
      logGraceMs: timers.logGraceMs,
      table: this.table,
      effects: this.effects,
      checkpoints: this.checkpoints,
      world: () => this.facts,
      lastRead: () => ({ at: this.readAt, timestampMs: this.position.timestampMs }),
      onLost: (error) => this.lose(error),
      onAlarm: this.options.events.onAlarm,
    });
  }

  private openCheckpoints({ stored, index }: Recovered): OwnerCheckpoints {
    const { clock, log, life, timers } = this.options;
    return new OwnerCheckpoints({
      clock,
      index,
      table: this.table,
      lateHorizonMs: timers.lateHorizonMs,
      checkpointer: new Checkpointer(log.bucket('checkpoints'), life.partition, index, stored),
      partition: () => this.partition,
      position: () => this.position,
    });
  }

  private onFold(
    message: Message,
    before: Fold['state']['timers'] | undefined,
    fold: Fold,
    gone: boolean,
  ): void {
    const { callId } = message;
    if (message.type === 'call.quarantined') this.setQuarantine(callId, undefined);
    if (!this.effects.isOn) return;
    for (const effectId of fold.withdrawn) this.effects.withdraw(effectId);
    // Settled elsewhere, by an earlier life or in an emergency: an attempt that still waits is not sent (invariant 6).
    for (const { effectId } of settledIn(message)) {
      if (effectById(fold.state, effectId) === undefined) this.effects.withdraw(effectId);
    }
    for (const effect of fold.effects) this.effects.perform(effect);
    if (gone) this.effects.timers.sync(callId, undefined);
    else if (before !== fold.state.timers) this.effects.timers.sync(callId, fold.state.timers);
    if (fold.notes.length > 0) this.options.events.onNotes(message, fold.notes);
  }

  /** Log rule 38: only this call; the partition goes on (invariants 18 and 33). */
  private onThrow({ callId, type }: Message, error: unknown, known: boolean): void {
    const detail = `${type}: ${asError(error).message}`.slice(0, 500);
    this.options.events.onAlarm('fold_failed', { callId, type });
    if (!known || this.partition.quarantine[callId] !== undefined) return;
    this.setQuarantine(callId, detail);
    if (this.effects.isOn) this.effects.quarantine(callId, detail);
  }

  /** Somebody wanted a call ended that we do not know: it may be live (row 64). */
  private onExpired(message: Message): void {
    const { callId, gateway, type } = message;
    this.options.events.onExpired(message);
    if (type === 'end.requested')
      this.options.events.onAlarm('end_requested_unknown_call', { callId, gateway });
  }

  private setQuarantine(callId: string, detail: string | undefined): void {
    const { [callId]: _before, ...rest } = this.partition.quarantine;
    this.partition = {
      ...this.partition,
      quarantine: detail === undefined ? rest : { ...rest, [callId]: detail },
    };
  }

  private async settled(boundMs: number): Promise<void> {
    const { clock } = this.options;
    const until = clock.monotonic() + boundMs;
    while (this.effects.unsettled > 0 && clock.monotonic() < until) {
      await new Promise<void>((resolve) => void clock.after(20, resolve));
    }
  }
}

/** The message before the first one that is read: P, or the newest mark that log and manifest share. */
function startOf({ stored, fromSeq, rewound }: Recovered): { seq: number; timestampMs: number } {
  const { position, foldState } = stored.manifest;
  if (!rewound) return position;
  const [seq, timestampMs] = foldState.ownership.at(-1) ?? [0, 0];
  return seq === fromSeq - 1 ? { seq, timestampMs } : { ...position, seq: fromSeq - 1 };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new PartitionLost(-1, String(error));
}
