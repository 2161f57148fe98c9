/**
 * Reads a partition through an ephemeral consumer without acks (log rule 17). Every life of the
 * consumer has its own inbox and starts at the last sequence handed over plus one. A jump in the
 * delivery sequence, an idle heartbeat that disagrees, silence, or a reconnect ends a life and begins
 * the next. Flow control of the server bounds what waits here while `onMessage` is slow.
 */
import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { AckPolicy, DeliverPolicy, JsHeaders, ReplayPolicy } from '@nats-io/jetstream';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { createInbox, nanos } from '@nats-io/transport-node';
import type { Clock, TimerHandle } from '../../clock/clock.ts';
import type { LogReader, ReadOptions } from '../log.ts';
import { DeliveredMessage, parseDelivery } from './messages.ts';
import { INBOX_PREFIX } from './options.ts';

/** The server speaks at least this often. */
const HEARTBEAT_MS = 500;
/**
 * So many heartbeats missed and the consumer is made again: within the 2 s that a hangup may be late.
 * Counted tick by tick, since after a freeze of this process timers run before waiting sockets.
 */
const MISSED_MAX = 3;
/** Between tries to create a consumer: short, since nothing can be decided meanwhile. */
const RETRY_MS = 500;
/** The server forgets a consumer that nobody listens to after this. */
const ABANDONED_MS = 30_000;

export interface ReaderContext {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly clock: Clock;
  readonly stream: string;
  readonly filter: string;
  /** Stored subjects that are not shown to anybody. */
  readonly probes: ReadonlySet<string>;
  isConnected(): boolean;
}

export class NatsReader implements LogReader {
  lastSeq: number;
  private readonly context: ReaderContext;
  private readonly options: ReadOptions;
  private readonly onStop: () => void;
  /** Counts lives; what belongs to an older one is ignored. */
  private life = 0;
  private subscription: Subscription | undefined;
  private consumer: string | undefined;
  private attached = false;
  private arrivedSeq = 0;
  /** Delivery sequence at which everything is read that was stored when this life began. */
  private catchUpAt = 0;
  private behind = true;
  private heard = false;
  /** Messages of the log, and between them what controls the flow. */
  private queue: (DeliveredMessage | Msg)[] = [];
  private head = 0;
  private busy: Promise<void> | undefined;
  private draining = false;
  private stopped = false;
  /** True once a life was attached: the next one resumes. */
  private resuming = false;
  private timer: TimerHandle | undefined;

  constructor(context: ReaderContext, options: ReadOptions, onStop: () => void) {
    this.context = context;
    this.options = options;
    this.onStop = onStop;
    this.lastSeq = Math.max(1, options.fromSeq) - 1;
    this.begin();
  }

  async stop(): Promise<void> {
    if (!this.stopped) {
      this.stopped = true;
      this.end();
      this.onStop();
    }
    await this.busy;
  }

  /** The connection came (back) or went. */
  connectionChanged(connected: boolean): void {
    if (this.stopped) return;
    if (connected) this.begin();
    else this.stall('not connected');
  }

  private stall(reason: string): void {
    this.end();
    this.options.onSignal?.({ type: 'stalled', reason });
  }

  /** Ends the present life. */
  private end(): void {
    this.life += 1;
    this.attached = false;
    this.timer?.cancel();
    this.subscription?.unsubscribe();
    this.subscription = undefined;
    this.queue = [];
    this.head = 0;
    const consumer = this.consumer;
    this.consumer = undefined;
    if (consumer === undefined || !this.context.isConnected()) return;
    // Only polite: the server drops it anyway once nobody listens.
    this.context.manager.consumers.delete(this.context.stream, consumer).catch(() => undefined);
  }

  /** Begins the next life. */
  private begin(): void {
    this.end();
    if (!this.context.isConnected()) return;
    const life = this.life;
    const inbox = createInbox(INBOX_PREFIX);
    this.arrivedSeq = 0;
    this.subscription = this.context.connection.subscribe(inbox, {
      callback: (error, message) => {
        if (life !== this.life) return;
        if (error === null) this.arrived(message);
        else this.retryLater(`subscription refused: ${error.message}`);
      },
    });
    void this.createAndAttach(inbox, life);
  }

  private async createAndAttach(inbox: string, life: number): Promise<void> {
    let info: ConsumerInfo;
    try {
      info = await this.create(inbox);
    } catch (error) {
      if (life === this.life) this.retryLater(error instanceof Error ? error.message : String(error));
      return;
    }
    if (life === this.life) this.attach(info);
  }

