/** The port `Log` over one NATS connection. Made by `connectLog`. */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../../clock/clock.ts';
import type { Turn } from '../../nats/turn.ts';
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
import { requireSendable } from '../outgoing.ts';
import {
  callFilter,
  probeSubjects,
  readerFilter,
  requireExact,
  storedFilter,
  storedSubject,
} from '../subject-shapes.ts';
import type { AckedPublisher } from './acked.ts';
import { natsHeaders } from './acked.ts';
import { asking, isMissing } from './errors.ts';
import { fromStored } from './messages.ts';
import { probePartitions } from './probe.ts';
import { NatsReader } from './reader.ts';
import { Scanner } from './scan.ts';
import { STREAMS } from './streams.ts';

export interface NatsLogParts {
  readonly connection: NatsConnection;
  /** Everything that this log stores leaves through it. */
  readonly turn: Turn;
  readonly acked: AckedPublisher;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly buckets: Readonly<Record<BucketName, KeyValue>>;
  readonly clock: Clock;
  readonly prefix: string;
  readonly partitions: number;
}

export class NatsLog implements Log {
  readonly prefix: string;
  readonly partitions: number;
  /** For what is no log: commands, the live feed, services. */
  readonly connection: NatsConnection;
  private readonly turn: Turn;
  private readonly acked: AckedPublisher;
  private readonly client: JetStreamClient;
  private readonly manager: JetStreamManager;
  private readonly buckets: Readonly<Record<BucketName, KeyValue>>;
  private readonly clock: Clock;
  private readonly scanner: Scanner;
  private readonly probes: ReadonlySet<string>;
  private readonly readers = new Set<NatsReader>();
  private readonly listeners = new Set<(connected: boolean) => void>();
  private connected = true;

  constructor(parts: NatsLogParts) {
    this.connection = parts.connection;
    this.turn = parts.turn;
    this.acked = parts.acked;
    this.client = parts.client;
    this.manager = parts.manager;
    this.buckets = parts.buckets;
    this.clock = parts.clock;
    this.prefix = parts.prefix;
    this.partitions = parts.partitions;
    this.scanner = new Scanner(parts.client, parts.manager);
    this.probes = probeSubjects(parts.prefix, parts.partitions);
  }

  append(stream: StreamName, message: OutgoingMessage, options: AppendOptions = {}): Promise<Appended> {
    return this.ask(stream, message.subject, () => {
      requireSendable(message);
      return this.acked.publish(message, options);
    });
  }

  publish(message: OutgoingMessage): boolean {
    requireSendable(message);
    // The client would keep it in a buffer that it empties when it reconnects.
    if (!this.isConnected()) return false;
    // Cut off meanwhile, it is dropped: whoever published sends again what was not read back (log rule 19).
    this.turn.add(() => {
      if (this.isConnected()) this.send(message);
    });
    return true;
  }

  announce(message: OutgoingMessage): void {
    requireSendable(message);
    if (this.isConnected()) this.send(message);
  }

  last(stream: StreamName, subject: string): Promise<StoredMessage | undefined> {
    return this.ask(stream, subject, async () => {
      requireExact(subject);
      const stored = await this.manager.streams.getMessage(STREAMS[stream], {
        last_by_subj: this.stored(stream, subject),
      });
      return stored === null ? undefined : fromStored(stored);
    });
  }

  at(stream: StreamName, seq: number): Promise<StoredMessage | undefined> {
    return this.ask(stream, `sequence ${seq}`, async () => {
      const stored = await this.manager.streams.getMessage(STREAMS[stream], { seq });
      return stored === null ? undefined : fromStored(stored);
    });
  }

  async ofCall(callId: string): Promise<StoredMessage[]> {
    const filter = callFilter(this.prefix, this.partitions, callId);
    if (filter === undefined) return [];
    return this.ask('log', filter, () => this.scanner.from(STREAMS.log, filter, 1));
  }

  list(stream: StreamName, filter: string, max: number): Promise<StoredMessage[]> {
    const wanted = stream === 'log' ? storedFilter(this.prefix, this.partitions, filter) : filter;
    return this.ask(stream, wanted, async () => {
      const found = await this.scanner.newest(STREAMS[stream], wanted, max);
      return found.filter((message) => !this.probes.has(message.subject));
    });
  }

  state(stream: StreamName): Promise<StreamState> {
    return this.ask(stream, 'state', async () => {
      const { state, config, created } = await this.manager.streams.info(STREAMS[stream]);
      return {
        firstSeq: state.first_seq,
        lastSeq: state.last_seq,
        messages: state.messages,
        bytes: state.bytes,
        maxBytes: config.max_bytes,
        createdAt: created,
      };
    });
  }

  purge(stream: StreamName, subject: string): Promise<number> {
    return this.ask(stream, subject, async () => {
      requireExact(subject);
      const filter = this.stored(stream, subject);
      return (await this.manager.streams.purge(STREAMS[stream], { filter })).purged;
    });
  }

  remove(stream: StreamName, seq: number): Promise<boolean> {
    return this.ask(stream, `sequence ${seq}`, async () => {
      try {
        return await this.manager.streams.deleteMessage(STREAMS[stream], seq);
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    });
  }

  read(options: ReadOptions): LogReader {
    const context = {
      connection: this.connection,
      manager: this.manager,
      clock: this.clock,
      stream: STREAMS.log,
      filter: readerFilter(this.prefix, this.partitions, options.partition),
      probes: this.probes,
      isConnected: () => this.isConnected(),
    };
    const reader = new NatsReader(context, options, () => this.readers.delete(reader));
    this.readers.add(reader);
    return reader;
  }

  bucket(name: BucketName): KeyValue {
    return this.buckets[name];
  }

  flush(): Promise<void> {
    this.turn.end();
    return this.ask('log', 'flush', () => this.connection.flush());
  }

  isConnected(): boolean {
    return this.connected && !this.connection.isClosed();
  }

  onConnectionChange(listener: (connected: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  describe(): { readonly server: string; readonly version: string } {
    const info = this.connection.info;
    return { server: info?.server_name ?? '', version: info?.version ?? '' };
  }

  /** Throws `LogMismatch` when the server does not map events as this process does (log rule 3). */
  probePartitions(): Promise<void> {
    return probePartitions(this.client, this.manager, this.prefix, this.partitions);
  }

  async close(): Promise<void> {
    this.turn.end();
    await Promise.all([...this.readers].map((reader) => reader.stop()));
    await this.connection.close();
  }

  /** Told by the watcher of the connection's status. */
  connectionChanged(connected: boolean): void {
    if (connected === this.connected) return;
    this.connected = connected;
    // Copies: whoever is told may start or stop a reader.
    const [readers, listeners] = [[...this.readers], [...this.listeners]];
    for (const reader of readers) reader.connectionChanged(connected);
    for (const listener of listeners) listener(connected);
  }

  /** Told by the watcher too: the server said that we may not publish to a subject. */
  publishRefused(subject: string, error: Error): void {
    this.acked.refused(subject, error);
  }

  private send(message: OutgoingMessage): void {
    if (message.headers === undefined) this.connection.publish(message.subject, message.data);
    else this.connection.publish(message.subject, message.data, { headers: natsHeaders(message.headers) });
  }

  private stored(stream: StreamName, subject: string): string {
    return stream === 'log' ? storedSubject(this.prefix, this.partitions, subject) : subject;
  }

  private ask<T>(stream: StreamName, where: string, act: () => Promise<T>): Promise<T> {
    return asking(STREAMS[stream], where, act);
  }
}
