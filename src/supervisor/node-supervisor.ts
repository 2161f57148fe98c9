/**
 * One process: a seat at every partition, the feeding of the lease keeper, and the node's view of its
 * calls. Plain code; nothing here decides about a call.
 */
import type { CallContext } from '../../machines/call/context.ts';
import type { ArmedTimer, CallState, PinnedConfig } from '../actors/call-state.ts';
import type { Clock, TimerHandle } from '../clock/clock.ts';
import { createDecoder } from '../contract/decode.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Message } from '../contract/message.ts';
import { partitionMessage } from '../contract/own-events.ts';
import { eventSubject, partitionOf, PRINCIPALS } from '../contract/subjects.ts';
import type { DispatchOwner, EffectDispatcher } from '../dispatcher/port.ts';
import type { Log } from '../log/log.ts';
import type { Fold } from '../actors/call-state.ts';
import { callFold } from './call-fold.ts';
import type { CallFold } from './call-fold.ts';
import { detailOf, refusalOf, stateNameOf, summaryOf } from './call-views.ts';
import type { LeaseKeeper } from './lease.ts';
import { announceTo, LiveFeed } from './live-feed.ts';
import type { FeedSink } from './live-feed.ts';
import { LogWatch } from './log-watch.ts';
import { PartitionSeat } from './partition-seat.ts';
import type {
  CallCommand,
  CallDetail,
  CallFilter,
  CallStateName,
  CallSummary,
  CommandAnswer,
  NodeStats,
  NodeView,
  PartitionView,
  ViewEvent,
} from './view.ts';

/** Several feeds per renewal, so that a renewal never waits for one (log rule 8). */
const FEEDS_PER_TTL = 20;
/** Newest alarms shown by the API. */
const ALARMS_KEPT = 100;
/** What is in flight at a shutdown gets this long; a hangup's own timeout is shorter. */
const DRAIN_MS = 10_000;

export interface NodeOptions {
  readonly nodeId: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly keeper: LeaseKeeper;
  /** What this node's claims carry. */
  readonly config: PinnedConfig;
  /** One dispatcher per life of an owner. */
  readonly dispatcher: (owner: DispatchOwner) => EffectDispatcher;
  /** Unguessable, never repeated: 8 to 32 letters and digits. */
  readonly newNonce: () => string;
  /** Default: the call actor. */
  readonly fold?: CallFold;
  /** Where the live feed leaves to. Default: over `log`. */
  readonly facts?: FeedSink;
  /** Default 10 000. */
  readonly drainMs?: number;
  readonly onAlarm?: (code: string, data: JsonObject) => void;
  /** Verdict of each message read, for metrics; `message` is missing when it could not be decoded. */
  readonly onInput?: (verdict: string, message: Message | undefined) => void;
  /** Each fold of a call, those of a replay too. */
  readonly onFold?: ((fold: Fold) => void) | undefined;
  /** A held event was given up; it was counted as `held` before (log rule 22). */
  readonly onExpired?: (message: Message) => void;
  /** How late a timer fires by the log's clock, in ms, for metrics. */
  readonly onTimerLag?: (lagMs: number) => void;
}

export class NodeSupervisor implements NodeView {
  readonly seats: readonly PartitionSeat[];
  private readonly options: NodeOptions;
  private readonly fold: CallFold;
  private readonly liveFeed: LiveFeed;
  private readonly inputs: Record<string, number> = {};
  private readonly alarms: { code: string; at: number; data: JsonObject }[] = [];
  private readonly watch: LogWatch;
  private feeding: TimerHandle | undefined;
  private commands = 0;
  private closing = false;

