/**
 * What the session still plays. LiveKit has no marks, but it knows when each utterance has been played
 * out: a mark is echoed when all that was accepted before it is done, and none of it was cut.
 */
import type { voice } from '@livekit/agents';

export class Playout {
  private readonly playing = new Set<voice.SpeechHandle>();
  private cuts = 0;
  private readonly onCut: () => void;

  /** `onCut` runs when an utterance was interrupted: marks echoed after it prove nothing. */
  constructor(onCut: () => void) {
    this.onCut = onCut;
  }

  /** May run twice for one utterance. */
  add(speech: voice.SpeechHandle): void {
    if (this.playing.has(speech)) return;
    this.playing.add(speech);
    speech.addDoneCallback(() => {
      this.playing.delete(speech);
      if (!speech.interrupted) return;
      this.cuts += 1;
      this.onCut();
    });
  }

  /** Resolves when all that plays now is done; false when some of it was cut. */
  async drained(): Promise<boolean> {
    const { cuts } = this;
    const done = [...this.playing].map(
      (speech) => new Promise<void>((resolve) => speech.addDoneCallback(() => resolve())),
    );
    await Promise.all(done);
    return this.cuts === cuts;
  }
}
