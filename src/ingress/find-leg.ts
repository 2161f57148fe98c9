/** Looking up which call a webhook is about, and waiting for a call that is not registered yet. */
import type { Clock } from '../clock/clock.ts';
import type { LegEntry } from '../contract/leg-entry.ts';
import { readLegEntry } from '../contract/leg-entry.ts';
import type { Log } from '../log/log.ts';
import { pause } from './pause.ts';
import { Problem } from './problem.ts';

/** Log rule 23: as long as events of a call not started yet are held. */
const HOLD_MS = 10_000;
/** Between two looks; the port has no watch, and a start is registered within milliseconds. */
const LOOK_MS = 200;
/** Webhooks that wait at once: a flood for unknown calls costs no more than this. */
const HELD_MAX = 1_000;

/** What an entry is looked up by: the first key that is known, if it fits. */
export interface LegQuestion {
  readonly keys: readonly string[];
  /** False for an entry of another account, or of an elder room of that name. */
  readonly fits: (entry: LegEntry) => boolean;
}

/** The entry, or undefined. Rejects with `LogUnavailable`. */
export async function findLeg(log: Log, { keys, fits }: LegQuestion): Promise<LegEntry | undefined> {
  for (const key of keys) {
    const stored = await log.bucket('legs').get(key);
    const entry = stored && readLegEntry(stored.value);
    if (entry !== undefined && fits(entry)) return entry;
  }
  return undefined;
}

/** Looks up legs that may not be registered yet. */
export interface LegFinder {
  /**
   * Waits up to 10 s for the entry; undefined then. Rejects with `LogUnavailable`, and with the
   * problem `too_many_held`.
   */
  await(question: LegQuestion): Promise<LegEntry | undefined>;
}

/** Of one edge: counts what waits. Waiting ends when `closing` is aborted. */
export function createLegFinder(log: Log, clock: Clock, closing: AbortSignal): LegFinder {
  let held = 0;
  return {
    async await(question) {
      const known = await findLeg(log, question);
      if (known !== undefined) return known;
      if (held >= HELD_MAX) throw new Problem('too_many_held', 'send it again later');
      held += 1;
      try {
        for (const until = clock.monotonic() + HOLD_MS; clock.monotonic() < until && !closing.aborted;) {
          await pause(clock, LOOK_MS, closing);
          const entry = await findLeg(log, question);
          if (entry !== undefined) return entry;
        }
        return undefined;
      } finally {
        held -= 1;
      }
    },
  };
}
