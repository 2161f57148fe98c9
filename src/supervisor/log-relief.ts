/**
 * Makes room in a log that fills up: removes the messages of closed calls that no recovery will read
 * again (log rule 41). A little at a time: the log has other work.
 */
import { eventSubject, parseEventSubject } from '../contract/subjects.ts';
import type { Log } from '../log/log.ts';

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
      for (const callId of closedCalls(committedSeq(), this.removed, CALLS_PER_ROUND)) {
        await this.remove(callId);
        this.removed.add(callId);
      }
    } catch {
      // The log is away or busy.
    } finally {
      this.running = false;
    }
  }

  private async remove(callId: string): Promise<void> {
    const { log } = this.options;
    const subjects = new Set<string>();
    for (const { subject } of await log.ofCall(callId)) {
      const address = parseEventSubject(log.prefix, subject);
      if (address !== undefined)
        subjects.add(eventSubject(log.prefix, address.gateway, callId, address.type));
    }
    for (const subject of subjects) await log.purge('log', subject);
  }
}
