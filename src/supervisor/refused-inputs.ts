/**
 * What could not be read as an event is kept: each invalid input becomes a dead letter that says why and
 * holds the bytes, so that whoever wrote the gateway can repair it. It never reaches a call.
 */
import type { Decoded } from '../contract/message.ts';
import { deadLetterSubject } from '../contract/subjects.ts';
import type { Log, StoredMessage } from '../log/log.ts';

/** A flood of garbage is counted, and this many letters of it are on their way at once. */
const IN_FLIGHT_MAX = 256;
/** The contract's limit of one event; of a larger one the beginning tells enough. */
const BODY_KEPT_BYTES = 64 * 1024;

export interface RefusedInputsOptions {
  readonly log: Log;
  /** A letter could not be kept; the input is counted all the same. */
  readonly onAlarm: (code: string, data: { readonly seq: number }) => void;
}

export class RefusedInputs {
  private readonly options: RefusedInputsOptions;
  private inFlight = 0;
  private failing = false;

  constructor(options: RefusedInputsOptions) {
    this.options = options;
  }

  /**
   * Appends the letter in the background. A replay meets the same message again: its era and sequence
   * are the message id, so that the stream keeps one. Never throws.
   */
  keep(stored: StoredMessage, refused: Extract<Decoded, { ok: false }>, era: number): void {
    if (refused.refusal !== 'invalid') return;
    if (this.inFlight >= IN_FLIGHT_MAX) return this.failed(stored.seq);
    const { log } = this.options;
    const id = `input-${era}-${stored.seq}`;
    const message = {
      subject: deadLetterSubject(log.prefix, 'input', refused.callId),
      data: new TextEncoder().encode(JSON.stringify({ id, ...letterOf(stored, refused) })),
    };
    this.inFlight += 1;
    log
      .append('deadLetters', message, { messageId: id })
      .then(
        () => void (this.failing = false),
        () => this.failed(stored.seq),
      )
      .finally(() => (this.inFlight -= 1));
  }

  private failed(seq: number): void {
    if (!this.failing) this.options.onAlarm('dead_letter_dropped', { seq });
    this.failing = true;
  }
}

/** Self-contained: the log forgets the message one day. */
function letterOf(
  { subject, seq, timestampMs, data }: StoredMessage,
  { reason, callId, gateway, type }: Extract<Decoded, { ok: false }>,
): object {
  const body = Buffer.from(data.subarray(0, BODY_KEPT_BYTES)).toString('base64');
  return { kind: 'input', callId, gateway, type, at: Math.floor(timestampMs), seq, subject, reason, body };
}
