/**
 * Makes room in a log that fills up: removes the messages of closed calls that no recovery will read
 * again (log rule 41). A little at a time: the log has other work.
 */
import type { Log } from '../log/log.ts';
import { eraseMessages } from './erasure.ts';

/** A call has about thirty messages under a dozen subjects, each of them one request. */
const CALLS_PER_ROUND = 16;

export interface LogReliefOptions {
  readonly log: Log;
  /** P of the newest commit: everything at or below is in the checkpoint. */
  readonly committedSeq: () => number;
  /** Ids of calls that were closed at or below a sequence, oldest first, without some. */
  readonly closedCalls: (upToSeq: number, without: ReadonlySet<string>, max: number) => string[];
}

export class LogRelief {
  private readonly options: LogReliefOptions;
  private readonly removed = new Set<string>();
  private running = false;

  constructor(options: LogReliefOptions) {
    this.options = options;
  }

  /** One round; none while another runs. Never throws: what failed is tried again later. */
  async round(): Promise<void> {
    if (this.running) return;
    this.running = true;
    const { committedSeq, closedCalls } = this.options;
    try {
      const { log } = this.options;
      for (const callId of closedCalls(committedSeq(), this.removed, CALLS_PER_ROUND)) {
        await eraseMessages(log, callId, await log.ofCall(callId));
        this.removed.add(callId);
      }
    } catch {
      // The log is away or busy.
    } finally {
      this.running = false;
    }
  }
}
