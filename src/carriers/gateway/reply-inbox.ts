/**
 * Answers to commands: one subscription for all of them, each request with a reply subject of its own.
 * The client's `request` does the same, but makes an error with its stack for every request that was
 * answered, which was a twentieth of an orchestrator's CPU.
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { createInbox } from '@nats-io/transport-node';
import type { Clock, TimerHandle } from '../../clock/clock.ts';

/** `no-responder`: nobody subscribes; `unanswered`: somebody may; `disconnected`: it says nothing. */
export type Reply = Msg | 'no-responder' | 'unanswered' | 'disconnected';

interface Request {
  readonly subject: string;
  readonly data: string;
  readonly token: string;
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly timer: TimerHandle;
}

/** How a server answers for a subject that nobody subscribes to. */
const NO_RESPONDERS = 503;

export class ReplyInbox {
  private readonly connection: NatsConnection;
  private readonly clock: Clock;
  private readonly inbox: string;
  private readonly waiting = new Map<string, Waiting>();
  private subscription: Subscription | undefined;
  private asked = 0;
  /** Asked for in this turn of the event loop: after the hangups of the turn, and in one write. */
  private turn: Request[] = [];

  /** `prefix` of reply subjects: that of the connection, or permissions may keep answers away. */
  constructor(connection: NatsConnection, clock: Clock, prefix?: string) {
    this.connection = connection;
    this.clock = clock;
    this.inbox = createInbox(prefix);
  }

  /** One request; never rejects. `timeoutMs` is the longest wait for the answer. */
  request(subject: string, data: string, timeoutMs: number): Promise<Reply> {
    this.asked += 1;
    const token = String(this.asked);
    return new Promise((resolve) => {
      const timer = this.clock.after(timeoutMs, () => this.answer(token, 'unanswered'));
      this.waiting.set(token, { resolve, timer });
      if (this.turn.push({ subject, data, token }) === 1) setImmediate(() => this.endTurn());
    });
  }

  private endTurn(): void {
    const requests = this.turn;
    this.turn = [];
    for (const { subject, data, token } of requests) {
      try {
        this.subscription ??= this.connection.subscribe(`${this.inbox}.*`, {
          callback: (error, message) => this.heard(error, message),
        });
        this.connection.publish(subject, data, { reply: `${this.inbox}.${token}` });
      } catch {
        // Closed meanwhile, or draining.
        this.answer(token, 'disconnected');
      }
    }
  }

  private heard(error: Error | null, message: Msg): void {
    if (error !== null) return;
    const token = message.subject.slice(this.inbox.length + 1);
    const nobody = message.data.length === 0 && message.headers?.code === NO_RESPONDERS;
    this.answer(token, nobody ? 'no-responder' : message);
  }

  /** The first answer counts; a late or a second one is dropped. */
  private answer(token: string, reply: Reply): void {
    const waiting = this.waiting.get(token);
    if (waiting === undefined) return;
    this.waiting.delete(token);
    waiting.timer.cancel();
    waiting.resolve(reply);
  }
}
