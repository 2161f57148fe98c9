/**
 * The port `Log`: one ordered stream of messages, beside it the record and dead-letter streams and
 * key-value buckets with compare-and-set. Two adapters, `nats/` and `memory/`, are held to the same
 * conformance suite (`test/log/`). Nothing outside this folder knows which one it talks to.
 */

/** A message as it is stored. Bytes are not decoded here. */
export interface StoredMessage {
  readonly subject: string;
  /** Position in its stream, from 1. */
  readonly seq: number;
  /** The server's clock when the message was stored, in ms since the epoch (fractions kept). */
  readonly timestampMs: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly data: Uint8Array;
}

export interface OutgoingMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Appended {
  readonly seq: number;
  readonly duplicate: boolean;
}

/** `log` = ONHOOK_LOG, `records` = ONHOOK_RECORDS, `deadLetters` = ONHOOK_DEAD_LETTERS. */
export type StreamName = 'log' | 'records' | 'deadLetters';

export interface AppendOptions {
  /** Append only if the subject's last sequence is this one (0 = none). Throws {@link WrongLastSequence}. */
  readonly expectLastSubjectSeq?: number;
  /** Deduplication id; messages of our own carry none (log rule 18). */
  readonly messageId?: string;
  readonly timeoutMs?: number;
}

export interface StreamState {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Kept now: removed ones leave gaps in the sequences. */
  readonly messages: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Identity of this stream's life: it changes when the stream is deleted and made again. */
  readonly createdAt: string;
}

/** What a reader reports beside messages. */
export type ReaderSignal =
  /**
   * Everything stored when the reader started, or resumed, has been handed over. Sent once after
   * each start and each resumption; `lastSeq` is the reader's own.
   */
  | { readonly type: 'caught-up'; readonly lastSeq: number }
  /**
   * Delivery was interrupted and has resumed without a gap in sequences. Sent before the first
   * message after the interruption, so that the log can be checked for a rewind (log rule 30) first.
   */
  | { readonly type: 'resumed' }
  /** Nothing can be read at present; the reader keeps trying. */
  | { readonly type: 'stalled'; readonly reason: string };

export interface ReadOptions {
  /** Undefined reads every partition. */
  readonly partition?: number;
  /** First sequence wanted. */
  readonly fromSeq: number;
  /**
   * Called in stored order, each sequence once, never concurrently. May return a promise: the next
   * message waits for it (back-pressure). A throw stops the reader and reaches `onFailure`.
   */
  readonly onMessage: (message: StoredMessage) => void | Promise<void>;
  readonly onSignal?: (signal: ReaderSignal) => void;
  readonly onFailure: (error: unknown) => void;
}

export interface LogReader {
  /** Highest sequence handed to `onMessage`, or `fromSeq - 1`. */
  readonly lastSeq: number;
  /**
   * Idempotent; resolves once `onMessage` has returned and will not be called again. Not to be
   * awaited inside `onMessage`.
   */
  stop(): Promise<void>;
}

export interface KeyValueEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly revision: number;
}

/** A bucket with compare-and-set. Keys are `[A-Za-z0-9_=.-]+`. */
export interface KeyValue {
  get(key: string): Promise<KeyValueEntry | undefined>;
  /** Throws {@link WrongLastSequence} when the key exists. Returns the revision. */
  create(key: string, value: Uint8Array): Promise<number>;
  /** Throws {@link WrongLastSequence} when the revision is not the newest. Returns the new one. */
  update(key: string, value: Uint8Array, revision: number): Promise<number>;
  /** Unconditional. Returns the revision. */
  put(key: string, value: Uint8Array): Promise<number>;
  delete(key: string): Promise<void>;
  keys(): Promise<string[]>;
}

/** `checkpoints` = onhook-checkpoints, `legs` = onhook-legs. */
export type BucketName = 'checkpoints' | 'legs';

export interface Log {
  readonly prefix: string;
  /** N, stored with the stream and immutable (log rule 2). */
  readonly partitions: number;
  /** Acked append. A time-out means unknown, not failed: throws {@link LogUnavailable}. */
  append(stream: StreamName, message: OutgoingMessage, options?: AppendOptions): Promise<Appended>;
  /**
   * Publishes without an ack: reading it back is the ack (log rule 19). Returns false when it was
   * certainly dropped (not connected); true promises nothing.
   */
  publish(message: OutgoingMessage): boolean;
  /** Core publish to the live feed; in no stream, never fails. */
  announce(message: OutgoingMessage): void;
  /** Newest message of an exact subject (as published, `….evt.…`), or undefined. */
  last(stream: StreamName, subject: string): Promise<StoredMessage | undefined>;
  /** One message by sequence, or undefined when it is gone. */
  at(stream: StreamName, seq: number): Promise<StoredMessage | undefined>;
  /** All messages of a call, in order: for the API, not for the hot path. */
  ofCall(callId: string): Promise<StoredMessage[]>;
  /** The newest messages of a stream whose subject matches a filter, oldest first. */
  list(stream: StreamName, filter: string, max: number): Promise<StoredMessage[]>;
  state(stream: StreamName): Promise<StreamState>;
  /** Removes messages by exact subject (as published). Returns how many. */
  purge(stream: StreamName, subject: string): Promise<number>;
  /**
   * Removes one message by its sequence. False when it is not there any more. May run twice. `last` of
   * its subject may find nothing afterwards (nats-server 2.9): for dead letters, which nobody asks so.
   */
  remove(stream: StreamName, seq: number): Promise<boolean>;
  read(options: ReadOptions): LogReader;
  bucket(name: BucketName): KeyValue;
  /** Waits until everything published so far has left this process. Rejects when it cannot. */
  flush(): Promise<void>;
  isConnected(): boolean;
  onConnectionChange(listener: (connected: boolean) => void): () => void;
  /** For the health page: server name and version. */
  describe(): { readonly server: string; readonly version: string };
  close(): Promise<void>;
}

/** The expectation of an append, create or update did not hold: somebody was first. */
export class WrongLastSequence extends Error {
  readonly code = 'wrong_last_sequence';
  constructor(where: string, options?: ErrorOptions) {
    super(`somebody else wrote first: ${where}`, options);
    this.name = 'WrongLastSequence';
  }
}

interface Unanswered extends ErrorOptions {
  readonly cure?: string;
}

/** The log did not answer. Whether the operation happened is unknown. */
export class LogUnavailable extends Error {
  readonly code = 'log_unavailable';
  constructor(
    operation: string,
    { cure = 'check that NATS is up and reachable', ...options }: Unanswered = {},
  ) {
    super(`the log did not answer: ${operation}; ${cure}`, options);
    this.name = 'LogUnavailable';
  }
}

/** The stream is at its byte limit and refuses new messages. */
export class LogFull extends Error {
  readonly code = 'log_full';
  constructor(stream: string, options?: ErrorOptions) {
    super(`stream ${stream} is full; raise its max_bytes or lower its max_age`, options);
    this.name = 'LogFull';
  }
}

/** What exists on the server is not what this configuration says. Never repaired silently. */
export class LogMismatch extends Error {
  readonly code = 'log_mismatch';
  readonly problem: string;
  readonly cure: string;
  constructor(problem: string, cure: string) {
    super(`${problem}; ${cure}`);
    this.name = 'LogMismatch';
    this.problem = problem;
    this.cure = cure;
  }
}
