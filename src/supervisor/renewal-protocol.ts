/**
 * What the loop and its renewal thread say to each other. Instants live in shared memory and are all
 * read from the loop's own monotonic clock, so that no two clocks are compared.
 */
import type { JsonObject } from '../contract/json.ts';
import type { LeaseTerms } from './lease.ts';
import type { ThreadLog } from './thread.ts';

/** Leases that a thread can hold: partitions are at most 256, and an old life may still be closing. */
export const LEASES_MAX = 1_024;
/** Cell 0: when the loop last fed. Cell 1 + slot: acknowledgedAt of a lease. In µs; 0 = never. */
export const CELLS = LEASES_MAX + 1;

export interface ThreadData extends ThreadLog {
  readonly cells: SharedArrayBuffer;
}

export type ToThread =
  | { readonly type: 'open'; readonly slot: number; readonly terms: LeaseTerms }
  | {
      readonly type: 'claim';
      readonly slot: number;
      readonly expectedSeq: number;
      readonly config: JsonObject;
    }
  | { readonly type: 'release' | 'stop'; readonly slot: number }
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'claimed'; readonly slot: number; readonly epoch: number }
  | { readonly type: 'claim-failed'; readonly slot: number; readonly lost: boolean; readonly reason: string }
  | { readonly type: 'released' | 'lost'; readonly slot: number };

const MICROSECONDS = 1_000;

export function readCell(cells: BigInt64Array, at: number): number {
  const value = Atomics.load(cells, at);
  return value === 0n ? -Infinity : Number(value) / MICROSECONDS;
}

export function writeCell(cells: BigInt64Array, at: number, ms: number): void {
  // Never 0, which means never; rounded down, since earlier is the safe side.
  Atomics.store(cells, at, BigInt(Math.max(1, Math.floor(ms * MICROSECONDS))));
}
