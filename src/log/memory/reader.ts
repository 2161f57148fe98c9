/**
 * Reads a partition of a memory stream, one message per scheduled step. The cursor may be set back
 * (redelivery) or the stream cut short (power loss) at any time; like the NATS reader it drops what
 * is at or below the last sequence it handed over (log rule 17).
 */
import type { LogReader, ReadOptions, StoredMessage } from '../log.ts';
import { probeSubjects, readerFilter } from '../subject-shapes.ts';
import type { MemoryServer } from './server.ts';

/** What the reader needs from the handle it belongs to. */
export interface ReaderHost {
  readonly node: string;
  isConnected(): boolean;
}

export class MemoryReader implements LogReader {
  lastSeq: number;
  private readonly server: MemoryServer;
  private readonly host: ReaderHost;
  private readonly options: ReadOptions;
  private readonly fits: (subject: string) => boolean;
  private readonly leave: (() => void)[];
  private cursor: number;
  private scheduled = false;
  private stopped = false;
  private stalled = false;
  private caughtUp = false;
  private inFlight: Promise<void> | undefined;

  constructor(server: MemoryServer, host: ReaderHost, options: ReadOptions, onStop: () => void) {
    this.server = server;
    this.host = host;
    this.options = options;
    this.cursor = Math.max(1, options.fromSeq);
    this.lastSeq = this.cursor - 1;
    // The fixed part is enough, and cheaper than matching: nothing else is stored in this stream.
    const start = readerFilter(server.prefix, server.partitions, options.partition).replace(/[*>].*$/, '');
    const probes = probeSubjects(server.prefix, server.partitions);
    this.fits = (subject) => subject.startsWith(start) && !probes.has(subject);
    this.leave = [
      server.onAppend(() => this.wake()),
      server.onRedeliver((count) => {
        this.cursor = Math.max(1, this.cursor - count);
        this.wake();
      }),
      onStop,
    ];
    this.connectionChanged();
  }

  /** Called by the handle when it lost or regained the server, and once at the beginning. */
  connectionChanged(): void {
    if (this.stopped) return;
    if (!this.host.isConnected()) {
      if (this.stalled) return;
      this.stalled = true;
      this.options.onSignal?.({ type: 'stalled', reason: 'not connected' });
      return;
    }
    if (this.stalled) {
      this.stalled = false;
      this.cursor = Math.min(this.cursor, this.server.streams.log.lastSeq + 1);
      this.caughtUp = false;
      this.options.onSignal?.({ type: 'resumed' });
    }
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const leave of this.leave.splice(0)) leave();
    await this.inFlight;
  }

  private wake(): void {
    if (this.scheduled || this.stopped || this.stalled || this.inFlight !== undefined) return;
    this.scheduled = true;
    this.server.schedule({ kind: 'deliver', node: this.host.node }, () => {
      this.scheduled = false;
      this.deliverOne();
    });
  }

  private deliverOne(): void {
    if (this.stopped || this.stalled || this.inFlight !== undefined) return;
    const message = this.server.streams.log.firstFrom(this.cursor, this.fits);
    if (message === undefined) {
      this.sayCaughtUp();
      return;
    }
    this.cursor = message.seq + 1;
    if (message.seq <= this.lastSeq) {
      this.wake();
      return;
    }
    this.handOver(message);
  }

  private sayCaughtUp(): void {
    if (this.caughtUp) return;
    this.caughtUp = true;
    this.options.onSignal?.({ type: 'caught-up', lastSeq: this.lastSeq });
  }

  private handOver(message: StoredMessage): void {
    this.lastSeq = message.seq;
    try {
      const pending = this.options.onMessage(message);
      if (pending === undefined) {
        this.wake();
        return;
      }
      this.inFlight = pending.then(
        () => this.resume(),
        (error: unknown) => this.fail(error),
      );
    } catch (error) {
      this.fail(error);
    }
  }

  private resume(): void {
    this.inFlight = undefined;
    this.wake();
  }

  private fail(error: unknown): void {
    this.inFlight = undefined;
    void this.stop();
    this.options.onFailure(error);
  }
}
