/**
 * What a NATS server is to the port, in memory: streams, buckets, the readers attached to them, and
 * the faults a simulator asks for. Several {@link MemoryLog}s on one server are nodes on one log.
 * Nothing ages out here; `maxBytes` is the only limit.
 */
import type { Clock } from '../../clock/clock.ts';
import type { BucketName, OutgoingMessage, StreamName } from '../log.ts';
import { requireSendable } from '../outgoing.ts';
import { storedSubject } from '../subject-shapes.ts';
import { DEFAULT_PREFIX } from '../../contract/subjects.ts';
import { MemoryBucket } from './bucket.ts';
import { MemoryStream } from './stream.ts';

/** What is about to happen, shown to the scheduler and to the fault decision. */
export interface MemoryStep {
  readonly kind: 'deliver' | 'append' | 'publish' | 'read' | 'bucket';
  /** Name of the log handle it happens for. */
  readonly node: string;
  readonly subject?: string;
}

/**
 * `done`: it happens and is answered. `lost`: it does not happen and nobody says so.
 * `ack-lost`: it happens, the answer never comes. The last two reject with `LogUnavailable`
 * (a publish just vanishes or is stored).
 */
export type Fate = 'done' | 'lost' | 'ack-lost';

export interface MemoryServerOptions {
  readonly clock: Clock;
  readonly prefix?: string;
  readonly partitions?: number;
  readonly maxBytes?: Partial<Record<StreamName, number>>;
  /** When a step runs. Default: in a microtask. Must run each exactly once, in any order. */
  readonly schedule?: (step: MemoryStep, run: () => void) => void;
  /** Default: always `done`. */
  readonly fate?: (step: MemoryStep) => Fate;
}

const STREAMS: Readonly<Record<StreamName, string>> = {
  log: 'ONHOOK_LOG',
  records: 'ONHOOK_RECORDS',
  deadLetters: 'ONHOOK_DEAD_LETTERS',
};

export class MemoryServer {
  readonly clock: Clock;
  readonly prefix: string;
  readonly partitions: number;
  readonly streams: Readonly<Record<StreamName, MemoryStream>>;
  readonly buckets: Readonly<Record<BucketName, MemoryBucket>>;
  readonly schedule: (step: MemoryStep, run: () => void) => void;
  readonly fate: (step: MemoryStep) => Fate;
  private readonly appendListeners = new Set<() => void>();
  private readonly feedListeners = new Set<(message: OutgoingMessage) => void>();
  private readonly availabilityListeners = new Set<() => void>();
  private readonly redeliverListeners = new Set<(count: number) => void>();
  private up = true;

  constructor(options: MemoryServerOptions) {
    this.clock = options.clock;
    this.prefix = options.prefix ?? DEFAULT_PREFIX;
    this.partitions = options.partitions ?? 1;
    this.schedule = options.schedule ?? ((_step, run) => queueMicrotask(run));
    this.fate = options.fate ?? (() => 'done');
    const stream = (name: StreamName): MemoryStream =>
      new MemoryStream(STREAMS[name], this.clock, options.maxBytes?.[name] ?? -1, String(this.clock.now()));
    this.streams = { log: stream('log'), records: stream('records'), deadLetters: stream('deadLetters') };
    this.buckets = {
      checkpoints: new MemoryBucket('onhook-checkpoints'),
      legs: new MemoryBucket('onhook-legs'),
    };
  }

  get available(): boolean {
    return this.up;
  }

  /** The server goes away or comes back, for every handle. What it holds stays. */
  setAvailable(up: boolean): void {
    if (this.up === up) return;
    this.up = up;
    for (const listener of this.availabilityListeners) listener();
  }

  /** Power loss: the newest `count` sequences of a stream are gone; readers start again behind them. */
  rewind(stream: StreamName, count: number): void {
    this.streams[stream].rewind(count);
  }

  /** Sends the last `count` sequences to every reader once more, as a killed server does (log rule 17). */
  redeliver(count: number): void {
    for (const listener of this.redeliverListeners) listener(count);
  }

  /** What a gateway's plain publish does, or a foreign node's. Sequence, or undefined when refused. */
  inject(message: OutgoingMessage): number | undefined {
    requireSendable(message);
    const seq = this.streams.log.append(message, this.stored(message.subject)).seq;
    this.appended();
    return seq;
  }

  stored(subject: string): string {
    return storedSubject(this.prefix, this.partitions, subject);
  }

  appended(): void {
    for (const listener of this.appendListeners) listener();
  }

  announce(message: OutgoingMessage): void {
    for (const listener of this.feedListeners) listener(message);
  }

  onAppend(listener: () => void): () => void {
    return subscribe(this.appendListeners, listener);
  }

  /** The live feed, as a core subscriber would see it. */
  onAnnounce(listener: (message: OutgoingMessage) => void): () => void {
    return subscribe(this.feedListeners, listener);
  }

  onAvailability(listener: () => void): () => void {
    return subscribe(this.availabilityListeners, listener);
  }

  onRedeliver(listener: (count: number) => void): () => void {
    return subscribe(this.redeliverListeners, listener);
  }
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
