/** The demo's sense of time: pauses that end early, all at once, when the demo is closed. */
import type { Clock, TimerHandle } from '../../clock/clock.ts';

/** Thrown out of a pause; ends a script and is no failure. */
export class DemoStopped extends Error {
  readonly code = 'demo_stopped';
  constructor() {
    super('the demo was closed while a call was playing');
    this.name = 'DemoStopped';
  }
}

export class Pace {
  private stopped = false;
  private readonly pauses = new Map<TimerHandle, () => void>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Rejects with {@link DemoStopped} once {@link stop} was called. */
  async pause(ms: number): Promise<void> {
    if (this.stopped) throw new DemoStopped();
    await new Promise<void>((resolve, reject) => {
      const timer = this.clock.after(ms, () => {
        this.pauses.delete(timer);
        resolve();
      });
      this.pauses.set(timer, () => reject(new DemoStopped()));
    });
  }

  stop(): void {
    this.stopped = true;
    for (const [timer, reject] of this.pauses) {
      timer.cancel();
      reject();
    }
    this.pauses.clear();
  }
}
