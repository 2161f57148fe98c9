/**
 * What may be lost when NATS stays away and the buffer is full. Least important first: speech only
 * re-arms timers, transcripts and state can be had elsewhere; what ends a call is never dropped.
 */
import type { GatewayEventType } from './events.ts';

/** 0 is dropped first, {@link VITAL} never. */
export type Importance = 0 | 1 | 2 | 3;

export const VITAL: Importance = 3;

const IMPORTANCE: { readonly [T in GatewayEventType]?: Importance } = {
  'caller.spoke': 0,
  'agent.spoke': 0,
  'transcript.appended': 1,
  'state.patched': 1,
  'call.started': VITAL,
  'leg.added': VITAL,
  'end.requested': VITAL,
  'caller.left': VITAL,
  'call.ended': VITAL,
  'call.transferred': VITAL,
  'stream.stopped': VITAL,
  'playback.cleared': VITAL,
};

/** Unlisted types are ordinary: dropped only after speech, transcripts and state. */
export function importanceOf(type: GatewayEventType): Importance {
  return IMPORTANCE[type] ?? 2;
}
