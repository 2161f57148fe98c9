/**
 * Own messages that were published without an ack and not read back yet: reading back is the ack (log
 * rule 19). Keeps each until then, sends again what a disconnect or a lost packet dropped, and holds
 * back what is beyond the cap, outcomes first; nothing is dropped.
 */
import type { Clock } from '../clock/clock.ts';
import type { Log, OutgoingMessage } from '../log/log.ts';
import type { OwnMessage } from './own-messages.ts';

/** In the order in which they go out at the cap. */
export const PRIORITIES = ['outcome', 'deadline', 'absence'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** About a second of one node's own messages; more would hide that nothing comes back. */
const CAP = 10_000;
/** Reading back takes milliseconds; what took this long is worth a question to the server. */
const ASK_AFTER_MS = 1_000;

interface Pending {
  readonly message: OutgoingMessage;
  readonly resolve: (() => void) | undefined;
  readonly reject: ((error: Error) => void) | undefined;
  sentAt: number;
  /** Set once asked: when the reader is here and it was not read back, it is not in the log. */
  passAt?: number;
}

interface Waiting {
  readonly own: OwnMessage;
  readonly pending: Pending;
}

export interface UnconfirmedOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Highest sequence that the reader handed over. */
  readonly readSeq: () => number;
  /** Default 10 000. */
  readonly cap?: number;
}

export class Unconfirmed {
  private readonly options: UnconfirmedOptions;
  private readonly cap: number;
  private readonly pending = new Map<string, Pending>();
  private readonly waiting: Record<Priority, Waiting[]> = { outcome: [], deadline: [], absence: [] };
  private asking = false;

  constructor(options: UnconfirmedOptions) {
    this.options = options;
    this.cap = options.cap ?? CAP;
  }

  /** Published and waiting to be published. */
  get size(): number {
    return this.pending.size + PRIORITIES.reduce((sum, name) => sum + this.waiting[name].length, 0);
  }

  /** Publishes, or waits for room under the cap. */
  send(own: OwnMessage, priority: Priority): void {
    this.admit(own, { message: own.message, resolve: undefined, reject: undefined, sentAt: 0 }, priority);
  }

  /** As {@link send}; resolves once read back, rejects when {@link abandon}ed. */
  sendAndWait(own: OwnMessage, priority: Priority): Promise<void> {
    return new Promise((resolve, reject) => {
      this.admit(own, { message: own.message, resolve, reject, sentAt: 0 }, priority);
    });
  }

  /** The reader saw one of ours. Unknown ids (read back twice) are fine. */
  confirm(id: string): void {
    const pending = this.pending.get(id);
    if (pending === undefined) return;
    this.pending.delete(id);
    pending.resolve?.();
    if (this.pending.size < this.cap) this.fill();
  }

  /** After a reconnect: the client dropped what was published meanwhile. */
  resendAll(): void {
    for (const pending of this.pending.values()) this.publish(pending);
  }

  /**
   * To be called now and then. Asks about what is overdue, oldest first, and appends again, with an
   * ack, what the reader has passed without seeing (log rule 19). Never throws.
   */
  async check(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      for (const [id, pending] of this.pending) {
        if (this.options.clock.monotonic() - pending.sentAt < ASK_AFTER_MS) continue;
        await this.askOrAppend(id, pending);
      }
    } catch {
      // The log is away: the reconnect sends everything again.
    } finally {
      this.asking = false;
    }
  }

  /** The partition was lost: nothing is sent again, whoever waits is told. */
  abandon(error: Error): void {
    const waiting = PRIORITIES.flatMap((name) => this.waiting[name].splice(0));
    const all = [...this.pending.values(), ...waiting.map(({ pending }) => pending)];
    this.pending.clear();
    for (const pending of all) pending.reject?.(error);
  }

  private async askOrAppend(id: string, pending: Pending): Promise<void> {
    const { log, clock, readSeq } = this.options;
    if (pending.passAt === undefined) {
      const last = await log.last('log', pending.message.subject);
      pending.passAt = last?.seq ?? 0;
    }
    if (readSeq() < pending.passAt || !this.pending.has(id)) return;
    await log.append('log', pending.message);
    pending.sentAt = clock.monotonic();
    delete pending.passAt;
  }

  private admit(own: OwnMessage, pending: Pending, priority: Priority): void {
    if (this.pending.size >= this.cap) {
      this.waiting[priority].push({ own, pending });
      return;
    }
    this.pending.set(own.id, pending);
    this.publish(pending);
  }

  private fill(): void {
    for (const name of PRIORITIES) {
      const queue = this.waiting[name];
      while (queue.length > 0 && this.pending.size < this.cap) {
        const next = queue.shift() as Waiting;
        this.pending.set(next.own.id, next.pending);
        this.publish(next.pending);
      }
    }
  }

  private publish(pending: Pending): void {
    pending.sentAt = this.options.clock.monotonic();
    delete pending.passAt;
    this.options.log.publish(pending.message);
  }
}
