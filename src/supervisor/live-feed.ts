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

/** Where facts leave to: each a line of subject, space and JSON, with a line break between two. Never throws. */
export type FeedSink = (lines: string) => void;

/** Over that very connection. */
export function announceTo(log: Log): FeedSink {
  return (lines) => {
    for (const line of lines.split('\n')) {
      const space = line.indexOf(' ');
      log.announce({ subject: line.slice(0, space), data: Buffer.from(line.slice(space + 1)) });
    }
  };
}

interface Told {
  readonly message: Message;
  readonly notes: Fold['notes'];
}

export class LiveFeed {
  private readonly prefix: string;
  private readonly clock: Clock;
  private readonly sink: FeedSink;
  private readonly listeners = new Set<(event: ViewEvent) => void>();
  private waiting: Told[] = [];
  private timer: TimerHandle | undefined;

  constructor(prefix: string, clock: Clock, sink: FeedSink) {
    this.prefix = prefix;
    this.clock = clock;
    this.sink = sink;
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
    if (told.length === 0) return;
    let lines = '';
    for (const each of told) lines += this.linesOf(each);
    // A start that is refused for being late says nothing.
    if (lines !== '') this.sink(lines.slice(0, -1));
    for (const { message, notes } of told) this.tellListeners(message, notes);
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

  /** Each as JSON.stringify({ at, seq, ...data }) writes it, without the copy: a call has some twenty. */
  private linesOf({ message: { callId, at, seq }, notes }: Told): string {
    const subject = feedSubject(this.prefix, callId, '');
    const head = ` {"at":${at},"seq":${seq}`;
    let lines = '';
    for (const { type, data } of notes) {
      const rest = JSON.stringify(data);
      lines += subject + type + head + (rest === '{}' ? '}' : `,${rest.slice(1)}`) + '\n';
    }
    return lines;
  }

  private tellListeners({ callId, at, seq }: Message, notes: Fold['notes']): void {
    for (const { type, data } of notes) {
      for (const listener of this.listeners) listener({ at, seq, callId, type, data });
    }
  }
}
