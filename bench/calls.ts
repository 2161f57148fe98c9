/** Which calls a round has: the same ids for the load, the carrier and the reader of the results. */

/** A CallSid: 32 hex digits that say the round and the number of the call. */
export function callSidOf(round: number, index: number): string {
  return `CA${round.toString(16).padStart(8, '0')}${index.toString(16).padStart(24, '0')}`;
}

export interface Round {
  readonly round: number;
  readonly calls: number;
}
