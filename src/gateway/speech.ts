/**
 * Speech recognition reports many times a second; onhook needs once (log rule 42). The first report
 * passes at once, the latest one of each following second passes at its end. Final words always
 * pass: they decide about barge-in.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';

/** One second: far below every silence and barge-in timer. */
const WINDOW_MS = 1_000;

export class SpeechCoalescer<Speech> {
  private held: Speech | undefined;
  private window: TimerHandle | undefined;
  private readonly clock: Clock;
  private readonly pass: (speech: Speech) => void;

  constructor(clock: Clock, pass: (speech: Speech) => void) {
    this.clock = clock;
    this.pass = pass;
  }

  report(speech: Speech, final: boolean): void {
    if (final || this.window === undefined) {
      this.held = undefined;
      this.pass(speech);
      this.open();
    } else {
      this.held = speech;
    }
  }

  /**
   * Passes what is held, before another event of the call is published: speech that came before an
   * end request must not look like a barge-in after it.
   */
  release(): void {
    if (this.held === undefined) return;
    const speech = this.held;
    this.held = undefined;
    this.pass(speech);
  }

  /** Drops what is held and stops the timer. */
  stop(): void {
    this.window?.cancel();
    this.window = undefined;
    this.held = undefined;
  }

  private open(): void {
    this.window?.cancel();
    this.window = this.clock.after(WINDOW_MS, () => {
      this.window = undefined;
      if (this.held === undefined) return;
      this.release();
      this.open();
    });
  }
}