  private create(inbox: string): Promise<ConsumerInfo> {
    return this.context.manager.consumers.add(this.context.stream, {
      deliver_subject: inbox,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.lastSeq + 1,
      filter_subject: this.context.filter,
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      flow_control: true,
      idle_heartbeat: nanos(HEARTBEAT_MS),
      inactive_threshold: nanos(ABANDONED_MS),
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
    });
  }

  private attach(info: ConsumerInfo): void {
    this.consumer = info.name;
    this.catchUpAt = info.delivered.consumer_seq + info.num_pending;
    this.behind = true;
    this.attached = true;
    this.watch();
    if (this.resuming) this.options.onSignal?.({ type: 'resumed' });
    this.resuming = true;
    if (this.catchUpAt === 0) this.caughtUp(this.life);
    this.drain();
  }

  private retryLater(reason: string): void {
    this.stall(reason);
    this.timer = this.context.clock.after(RETRY_MS, () => this.begin());
  }

  private watch(): void {
    let missed = 0;
    const tick = (): void => {
      missed = this.heard ? 0 : missed + 1;
      this.heard = false;
      if (missed < MISSED_MAX) {
        this.timer = this.context.clock.after(HEARTBEAT_MS, tick);
        return;
      }
      this.stall('no heartbeat from the consumer');
      this.begin();
    };
    this.timer = this.context.clock.after(HEARTBEAT_MS, tick);
  }

  private arrived(message: Msg): void {
    this.heard = true;
    const delivery = parseDelivery(message.reply ?? '');
    if (delivery !== undefined) this.arrivedSeq += 1;
    const lost =
      delivery === undefined ? disagrees(message, this.arrivedSeq) : delivery.deliverySeq !== this.arrivedSeq;
    if (lost) return this.begin();
    this.queue.push(delivery === undefined ? message : new DeliveredMessage(message, delivery));
    this.drain();
  }

  /** Hands over what waits, in order, until `onMessage` asks to wait. */
  private drain(): void {
    if (this.draining || !this.attached) return;
    this.draining = true;
    try {
      while (this.attached && this.head < this.queue.length) {
        const pending = this.handle(this.queue[this.head++] as DeliveredMessage | Msg);
        if (pending === undefined) continue;
        this.busy = pending.then(
          () => this.unblocked(),
          (error: unknown) => this.fail(error),
        );
        return;
      }
    } catch (error) {
      this.fail(error);
    }
    if (this.head >= this.queue.length) {
      this.queue.length = 0;
      this.head = 0;
    }
    this.draining = false;
  }

  private unblocked(): void {
    this.busy = undefined;
    this.draining = false;
    this.drain();
  }

  private handle(message: DeliveredMessage | Msg): Promise<void> | undefined {
    if (!(message instanceof DeliveredMessage)) {
      this.control(message);
      return undefined;
    }
    const fresh = message.seq > this.lastSeq;
    if (fresh) this.lastSeq = message.seq;
    const catchesUp = this.behind && (message.pending === 0 || message.deliverySeq >= this.catchUpAt);
    const shown = fresh && !this.context.probes.has(message.subject);
    const answer = shown ? this.options.onMessage(message) : undefined;
    if (!catchesUp) return answer ?? undefined;
    const life = this.life;
    if (answer === undefined) this.caughtUp(life);
    return answer?.then(() => this.caughtUp(life));
  }

  private control(message: Msg): void {
    if (message.reply !== undefined && message.reply !== '') {
      message.respond();
      return;
    }
    const stalledAt = message.headers?.get(JsHeaders.ConsumerStalledHdr);
    if (stalledAt !== undefined && stalledAt !== '') this.context.connection.publish(stalledAt);
    // An idle heartbeat in order means that nothing is left, whatever was purged meanwhile.
    else if (this.behind) this.caughtUp(this.life);
  }

  private caughtUp(life: number): void {
    if (life !== this.life || !this.behind) return;
    this.behind = false;
    this.options.onSignal?.({ type: 'caught-up', lastSeq: this.lastSeq });
  }

  private fail(error: unknown): void {
    this.busy = undefined;
    this.draining = false;
    void this.stop();
    this.options.onFailure(error);
  }
}

/** True for an idle heartbeat that counts more deliveries than arrived. */
function disagrees(message: Msg, arrivedSeq: number): boolean {
  const counted = message.headers?.get(JsHeaders.LastConsumerSeqHdr);
  return counted !== undefined && counted !== '' && Number(counted) !== arrivedSeq;
}
