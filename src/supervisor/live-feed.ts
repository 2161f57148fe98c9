/**
 * The live feed of one node. A hangup goes first: what a call did is told some milliseconds later, all
 * that came together in one go, outside the turn in which its effects leave.
 */
import type { Fold } from '../actors/call-state.ts';
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { Message } from '../contract/message.ts';
import { feedSubject } from '../contract/subjects.ts';
import type { Log } from '../log/log.ts';
import type { ViewEvent } from './view.ts';

/** Nobody sees the difference, and it is longer than a hangup takes to leave. */
const TELL_AFTER_MS = 5;

interface Told {
  readonly message: Message;
  readonly notes: Fold['notes'];
}

export class LiveFeed {
  private readonly log: Log;
  private readonly clock: Clock;
  private readonly listeners = new Set<(event: ViewEvent) => void>();
  private waiting: Told[] = [];
  private timer: TimerHandle | undefined;

  constructor(log: Log, clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  /** What one message did to its call. */
  tell(message: Message, notes: Fold['notes']): void {
    this.waiting.push({ message, notes });
    this.timer ??= this.clock.after(TELL_AFTER_MS, () => this.flush());
  }

  /** Tells at once what waits. */
  flush(): void {
    const told = this.waiting;
    this.stop();
    for (const { message, notes } of told) this.publish(message, notes);
  }

  /** Drops what waits. */
  stop(): void {
    this.waiting = [];
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** The same facts, in the same order, within this process. Returns the way out. */
  subscribe(listener: (event: ViewEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private publish({ callId, at, seq }: Message, notes: Fold['notes']): void {
    const head = `{"at":${at},"seq":${seq}`;
    for (const { type, data } of notes) {
      // As JSON.stringify({ at, seq, ...data }) writes it, without the copy: this is done twenty times a call.
      const rest = JSON.stringify(data);
      const body = rest === '{}' ? `${head}}` : `${head},${rest.slice(1)}`;
      this.log.announce({ subject: feedSubject(this.log.prefix, callId, type), data: Buffer.from(body) });
      for (const listener of this.listeners) listener({ at, seq, callId, type, data });
    }
  }
}
