/**
 * Events on their way to the log. Each call has its own queue with one event in flight, so that a
 * lost ack cannot reorder a call; calls do not wait for each other. An event leaves its queue only
 * when the stream acknowledged it: a time-out means "unknown", and the same event is published
 * again with the same id, which the stream deduplicates.
 */
import { jetstream } from '@nats-io/jetstream';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers as natsHeaders, InvalidArgumentError } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../clock/clock.ts';
import type { OnProblem } from './errors.ts';
import type { GatewayEventType } from './events.ts';
import { importanceOf, VITAL } from './importance.ts';
import type { Importance } from './importance.ts';
import type { Link } from './link.ts';

export interface OutgoingEvent {
  readonly type: GatewayEventType;
  readonly subject: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An ack on one network takes milliseconds; a server that fsyncs each message takes tens. */
const ACK_TIMEOUT_MS = 3_000;

/** After a failure: at once almost, then rarer, never slower than this. */
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 2_000;

export interface OutboxOptions {
  readonly link: Link;
  readonly clock: Clock;
  /** Events held while NATS is away, over all calls. */
  readonly bufferMax: number;
  readonly onProblem: OnProblem;
}

/** The queue of one call. */
export interface CallQueue {
  readonly callId: string;
  /** With a sequence the reader sees gaps; a call taken over from another instance has none. */
  readonly sequenced: boolean;
  sequence: number;
  sending: boolean;
  readonly waiting: Queued[];
}

interface Queued {
  readonly event: OutgoingEvent;
  readonly importance: Importance;
  sequence?: number;
}

export class Outbox {
  dropped = 0;
  private count = 0;
  private outage = false;
  private stream: JetStreamClient | undefined;
  private readonly queues = new Set<CallQueue>();
  private readonly idle = new Set<() => void>();
  private readonly options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.options = options;
  }

  /** Events accepted and not acknowledged. */
  get buffered(): number {
    return this.count;
  }

  openQueue(callId: string, sequenced: boolean): CallQueue {
    return { callId, sequenced, sequence: 0, sending: false, waiting: [] };
  }

  add(queue: CallQueue, event: OutgoingEvent): void {
    queue.waiting.push({ event, importance: importanceOf(event.type) });
    this.queues.add(queue);
    this.count += 1;
    if (this.count > this.options.bufferMax) this.dropOne();
    if (!queue.sending) void this.send(queue);
  }

  /** Resolves true once everything was acknowledged, false after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<boolean> {
    if (this.count === 0) return true;
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        resolve(true);
      };
      const timer = this.options.clock.after(timeoutMs, () => {
        this.idle.delete(done);
        resolve(false);
      });
      this.idle.add(done);
    });
  }

  private async send(queue: CallQueue): Promise<void> {
    queue.sending = true;
    let delayMs = RETRY_MIN_MS;
    for (let head = queue.waiting[0]; head !== undefined; head = queue.waiting[0]) {
      if (queue.sequenced) head.sequence ??= queue.sequence += 1;
      const connection = await this.options.link.ready();
      if (connection === undefined) break;
      if (await this.attempt(connection, queue, head)) {
        queue.waiting.shift();
        this.settled();
        delayMs = RETRY_MIN_MS;
      } else if (this.options.link.connected) {
        // Without a connection `ready` waits; with one it is the stream that does not answer.
        await new Promise<void>((resolve) => this.options.clock.after(delayMs, resolve));
        delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
      }
    }
    queue.sending = false;
    if (queue.waiting.length === 0) this.queues.delete(queue);
  }

  /** True when the event is stored, or can never be. */
  private async attempt(connection: NatsConnection, queue: CallQueue, queued: Queued): Promise<boolean> {
    const { event, sequence } = queued;
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(event.headers)) headers.set(name, value);
    if (sequence !== undefined) headers.set('ce-sequence', String(sequence));
    try {
      const publishOptions = { msgID: event.messageId, headers, timeout: ACK_TIMEOUT_MS, retries: 0 };
      this.stream ??= jetstream(connection);
      await this.options.link.whileUp(this.stream.publish(event.subject, event.body, publishOptions));
      this.outage = false;
      return true;
    } catch (cause) {
      const problem = { callId: queue.callId, subject: event.type, cause };
      if (cause instanceof InvalidArgumentError) {
        this.options.onProblem({ code: 'event_too_large', ...problem });
        return true;
      }
      if (!this.outage) this.options.onProblem({ code: 'event_unacknowledged', ...problem });
      this.outage = true;
      return false;
    }
  }

  private settled(): void {
    this.count -= 1;
    if (this.count > 0) return;
    for (const done of this.idle) done();
    this.idle.clear();
  }

  /** The oldest of the least important; what is in flight stays. All vital: the bound gives way. */
  private dropOne(): void {
    let found: { queue: CallQueue; index: number; importance: Importance } | undefined;
    for (const queue of this.queues) {
      for (let index = queue.sending ? 1 : 0; index < queue.waiting.length; index += 1) {
        const importance = queue.waiting[index]?.importance ?? VITAL;
        if (importance < (found?.importance ?? VITAL)) found = { queue, index, importance };
      }
    }
    if (found === undefined) return;
    const [gone] = found.queue.waiting.splice(found.index, 1);
    if (found.importance > 0) found.queue.sequence += 1;
    this.dropped += 1;
    this.options.onProblem({
      code: 'event_dropped',
      callId: found.queue.callId,
      ...(gone === undefined ? {} : { subject: gone.event.type }),
    });
    this.settled();
  }
}
