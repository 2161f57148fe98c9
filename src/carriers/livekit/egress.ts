/**
 * Stops the recordings of a room before the room goes, so that their last seconds are written (field
 * rule 59). Each egress is stopped on its own: one that fails does not keep the others running.
 */
import type { Cancellation } from '../cancellation.ts';
import type { Outcome, OutcomeResult } from '../../contract/outcome.ts';
import { classifyError } from './answers.ts';
import type { LiveKitClients } from './client.ts';
import type { RoomLeg } from './room-leg.ts';

/** The worst of several outcomes is the outcome: left is worst. */
const WORST_FIRST: readonly OutcomeResult[] = ['retry', 'fatal', 'done', 'already-gone'];

/** Outcomes: done (`data.stopped` = how many), already-gone (none ran), retry, fatal. */
export async function stopEgress(
  { egress }: LiveKitClients,
  leg: RoomLeg,
  own: Cancellation,
): Promise<Outcome> {
  const active = await egress.listEgress({ roomName: leg.name, active: true });
  own.throwIfCancelled();
  const ours = active.filter((info) => leg.sid === undefined || !info.roomId || info.roomId === leg.sid);
  const outcomes = await Promise.all(
    ours.map(({ egressId }) => egress.stopEgress(egressId).then(stopped, refusedStop)),
  );
  for (const result of WORST_FIRST) {
    const found = outcomes.find((outcome) => outcome.result === result);
    if (found === undefined) continue;
    return { ...found, data: { stopped: outcomes.filter((outcome) => outcome.result === 'done').length } };
  }
  return { result: 'already-gone' };
}

const stopped = (): Outcome => ({ result: 'done' });

/** `failed_precondition`: "egress with status EGRESS_COMPLETE cannot be stopped" (livekit/livekit #2903). */
function refusedStop(error: unknown): Outcome {
  const outcome = classifyError(error);
  return outcome.code === 'livekit_failed_precondition' ? { ...outcome, result: 'already-gone' } : outcome;
}
