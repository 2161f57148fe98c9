/**
 * Requests over one connection: one subscription for all answers, each request with a reply subject of
 * its own. The client's `request` does the same, but makes an error with its stack for every request
 * that was answered, and a timer, which was a twentieth of an orchestrator's CPU.
 */
import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/transport-node';
import { createInbox, errors } from '@nats-io/transport-node';
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { Turn } from './turn.ts';

/**
 * `no-responder`: nobody subscribes; `unanswered`: somebody may. An error of the client, when the
 * connection was closed, the message is too large, or the server does not permit it.
 */
export type Reply = Msg | 'no-responder' | 'unanswered' | Error;

export interface Request {
  readonly subject: string;
  readonly data: Uint8Array | string;
  readonly headers?: MsgHdrs | undefined;
  /** The longest wait for the answer, in ms. */
  readonly timeoutMs: number;
}

interface Waiting {
  readonly request: Request;
  /** Last token of its reply subject: its place in the list, and a number that no other request has. */
  readonly token: string;
  /** On the monotonic clock. */
  readonly dueAt: number;
  readonly resolve: (reply: Reply) => void;
}

/** How a server answers for a subject that nobody subscribes to. */
const NO_RESPONDERS = 503;

export class ReplyInbox {
  private readonly connection: NatsConnection;
  private readonly clock: Clock;
  private readonly turn: Turn;
  private readonly inbox: string;
  /**
   * Places are used again. In a Map, each table that it outgrew would keep what it held until the next
   * full collection, and with it everything that came after: a quarter of what a request cost.
   */
  private readonly waiting: (Waiting | undefined)[] = [];
  private readonly free: number[] = [];
  private asked = 0;
  private subscription: Subscription | undefined;
  /** One timer for all: for whoever is due first when it is set, or earlier. */
  private timer: TimerHandle | undefined;
  private timerAt = Infinity;

  /**
   * Requests leave with the rest of their `turn`. `prefix` of reply subjects: that of the connection,
   * or permissions may keep answers away.
   */
  constructor(connection: NatsConnection, clock: Clock, turn: Turn, prefix?: string) {
    this.connection = connection;
    this.clock = clock;
    this.turn = turn;
    this.inbox = createInbox(prefix);
  }

  /**
   * One request; never rejects. Waits its whole time through a loss of the connection, as the answer
   * may come after the reconnect.
   */
  request(request: Request): Promise<Reply> {
    return new Promise((resolve) => {
      const place = this.free.pop() ?? this.waiting.length;
      const token = `${place}-${(this.asked += 1)}`;
      const dueAt = this.clock.monotonic() + request.timeoutMs;
      const waiting = { request, token, dueAt, resolve };
      this.waiting[place] = waiting;
      if (dueAt < this.timerAt) this.wakeAt(dueAt, request.timeoutMs);
      this.turn.add(() => this.send(waiting));
    });
  }

  /** The server said that we may not publish there: ends one request to that subject. */
  refused(subject: string, error: Error): void {
    const refused = this.waiting.find((waiting) => waiting?.request.subject === subject);
    if (refused !== undefined) this.answer(refused.token, error);
  }

  private send({ request: { subject, data, headers }, token }: Waiting): void {
    // Ended within this turn: it is certain that nobody acts on it.
    if (this.find(token) === undefined) return;
    try {
      this.subscription ??= this.subscribe();
      const reply = `${this.inbox}.${token}`;
      this.connection.publish(subject, data, headers === undefined ? { reply } : { reply, headers });
    } catch (error) {
      this.answer(token, error as Error);
    }
  }

  private subscribe(): Subscription {
    const subscription = this.connection.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.heard(message);
      },
    });
    void subscription.closed.then((error) => this.ended(error ?? new errors.ClosedConnectionError()));
    return subscription;
  }

  /** Closed with its connection, or not permitted: nothing more is heard. The next request tries again. */
  private ended(error: Error): void {
    this.subscription = undefined;
    for (const waiting of this.waiting) if (waiting !== undefined) this.answer(waiting.token, error);
  }

  private heard(message: Msg): void {
    const token = message.subject.slice(this.inbox.length + 1);
    const nobody = message.data.length === 0 && message.headers?.code === NO_RESPONDERS;
    this.answer(token, nobody ? 'no-responder' : message);
  }

  private find(token: string): Waiting | undefined {
    const waiting = this.waiting[placeOf(token)];
    return waiting?.token === token ? waiting : undefined;
  }

  /** The first answer counts; a late or a second one is dropped. */
  private answer(token: string, reply: Reply): void {
    const waiting = this.find(token);
    if (waiting === undefined) return;
    const place = placeOf(token);
    this.waiting[place] = undefined;
    // The last one: a timer would keep a process that has closed its connection.
    if (this.free.push(place) === this.waiting.length) this.rest();
    waiting.resolve(reply);
  }

  private wakeAt(dueAt: number, delayMs: number): void {
    this.timer?.cancel();
    this.timerAt = dueAt;
    this.timer = this.clock.after(delayMs, () => this.expire());
  }

  private expire(): void {
    this.rest();
    const now = this.clock.monotonic();
    let next = Infinity;
    for (const waiting of this.waiting) {
      if (waiting === undefined) continue;
      if (waiting.dueAt <= now) this.answer(waiting.token, 'unanswered');
      else next = Math.min(next, waiting.dueAt);
    }
    if (next < this.timerAt) this.wakeAt(next, next - now);
  }

  private rest(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.timerAt = Infinity;
  }
}

function placeOf(token: string): number {
  return Number.parseInt(token, 10);
}
