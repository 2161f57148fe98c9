/** The real clock. The only place, beside the composition root, that touches Date and timers. */
import type { Clock, TimerHandle } from './clock.ts';

/** Node fires longer timers at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run): TimerHandle {
    const due = performance.now() + delayMs;
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const left = Math.max(0, due - performance.now());
      handle = left > TIMER_MAX_MS ? setTimeout(arm, TIMER_MAX_MS) : setTimeout(run, left);
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};
