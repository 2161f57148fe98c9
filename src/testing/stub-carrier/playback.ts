/**
 * The carrier's playout buffer: audio plays at its own speed, a mark comes back when what was sent
 * before it has played, and `clear` drops the audio and returns every pending mark at once.
 */
import type { Clock, TimerHandle } from '../../clock/clock.ts';

/** mu-law, 8 000 samples a second, one byte each. */
const BYTES_PER_MS = 8;

interface PendingMark {
  readonly name: string;
  /** On the monotonic clock. */
  readonly playedAt: number;
}

export interface PlaybackOptions {
  readonly clock: Clock;
  /** 2 = twice as fast as life. */
  readonly speed: number;
  readonly onMark: (name: string) => void;
}

export class Playback {
  /** Audio taken in, dropped or played, in bytes. */
  receivedBytes = 0;
  private playedUntil = 0;
  private readonly marks: PendingMark[] = [];
  private timer: TimerHandle | undefined;
  private readonly options: PlaybackOptions;

  constructor(options: PlaybackOptions) {
    this.options = options;
  }

  /** Not played yet, in ms of real time. */
  remainingMs(): number {
    return Math.max(0, this.playedUntil - this.options.clock.monotonic());
  }

  pendingMarks(): string[] {
    return this.marks.map(({ name }) => name);
  }

  audio(bytes: number): void {
    const now = this.options.clock.monotonic();
    this.receivedBytes += bytes;
    this.playedUntil = Math.max(now, this.playedUntil) + bytes / BYTES_PER_MS / this.options.speed;
  }

  mark(name: string): void {
    this.marks.push({ name, playedAt: this.playedUntil });
    this.arm();
  }

  clear(): void {
    this.playedUntil = this.options.clock.monotonic();
    this.timer?.cancel();
    this.timer = undefined;
    for (const { name } of this.marks.splice(0)) this.options.onMark(name);
  }

  /** The call is over: nothing comes back any more. */
  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.marks.length = 0;
  }

  private arm(): void {
    const [head] = this.marks;
    if (head === undefined || this.timer !== undefined) return;
    const waitMs = Math.max(0, head.playedAt - this.options.clock.monotonic());
    this.timer = this.options.clock.after(waitMs, () => {
      this.timer = undefined;
      this.marks.shift();
      this.options.onMark(head.name);
      this.arm();
    });
  }
}