  constructor(options: NodeOptions) {
    const { log } = options;
    this.options = options;
    this.fold = options.fold ?? callFold;
    this.liveFeed = new LiveFeed(log.prefix, options.clock, options.facts ?? announceTo(log));
    this.watch = new LogWatch({
      ...options,
      onFilling: () => this.seats.forEach(({ owner }) => void owner?.relieveLog()),
      onAlarm: (code, data) => this.alarm(code, data),
    });
    const decode = createDecoder({ prefix: log.prefix, partitions: log.partitions });
    // A claim that is on its way counts too: seats that look at the same instant must not take all.
    const owned = (): number => this.seats.filter(({ isHeld }) => isHeld).length;
    const shared = {
      ...options,
      node: options.nodeId,
      decode,
      owned,
      fold: this.fold,
      drainMs: options.drainMs ?? DRAIN_MS,
      events: {
        onFold: options.onFold,
        onNotes: (message: Message, notes: Fold['notes']) => this.announce(message, notes),
        onInput: (verdict: string, message: Message | undefined) => this.count(verdict, message),
        onExpired: (message: Message) => this.expired(message),
        onTimerLag: (lagMs: number) => options.onTimerLag?.(lagMs),
        onAlarm: (code: string, data: JsonObject) => this.alarm(code, data),
      },
    };
    this.seats = Array.from(
      { length: log.partitions },
      (_, partition) => new PartitionSeat({ ...shared, partition }),
    );
  }

  /** Follows every partition and claims what nobody owns. Once. */
  start(): void {
    this.feed();
    for (const seat of this.seats) seat.start();
    this.watch.start();
  }

  /** Hands every partition over (log rule 12): ends no call, never throws. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(this.seats.map((seat) => seat.close()));
    this.liveFeed.flush();
    this.feeding?.cancel();
    this.watch.stop();
    await this.options.keeper.close();
  }

  /** Leaves everything as a crash would: for tests and the simulation. */
  abort(): void {
    this.closing = true;
    this.feeding?.cancel();
    this.watch.stop();
    for (const seat of this.seats) seat.abort();
    this.liveFeed.stop();
  }

  calls(filter: CallFilter = {}): CallSummary[] {
    const now = this.options.clock.now();
    const found: CallSummary[] = [];
    for (const { owner, partition } of this.seats) {
      for (const state of owner?.table.calls.values() ?? []) {
        if (filter.state !== undefined && stateNameOf(state) !== filter.state) continue;
        if (filter.gateway !== undefined && state.gateway !== filter.gateway) continue;
        found.push(summaryOf(state, partition, now));
      }
    }
    return found.sort((a, b) => a.startedAt - b.startedAt).slice(0, filter.limit ?? found.length);
  }

  call(callId: string): CallDetail | undefined {
    const seat = this.seatOf(callId);
    const owner = seat?.owner;
    const state = owner?.table.calls.get(callId);
    if (seat === undefined || owner === undefined || state === undefined) return undefined;
    const dueAt = (timer: ArmedTimer): number => this.fold.dueAt(timer, owner.world);
    return detailOf(state, seat.partition, this.options.clock.now(), dueAt);
  }

  stats(): NodeStats {
    const callsByState: Partial<Record<CallStateName, number>> = {};
    const partitions = this.seats.map((seat) => this.partitionView(seat));
    for (const { owner } of this.seats) {
      for (const state of owner?.table.calls.values() ?? []) {
        const name = stateNameOf(state);
        callsByState[name] = (callsByState[name] ?? 0) + 1;
      }
    }
    return {
      nodeId: this.options.nodeId,
      partitions,
      owned: partitions.filter(({ state }) => state === 'live').length,
      openCalls: partitions.reduce((sum, { openCalls }) => sum + openCalls, 0),
      callsByState,
      inputs: { ...this.inputs },
      paused: partitions.some(({ paused }) => paused),
      alarms: [...this.alarms],
    };
  }

  async request(callId: string, command: CallCommand, reason?: string): Promise<CommandAnswer> {
    const table = this.seatOf(callId)?.owner?.table;
    const state = table?.calls.get(callId);
    if (state === undefined) {
      return table?.isClosed(callId) === true
        ? { error: 'closed', detail: 'the call is closed' }
        : { error: 'not_found', detail: 'no open call of this node has this id' };
    }
    const refusal = refusalOf(command, state);
    if (refusal !== undefined) return refusal;
    const { log } = this.options;
    const type = command === 'end-cancelled' ? 'operator.end-cancelled' : `operator.${command}-requested`;
    const { seq } = await log.append('log', {
      subject: eventSubject(log.prefix, PRINCIPALS.operator, callId, type),
      headers: { 'ce-type': type, 'ce-id': this.commandId() },
      data: Buffer.from(JSON.stringify(reason === undefined ? {} : { reason })),
    });
    return { seq };
  }

  pause(): Promise<void> {
    return this.tellPartitions('operator.paused');
  }

  resume(): Promise<void> {
    return this.tellPartitions('operator.resumed');
  }

