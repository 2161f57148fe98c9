/** Ends of attempts, as `effect.settled` tells them: one, and the receipts of the same call that waited for it. */
import type { JsonObject } from './json.ts';
import type { Outcome } from './outcome.ts';

/** How one attempt ended. */
export interface Settled {
  readonly effectId: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  /** Done without the log (log rule 40). */
  readonly emergency?: boolean;
}

/** What `effect.settled` holds. */
export type SettledTold = Settled & { readonly also?: readonly Settled[] };

/** Every end that a message tells, in order; none for other messages. Pure. */
export function settledIn(message: { readonly type: string; readonly data: JsonObject }): readonly Settled[] {
  if (message.type !== 'effect.settled') return [];
  const told = message.data as unknown as SettledTold;
  return told.also === undefined ? [told] : [told, ...told.also];
}
