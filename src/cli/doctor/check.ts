/** What a check of `onhook doctor` finds. */

export type Verdict = 'OK' | 'WARN' | 'FAIL';

export interface Finding {
  readonly name: string;
  readonly verdict: Verdict;
  readonly message: string;
  /** What to do about it; absent when all is well. */
  readonly cure?: string;
}

export function ok(name: string, message: string): Finding {
  return { name, verdict: 'OK', message };
}

export function warn(name: string, message: string, cure: string): Finding {
  return { name, verdict: 'WARN', message, cure };
}

export function fail(name: string, message: string, cure: string): Finding {
  return { name, verdict: 'FAIL', message, cure };
}

/** A failure's own words: those of our errors name the cure already. */
export function failed(name: string, error: unknown, cure: string): Finding {
  return fail(name, error instanceof Error ? error.message : String(error), cure);
}