  ready(): { readonly ready: boolean; readonly reasons: readonly string[] } {
    const reasons: string[] = [];
    if (!this.options.log.isConnected()) reasons.push('the log is not reachable');
    if (this.closing) reasons.push('this node is shutting down');
    for (const { partition, state, trouble, ownership } of this.seats) {
      const served = state === 'live' || (state === 'following' && ownership.epoch !== undefined);
      if (trouble !== undefined) reasons.push(trouble);
      else if (!served) reasons.push(`partition ${partition} is ${state}`);
    }
    return { ready: reasons.length === 0, reasons };
  }

  subscribe(listener: (event: ViewEvent) => void): () => void {
    return this.liveFeed.subscribe(listener);
  }

  /** Of an open call here: who started it, and its legs. */
  legsOf(callId: string): (Pick<CallState, 'gateway'> & Pick<CallContext, 'legs'>) | undefined {
    const state = this.seatOf(callId)?.owner?.table.calls.get(callId);
    if (state === undefined) return undefined;
    return { gateway: state.gateway, legs: (state.snapshot.context as CallContext).legs };
  }

  /** Asks the provider whether that leg of an open call here is up; an end enters the log (log rule 23). */
  askLine(callId: string, leg: string): void {
    const owner = this.seatOf(callId)?.owner;
    const state = owner?.table.calls.get(callId);
    if (owner !== undefined && state !== undefined && owner.effects.isOn)
      owner.effects.reconciler.askOne(state, leg);
  }

  private seatOf(callId: string): PartitionSeat | undefined {
    return this.seats[partitionOf(callId, this.options.log.partitions)];
  }

  private feed(): void {
    const { keeper, clock, config } = this.options;
    keeper.feed();
    this.feeding = clock.after(config.timers.leaseTtlMs / FEEDS_PER_TTL, () => this.feed());
  }

  private announce(message: Message, notes: Fold['notes']): void {
    this.liveFeed.tell(message, notes);
    for (const { type, data } of notes) {
      if (type === 'alarm.raised') this.alarm(data['code'] as string, { ...data, callId: message.callId });
    }
  }

  private count(verdict: string, message: Message | undefined): void {
    this.inputs[verdict] = (this.inputs[verdict] ?? 0) + 1;
    this.options.onInput?.(verdict, message);
  }

  private expired(message: Message): void {
    this.inputs['expired'] = (this.inputs['expired'] ?? 0) + 1;
    this.options.onExpired?.(message);
  }

  /** Keeps it for the API, and tells it on. */
  alarm(code: string, data: JsonObject): void {
    this.alarms.push({ code, at: this.options.clock.now(), data });
    if (this.alarms.length > ALARMS_KEPT) this.alarms.shift();
    this.options.onAlarm?.(code, data);
  }

  private async tellPartitions(type: 'operator.paused' | 'operator.resumed'): Promise<void> {
    const { log } = this.options;
    await Promise.all(
      this.seats.map(({ partition }) => {
        const place = { partition, partitions: log.partitions };
        return log.append('log', partitionMessage(log.prefix, place, type, this.commandId(), {}));
      }),
    );
  }

  private commandId(): string {
    this.commands += 1;
    return `${this.options.nodeId}-${this.options.newNonce()}-${this.commands}`;
  }

  private partitionView(seat: PartitionSeat): PartitionView {
    const { owner, partition, state, ownership } = seat;
    const checkpointAt = owner?.checkpoints.committedAt;
    const logNow = owner?.effects.logTime.now();
    return {
      partition,
      state,
      ...(ownership.epoch === undefined ? {} : { epoch: ownership.epoch }),
      ...(ownership.node === undefined ? {} : { owner: ownership.node }),
      era: owner?.partition.era ?? 0,
      openCalls: owner?.table.calls.size ?? 0,
      paused: owner?.partition.paused ?? false,
      lastSeq: owner?.seq ?? 0,
      lag: owner === undefined ? 0 : Math.max(0, this.watch.lastSeq - owner.seq),
      unconfirmed: owner?.effects.unconfirmed.size ?? 0,
      ...(checkpointAt === undefined ? {} : { checkpointAt }),
      ...(logNow === undefined ? {} : { clockAheadMs: Math.round(this.options.clock.now() - logNow) }),
    };
  }
}
