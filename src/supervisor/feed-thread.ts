/**
 * The live feed leaves from a thread with its own connection: it is two thirds of what a node sends, and
 * nobody waits for it. Until the thread is connected, and after it failed, it leaves from the loop.
 */
import type { Worker } from 'node:worker_threads';
import { LogUnavailable } from '../log/log.ts';
import type { Log } from '../log/log.ts';
import { announceTo } from './live-feed.ts';
import type { FeedSink } from './live-feed.ts';
import { startThread } from './thread.ts';
import type { ThreadLog } from './thread.ts';

/** To the thread: facts, as the feed's sink takes them, or the end. From it: it is connected, or may not do this. */
export type ToFeedThread = { readonly facts: string } | 'close';
export type FromFeedThread = 'ready' | { readonly refused: string };

export interface FeedThreadOptions extends ThreadLog {
  /** For what leaves from the loop. */
  readonly log: Log;
  /** The thread ended without being asked. Once; facts that it held are lost. */
  readonly onFailure: (error: Error) => void;
  /** The server does not permit the thread an operation, `publish` for example. Once. */
  readonly onRefused: (operation: string) => void;
}

export class FeedThread {
  private readonly options: FeedThreadOptions;
  private readonly announce: FeedSink;
  private worker: Worker | undefined;
  private ready = false;
  private refused = false;
  private exited: Promise<void> = Promise.resolve();

  constructor(options: FeedThreadOptions) {
    this.options = options;
    this.announce = announceTo(options.log);
  }

  /** Starts the thread, which connects by itself. Once. */
  start(): void {
    const { logModule, logOptions } = this.options;
    const worker = startThread('feed-worker', { logModule, logOptions } satisfies ThreadLog);
    this.worker = worker;
    worker.on('message', (message: FromFeedThread) => this.hear(message));
    worker.on('error', (error: Error) => this.fail(error));
    this.exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.fail(new LogUnavailable('the thread of the live feed ended'));
        resolve();
      });
    });
  }

  /** The live feed's sink. */
  readonly sink: FeedSink = (facts) => {
    if (this.ready) this.worker?.postMessage({ facts } satisfies ToFeedThread);
    else this.announce(facts);
  };

  /** Facts that were told leave first. May run twice. */
  async close(): Promise<void> {
    const { worker } = this;
    this.stop();
    worker?.postMessage('close' satisfies ToFeedThread);
    await this.exited;
  }

  private hear(message: FromFeedThread): void {
    if (message === 'ready') this.ready = this.worker !== undefined;
    else if (!this.refused) {
      this.refused = true;
      this.options.onRefused(message.refused);
    }
  }

  private fail(error: Error): void {
    if (this.worker === undefined) return;
    this.stop();
    this.options.onFailure(error);
  }

  private stop(): void {
    this.worker = undefined;
    this.ready = false;
  }
}
