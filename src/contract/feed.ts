/**
 * The live feed, `….out.<callId>.<type>`: core publish, for whoever watches. A fact may be missing
 * (nobody resends one) and may come twice after a fail-over; the record is the account that counts.
 */
import type { JsonObject } from './json.ts';

/** Type → the fields that are always there. More may stand beside them. */
export type FeedFacts = {
  'call.started': JsonObject;
  'state.changed': { from: string; to: string; cause: string };
  'end.accepted': JsonObject;
  'end.refused': JsonObject;
  'end.cancelled': JsonObject;
  'effect.attempted': JsonObject;
  'effect.settled': JsonObject;
  'leg.settled': JsonObject;
  'alarm.raised': { code: string };
  'call.closed': JsonObject;
};

export type FeedType = keyof FeedFacts;
