/**
 * What lies in the carrier's buffer, as far as this side can know, and the fence: once the farewell
 * mark is sent no audio may follow it, or the mark would prove nothing (field rule 3).
 */
import type { Clock } from '../../clock/clock.ts';
import { BYTES_PER_MS } from './messages.ts';

export class Playout {
  private playedUntil: number;
  private fenced = false;
  private utteranceBytes = 0;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
    this.playedUntil = clock.monotonic();
  }

  /** False = the fence is up and the audio must not be sent. */
  admit(bytes: number): boolean {
    if (this.fenced) return false;
    this.playedUntil = Math.max(this.playedUntil, this.clock.monotonic()) + bytes / BYTES_PER_MS;
    this.utteranceBytes += bytes;
    return true;
  }

  /** Sent and not played yet, in ms, if the carrier plays at normal speed. */
  remainingMs(): number {
    return Math.round(Math.max(0, this.playedUntil - this.clock.monotonic()));
  }

  /** Starts to measure one utterance. */
  startUtterance(): void {
    this.utteranceBytes = 0;
  }

  /** Length of the utterance sent since `startUtterance`, in ms. */
  utteranceMs(): number {
    return Math.round(this.utteranceBytes / BYTES_PER_MS);
  }

  raiseFence(): void {
    this.fenced = true;
  }

  lowerFence(): void {
    this.fenced = false;
  }

  /** The carrier dropped its buffer. */
  clear(): void {
    this.playedUntil = this.clock.monotonic();
  }
}
