/** Waiting for what a process of its own brings about: a condition with a bound, never a pause. */
import { systemClock } from '../../src/clock/system-clock.ts';

const BOUND_MS = 20_000;
const STEP_MS = 10;

/** What was waited for did not come. */
export class DidNotHappen extends Error {
  readonly code = 'did_not_happen';
  constructor(what: string, context: string) {
    super(`did not happen within ${BOUND_MS} ms: ${what}\n${context}`);
    this.name = 'DidNotHappen';
  }
}

/** The first value that is neither undefined nor false. `context` is asked only when it never comes. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  context: () => string = () => '',
): Promise<T> {
  for (let waitedMs = 0; waitedMs < BOUND_MS; waitedMs += STEP_MS) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise<void>((resolve) => systemClock.after(STEP_MS, resolve));
  }
  throw new DidNotHappen(what, context());
}
