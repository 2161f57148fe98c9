/** Waiting for what a running node brings about, with a bound. */
import { systemClock } from '../../src/clock/system-clock.ts';

const BOUND_MS = 20_000;
const STEP_MS = 20;

/** The first value that is neither undefined nor false. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  for (const endsAt = systemClock.monotonic() + BOUND_MS; systemClock.monotonic() < endsAt;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise<void>((resolve) => systemClock.after(STEP_MS, resolve));
  }
  throw new Error(`waited in vain for ${what}`);
}
