/**
 * What nobody waits for leaves from a thread with its own connection: the live feed and the register of
 * legs. They are two thirds of what a node sends, and no hangup waits behind them. Before the thread runs,
 * and after it failed, they leave from the loop.
 */
import type { Worker } from 'node:worker_threads';
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { LegEntry } from '../contract/leg-entry.ts';
import { LogUnavailable } from '../log/log.ts';
import type { Log } from '../log/log.ts';
import type { BackgroundData, FromBackground, ToBackground } from './background-protocol.ts';
import { LegWriter } from './leg-writer.ts';
import type { KeyedLeg, LegSink } from './leg-writer.ts';
import { announceTo } from './live-feed.ts';
import type { FeedSink } from './live-feed.ts';
import { startThread } from './thread.ts';

/** Entries of the register leave with the next facts, or after this long. */
const GATHER_MS = 20;

export interface BackgroundWriterOptions extends BackgroundData {
  /** For what leaves from the loop. */
  readonly log: Log;
  readonly clock: Clock;
  /** The thread ended without being asked. Once; what it held is lost, what comes is written by the loop. */
  readonly onFailure: (error: Error) => void;
}

export class BackgroundWriter implements LegSink {
  private readonly options: BackgroundWriterOptions;
  private readonly announce: FeedSink;
  private readonly legs: LegWriter;
  private worker: Worker | undefined;
  private waiting: KeyedLeg[] = [];
  private timer: TimerHandle | undefined;
  private exited: Promise<void> = Promise.resolve();

  constructor(options: BackgroundWriterOptions) {
    this.options = options;
    this.announce = announceTo(options.log);
    this.legs = new LegWriter(options.log, options.clock);
  }

  set onMissed(told: (entry: LegEntry) => void) {
    this.legs.onMissed = told;
  }

  /** Starts the thread. It connects by itself; what it is told meanwhile waits. Once. */
  start(): void {
    const { logModule, logOptions } = this.options;
    const worker = startThread('background-worker', { logModule, logOptions } satisfies BackgroundData);
    this.worker = worker;
    worker.on('message', ({ missed }: FromBackground) => this.legs.onMissed(missed));
    worker.on('error', (error: Error) => this.fail(error));
    this.exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.fail(new LogUnavailable('the thread of the background writer ended'));
        resolve();
      });
    });
  }

  /** The live feed's sink. */
  readonly facts: FeedSink = (lines) => {
    if (this.worker === undefined) this.announce(lines);
    else this.post(lines);
  };

  write(entries: readonly KeyedLeg[]): void {
    if (this.worker === undefined) return this.legs.write(entries);
    this.waiting.push(...entries);
    this.timer ??= this.options.clock.after(GATHER_MS, () => this.post(''));
  }

  /** Waking the thread costs more than what it is told. */
  private post(facts: string): void {
    this.timer?.cancel();
    this.timer = undefined;
    const legs = this.waiting;
    this.waiting = [];
    const told: ToBackground = { facts, legs: legs.length === 0 ? '' : JSON.stringify(legs) };
    this.worker?.postMessage(told);
  }

  /** Facts that were told leave first. May run twice. */
  async close(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    this.timer?.cancel();
    worker?.postMessage('close' satisfies ToBackground);
    await this.legs.close();
    await this.exited;
  }

  private fail(error: Error): void {
    if (this.worker === undefined) return;
    this.worker = undefined;
    this.timer?.cancel();
    this.legs.write(this.waiting);
    this.options.onFailure(error);
  }
}
