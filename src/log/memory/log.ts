/** The port `Log` over a {@link MemoryServer}: one handle is what one node's connection is. */
import type { Clock } from '../../clock/clock.ts';
import type {
  AppendOptions,
  Appended,
  BucketName,
  KeyValue,
  Log,
  LogReader,
  OutgoingMessage,
  ReadOptions,
  StoredMessage,
  StreamName,
  StreamState,
} from '../log.ts';
import { LogUnavailable } from '../log.ts';
import { requireKey } from '../bucket-key.ts';
import { requireSendable } from '../outgoing.ts';
import { callFilter, matches, probeSubjects, requireExact, storedFilter } from '../subject-shapes.ts';
import { MemoryReader } from './reader.ts';
import type { MemoryStep } from './server.ts';
import { MemoryServer } from './server.ts';

export class MemoryLog implements Log {
  readonly prefix: string;
  readonly partitions: number;
  /** Shown to the scheduler and to the fault decision of the server. */
  readonly node: string;
  readonly server: MemoryServer;
  private readonly readers = new Set<MemoryReader>();
  private readonly listeners = new Set<(connected: boolean) => void>();
  private readonly leave: () => void;
  private cut = false;
  private closed = false;
  private connected: boolean;

  constructor(server: MemoryServer, node = 'node') {
    this.server = server;
    this.node = node;
    this.prefix = server.prefix;
    this.partitions = server.partitions;
    this.connected = server.available;
    this.leave = server.onAvailability(() => this.refresh());
  }

  /** Cuts this handle alone off from the server, or joins it again. */
  setReachable(reachable: boolean): void {
    this.cut = !reachable;
    this.refresh();
  }

  append(stream: StreamName, message: OutgoingMessage, options?: AppendOptions): Promise<Appended> {
    return this.ask({ kind: 'append', node: this.node, subject: message.subject }, () => {
      requireSendable(message);
      const appended = this.server.streams[stream].append(
        message,
        this.stored(stream, message.subject),
        options,
      );
      if (stream === 'log') this.server.appended();
      return appended;
    });
  }

  publish(message: OutgoingMessage): boolean {
    requireSendable(message);
    if (!this.connected) return false;
    const step: MemoryStep = { kind: 'publish', node: this.node, subject: message.subject };
    if (this.server.fate(step) === 'lost') return true;
    this.server.schedule(step, () => {
      if (this.server.available) this.store(message);
    });
    return true;
  }

  announce(message: OutgoingMessage): void {
    if (this.connected) this.server.announce(message);
  }

  last(stream: StreamName, subject: string): Promise<StoredMessage | undefined> {
    return this.ask({ kind: 'read', node: this.node, subject }, () => {
      requireExact(subject);
      return this.server.streams[stream].last(this.stored(stream, subject));
    });
  }

  at(stream: StreamName, seq: number): Promise<StoredMessage | undefined> {
    return this.ask({ kind: 'read', node: this.node }, () => this.server.streams[stream].at(seq));
  }

  ofCall(callId: string): Promise<StoredMessage[]> {
    return this.ask({ kind: 'read', node: this.node }, () => {
      const filter = callFilter(this.prefix, this.partitions, callId);
      if (filter === undefined) return [];
      return this.server.streams.log.newestOf((subject) => matches(filter, subject), Infinity);
    });
  }

  list(stream: StreamName, filter: string, max: number): Promise<StoredMessage[]> {
    return this.ask({ kind: 'read', node: this.node }, () => {
      const wanted = stream === 'log' ? storedFilter(this.prefix, this.partitions, filter) : filter;
      const probes = probeSubjects(this.prefix, this.partitions);
      const fits = (subject: string): boolean => matches(wanted, subject) && !probes.has(subject);
      return this.server.streams[stream].newestOf(fits, max);
    });
  }

  state(stream: StreamName): Promise<StreamState> {
    return this.ask({ kind: 'read', node: this.node }, () => this.server.streams[stream].state());
  }

  purge(stream: StreamName, subject: string): Promise<number> {
    return this.ask({ kind: 'append', node: this.node, subject }, () => {
      requireExact(subject);
      return this.server.streams[stream].purge(this.stored(stream, subject));
    });
  }

  remove(stream: StreamName, seq: number): Promise<boolean> {
    return this.ask({ kind: 'append', node: this.node }, () => this.server.streams[stream].remove(seq));
  }

  read(options: ReadOptions): LogReader {
    const reader = new MemoryReader(this.server, this, options, () => this.readers.delete(reader));
    this.readers.add(reader);
    return reader;
  }

  bucket(name: BucketName): KeyValue {
    const bucket = this.server.buckets[name];
    const ask = <T>(key: string | undefined, act: () => T): Promise<T> =>
      this.ask(
        { kind: 'bucket', node: this.node, ...(key === undefined ? {} : { subject: `${name}.${key}` }) },
        () => {
          if (key !== undefined) requireKey(key);
          return act();
        },
      );
    return {
      get: (key) => ask(key, () => bucket.get(key)),
      create: (key, value) => ask(key, () => bucket.write(key, value, 0)),
      update: (key, value, revision) => ask(key, () => bucket.write(key, value, revision)),
      put: (key, value) => ask(key, () => bucket.write(key, value)),
      delete: (key) => ask(key, () => bucket.delete(key)),
      keys: () => ask(undefined, () => bucket.keys()),
    };
  }

  flush(): Promise<void> {
    return this.connected ? Promise.resolve() : Promise.reject(new LogUnavailable('flush'));
  }

  isConnected(): boolean {
    return this.connected;
  }

  onConnectionChange(listener: (connected: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  describe(): { readonly server: string; readonly version: string } {
    return { server: 'memory', version: '1' };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.refresh();
    this.leave();
    await Promise.all([...this.readers].map((reader) => reader.stop()));
  }

  private stored(stream: StreamName, subject: string): string {
    return stream === 'log' ? this.server.stored(subject) : subject;
  }

  private store(message: OutgoingMessage): void {
    try {
      this.server.inject(message);
    } catch {
      // A plain publish that the stream refuses (full, wrong sequence) vanishes, as on a server.
    }
  }

  private refresh(): void {
    const connected = this.server.available && !this.cut && !this.closed;
    if (connected === this.connected) return;
    this.connected = connected;
    // Copies: whoever is told may start or stop a reader.
    const [readers, listeners] = [[...this.readers], [...this.listeners]];
    for (const reader of readers) reader.connectionChanged();
    for (const listener of listeners) listener(connected);
  }

  private ask<T>(step: MemoryStep, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.server.schedule(step, () => {
        const fate = this.connected ? this.server.fate(step) : 'lost';
        // Made only when needed: a simulation asks a million times.
        const unavailable = (): LogUnavailable =>
          new LogUnavailable(`${step.kind} ${step.subject ?? ''}`.trim());
        if (fate === 'lost') return reject(unavailable());
        try {
          const result = act();
          if (fate === 'done') resolve(result);
          else reject(unavailable());
        } catch (error) {
          reject(fate === 'done' ? error : unavailable());
        }
      });
    });
  }
}

/** A server and one handle on it, for tests that need no second node. */
export function memoryLog(clock: Clock, options: { partitions?: number; prefix?: string } = {}): MemoryLog {
  return new MemoryLog(new MemoryServer({ clock, ...options }));
}
