/** Ids of effects: the same over attempts, owners and processes, and never shared by two effects (log rule 31). */
import { hash } from 'node:crypto';
import { partitionOf } from '../contract/subjects.ts';

export interface Incarnation {
  readonly callId: string;
  /** Sequence of `call.started`. */
  readonly incarnation: number;
}

/** 128 bits of SHA-256 over the call, the kind, what it is about, and the end attempt where that matters. */
export function effectId(call: Incarnation, kind: string, key: string, endAttempt = 0): string {
  const text = `${call.callId}\n${call.incarnation}\n${kind}\n${key}\n${endAttempt}`;
  return hash('sha256', text, 'base64url').slice(0, 22);
}

const SPREAD_STEPS = 1_000;

/** 0 … 1 from an id, the same everywhere: spreads waits without randomness. */
export function spreadOf(id: string): number {
  return partitionOf(id, SPREAD_STEPS) / SPREAD_STEPS;
}
