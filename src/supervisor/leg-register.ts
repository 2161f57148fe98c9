/**
 * Writes down which call a leg belongs to (bucket `onhook-legs`), beside the hot path: nothing waits
 * for it, and a replay writes the same again. Entries are not deleted, since a carrier's last webhook
 * comes after the end; the bucket's age limit removes them.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { LegEntry } from '../contract/leg-entry.ts';
import { learnedEntries, legEntries, readLegEntry } from '../contract/leg-entry.ts';
import type { Message } from '../contract/message.ts';
import type { Log } from '../log/log.ts';
import { WrongLastSequence } from '../log/log.ts';

/** At once; each is one acked write of about a millisecond. */
const WRITES_MAX = 16;
/** Not written yet. A log that is away for longer finds the oldest gone: their webhooks are dead letters. */
const WAITING_MAX = 10_000;
/** After a write that failed. */
const RETRY_MS = 1_000;

/** What is known of an open call. */
interface KnownLegs {
  readonly gateway: string;
  readonly legs: Readonly<Record<string, { readonly address: object }>>;
}

/** Of one node: told of every message of its partitions, it writes what webhooks look up. Best effort. */
export class LegRegister {
  /** A webhook about this leg was given up before: its line is to be asked for. */
  onMissed: (entry: LegEntry) => void = () => undefined;
  private readonly log: Log;
  private readonly clock: Clock;
  private readonly waiting = new Map<string, LegEntry>();
  private writing = 0;
  private pause: TimerHandle | undefined;
  private closed = false;

  constructor(log: Log, clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  /**
   * For every message that an owner read, with its verdict; `stateOf` tells of the call as it is then.
   * Never throws, never waits.
   */
  onInput(
    verdict: string,
    message: Message | undefined,
    stateOf: (callId: string) => KnownLegs | undefined,
  ): void {
    if (message === undefined || (verdict !== 'applied' && verdict !== 'held')) return;
    const entries = legEntries(message);
    if (message.type === 'effect.settled') {
      const known = stateOf(message.callId);
      if (known !== undefined) entries.push(...learnedEntries(message, known));
    }
    if (entries.length === 0) return;
    for (const [key, entry] of entries) this.add(key, entry);
    this.write();
  }

  /** What is not written yet is left to the next replay. May run twice. */
  close(): Promise<void> {
    this.closed = true;
    this.pause?.cancel();
    this.waiting.clear();
    return Promise.resolve();
  }

  private add(key: string, entry: LegEntry): void {
    this.waiting.delete(key);
    this.waiting.set(key, entry);
    const oldest = this.waiting.keys().next().value;
    if (this.waiting.size > WAITING_MAX && oldest !== undefined) this.waiting.delete(oldest);
  }

  private write(): void {
    for (const [key, entry] of this.waiting) {
      if (this.closed || this.pause !== undefined || this.writing >= WRITES_MAX) return;
      this.waiting.delete(key);
      this.writing += 1;
      void this.put(key, entry).finally(() => {
        this.writing -= 1;
        this.write();
      });
    }
  }

  private async put(key: string, entry: LegEntry): Promise<void> {
    const bucket = this.log.bucket('legs');
    const value = Buffer.from(JSON.stringify(entry));
    try {
      try {
        await bucket.create(key, value);
      } catch (error) {
        if (!(error instanceof WrongLastSequence)) throw error;
        // A replay wrote it before, a room's name is used again, or a webhook came too early.
        const before = await bucket.get(key);
        await bucket.put(key, value);
        if (before !== undefined && readLegEntry(before.value) === undefined) this.onMissed(entry);
      }
    } catch {
      if (this.closed || this.waiting.has(key)) return;
      this.add(key, entry);
      this.pause ??= this.clock.after(RETRY_MS, () => {
        this.pause = undefined;
        this.write();
      });
    }
  }
}
