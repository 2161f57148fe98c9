/** One stream in memory: an array of messages with holes where something was purged. */
import type { Clock } from '../../clock/clock.ts';
import type { AppendOptions, Appended, OutgoingMessage, StoredMessage, StreamState } from '../log.ts';
import { LogFull, WrongLastSequence } from '../log.ts';

/** NATS' own default for its duplicate window, 2 minutes. */
const DUPLICATE_WINDOW_MS = 120_000;
const MESSAGE_ID = 'Nats-Msg-Id';

interface Accepted {
  readonly seq: number;
  readonly at: number;
}

export class MemoryStream {
  readonly name: string;
  /** Byte limit; -1 is none. May be changed at any time, for example to make the stream full. */
  maxBytes: number;
  private readonly clock: Clock;
  private readonly createdAt: string;
  private readonly messages: (StoredMessage | undefined)[] = [];
  private readonly newest = new Map<string, number>();
  private readonly accepted = new Map<string, Accepted>();
  private bytes = 0;
  private kept = 0;

  constructor(name: string, clock: Clock, maxBytes: number, createdAt: string) {
    this.name = name;
    this.clock = clock;
    this.maxBytes = maxBytes;
    this.createdAt = createdAt;
  }

  get lastSeq(): number {
    return this.messages.length;
  }

  /** Stores a message under a stored subject. Throws {@link WrongLastSequence}, {@link LogFull}. */
  append(message: OutgoingMessage, subject: string, options: AppendOptions = {}): Appended {
    const id = options.messageId ?? message.headers?.[MESSAGE_ID];
    const known = id === undefined ? undefined : this.duplicateOf(id);
    if (known !== undefined) return { seq: known, duplicate: true };
    const expected = options.expectLastSubjectSeq;
    if (expected !== undefined && expected !== (this.newest.get(subject) ?? 0)) {
      throw new WrongLastSequence(`${this.name} ${subject}`);
    }
    const headers = new Map(Object.entries(message.headers ?? {}));
    if (id !== undefined) headers.set(MESSAGE_ID, id);
    const stored: StoredMessage = {
      subject,
      seq: this.messages.length + 1,
      timestampMs: this.clock.now(),
      headers,
      data: message.data.slice(),
    };
    if (this.maxBytes >= 0 && this.bytes + sizeOf(stored) > this.maxBytes) throw new LogFull(this.name);
    this.messages.push(stored);
    this.kept += 1;
    this.bytes += sizeOf(stored);
    this.newest.set(subject, stored.seq);
    if (id !== undefined) this.accepted.set(id, { seq: stored.seq, at: stored.timestampMs });
    return { seq: stored.seq, duplicate: false };
  }

  at(seq: number): StoredMessage | undefined {
    return this.messages[seq - 1];
  }

  last(subject: string): StoredMessage | undefined {
    const seq = this.newest.get(subject);
    return seq === undefined ? undefined : this.at(seq);
  }

  /** The first message at or above a sequence that fits. */
  firstFrom(seq: number, fits: (subject: string) => boolean): StoredMessage | undefined {
    for (let i = Math.max(seq, 1); i <= this.messages.length; i += 1) {
      const message = this.messages[i - 1];
      if (message !== undefined && fits(message.subject)) return message;
    }
    return undefined;
  }

  /** The newest `max` messages that fit, oldest first. */
  newestOf(fits: (subject: string) => boolean, max: number): StoredMessage[] {
    const found: StoredMessage[] = [];
    for (let i = this.messages.length - 1; i >= 0 && found.length < max; i -= 1) {
      const message = this.messages[i];
      if (message !== undefined && fits(message.subject)) found.push(message);
    }
    return found.reverse();
  }

  purge(subject: string): number {
    let count = 0;
    for (const [i, message] of this.messages.entries()) {
      if (message?.subject !== subject) continue;
      this.messages[i] = undefined;
      this.kept -= 1;
      this.bytes -= sizeOf(message);
      count += 1;
    }
    this.newest.delete(subject);
    return count;
  }

  /** As a server: the subject's last message is then the one before. */
  remove(seq: number): boolean {
    const message = this.messages[seq - 1];
    if (message === undefined) return false;
    this.messages[seq - 1] = undefined;
    this.kept -= 1;
    this.bytes -= sizeOf(message);
    if (this.newest.get(message.subject) !== seq) return true;
    const [before] = this.newestOf((subject) => subject === message.subject, 1);
    if (before === undefined) this.newest.delete(message.subject);
    else this.newest.set(message.subject, before.seq);
    return true;
  }

  /** Forgets the newest `count` sequences, as a power cut does when nothing was flushed. */
  rewind(count: number): void {
    for (let i = 0; i < count && this.messages.length > 0; i += 1) {
      const lost = this.messages.pop();
      if (lost === undefined) continue;
      this.bytes -= sizeOf(lost);
      this.kept -= 1;
    }
    this.newest.clear();
    for (const message of this.messages) {
      if (message !== undefined) this.newest.set(message.subject, message.seq);
    }
    for (const [id, { seq }] of this.accepted) {
      if (seq > this.messages.length) this.accepted.delete(id);
    }
  }

  state(): StreamState {
    const first = this.firstFrom(1, () => true);
    return {
      firstSeq: first?.seq ?? this.messages.length + 1,
      lastSeq: this.messages.length,
      messages: this.kept,
      bytes: this.bytes,
      maxBytes: this.maxBytes,
      createdAt: this.createdAt,
    };
  }

  private duplicateOf(id: string): number | undefined {
    const before = this.accepted.get(id);
    if (before === undefined || this.clock.now() - before.at >= DUPLICATE_WINDOW_MS) return undefined;
    return before.seq;
  }
}

function sizeOf(message: StoredMessage): number {
  let size = message.subject.length + message.data.length;
  for (const [key, value] of message.headers) size += key.length + value.length;
  return size;
}
