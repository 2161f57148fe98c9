/**
 * What was refused is kept: each such input becomes a dead letter that says why and holds the bytes, so
 * that whoever wrote the gateway can repair it. It never reaches a call, and a flood of it neither
 * slows the partition down nor fills the stream.
 */
import type { Clock } from '../clock/clock.ts';
import type { Message } from '../contract/message.ts';
import { deadLetterSubject, PRINCIPALS } from '../contract/subjects.ts';
import type { Log, StoredMessage } from '../log/log.ts';
import type { Routed } from './call-table.ts';

/** Letters a second: enough to see what is wrong. More of a flood is only counted. */
const PER_SECOND_MAX = 100;
const SECOND_MS = 1_000;
/** The contract's limit of one event; of a larger one the beginning tells enough. */
const BODY_KEPT_BYTES = 64 * 1024;

/** Why, and what is known of the sender. Names the field and the rule; no content. */
export interface RefusedInput {
  readonly reason: string;
  readonly callId?: string;
  readonly gateway?: string;
  readonly type?: string;
}

export interface RefusedInputsOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** `dead_letter_dropped`: some were not kept. Once until a second passes without one. */
  readonly onAlarm: (code: string, data: { readonly seq: number }) => void;
}

const REFUSALS: Readonly<Partial<Record<Routed, string>>> = {
  invalid: 'call: it cannot be taken',
  unauthorised: 'call: this principal may not say it of this call',
};

interface Letter {
  readonly id: string;
  readonly subject: string;
  readonly seq: number;
  readonly make: () => Uint8Array;
}

export class RefusedInputs {
  private readonly options: RefusedInputsOptions;
  /** Of a replay, until this owner acts. */
  private waiting: Letter[] | undefined = [];
  private secondEndsAt = -Infinity;
  private inSecond = 0;
  private droppedAt = -Infinity;
  private stopped = false;
  /** Counted and not kept, in this life. */
  dropped = 0;

  constructor(options: RefusedInputsOptions) {
    this.options = options;
  }

  /**
   * A replay meets the same message again: its era and sequence are the message id, so that the stream
   * keeps one. Never throws, never waits.
   */
  keep(stored: StoredMessage, refused: RefusedInput, era: number): void {
    const { seq } = stored;
    if (this.stopped) return;
    if (!this.hasRoom()) return this.drop(seq);
    const id = `input-${era}-${seq}`;
    const subject = deadLetterSubject(this.options.log.prefix, 'input', refused.callId);
    const letter = { id, subject, seq, make: () => letterOf(id, stored, refused) };
    if (this.waiting === undefined) this.append(letter);
    else this.waiting.push(letter);
  }

  /** What its call refused. Our own are not the work of a gateway: an early firing is nothing to repair. */
  keepOfCall(stored: StoredMessage, message: Message, verdict: Routed, era: number): void {
    const reason = REFUSALS[verdict];
    const { gateway, callId, type } = message;
    if (reason === undefined || gateway === PRINCIPALS.onhook) return;
    this.keep(stored, { reason, gateway, callId, type }, era);
  }

  /** This owner may act: what its replay met is written too. Idempotent. */
  start(): void {
    const letters = this.waiting ?? [];
    this.waiting = undefined;
    for (const letter of letters) this.append(letter);
  }

  /** The partition is somebody else's: nothing more is written. */
  stop(): void {
    this.stopped = true;
    this.waiting = [];
  }

  private hasRoom(): boolean {
    if (this.waiting !== undefined) return this.waiting.length < PER_SECOND_MAX;
    const now = this.options.clock.monotonic();
    if (now >= this.secondEndsAt) {
      this.secondEndsAt = now + SECOND_MS;
      this.inSecond = 0;
    }
    this.inSecond += 1;
    return this.inSecond <= PER_SECOND_MAX;
  }

  private append({ id, subject, seq, make }: Letter): void {
    const message = { subject, data: make() };
    this.options.log.append('deadLetters', message, { messageId: id }).catch(() => this.drop(seq));
  }

  private drop(seq: number): void {
    const now = this.options.clock.monotonic();
    const calm = now - this.droppedAt > SECOND_MS;
    this.dropped += 1;
    this.droppedAt = now;
    if (calm && !this.stopped) this.options.onAlarm('dead_letter_dropped', { seq });
  }
}

/** Self-contained: the log forgets the message one day. */
function letterOf(id: string, stored: StoredMessage, refused: RefusedInput): Uint8Array {
  const { subject, seq, timestampMs, data } = stored;
  const { reason, callId, gateway, type } = refused;
  const at = Math.floor(timestampMs);
  const body = Buffer.from(data.subarray(0, BODY_KEPT_BYTES)).toString('base64');
  const letter = { id, kind: 'input', callId, gateway, type, at, seq, subject, reason, body };
  return new TextEncoder().encode(JSON.stringify(letter));
}
