/** `POST /api/calls/:id/erase`: forgets a closed call, as somebody who was on the line may ask for. */
import { partitionOf } from '../contract/subjects.ts';
import { findCall } from './find-call.ts';
import type { AdminParts, Erased } from './parts.ts';
import { Problem } from './problem.ts';

/**
 * Throws `call_conflict` for a call that runs, whose work after the call is not decided, or whose owner
 * does not answer, and `call_not_found` when nothing is kept of it. May run twice.
 */
export async function eraseClosed(parts: AdminParts, callId: string): Promise<Erased> {
  const { detail, unanswered } = await findCall(parts, callId);
  if (detail !== undefined && detail.state !== 'closed')
    throw new Problem(
      'call_conflict',
      `it is ${detail.state}; end it (onhook calls end or kill), and erase it when it is closed`,
    );
  if (detail !== undefined)
    throw new Problem(
      'call_conflict',
      `work of it is still tried; give it up first: onhook dlq discard --call ${callId}`,
    );
  if (unanswered.includes(partitionOf(callId, parts.log.partitions)))
    throw new Problem('call_conflict', 'nobody owns its partition now, so it may run; ask again in a moment');
  if (parts.erase === undefined) throw new Problem('not_available', 'this node erases nothing');
  const erased = await parts.erase(callId);
  if (erased === 'unsettled')
    throw new Problem('call_conflict', 'its end is not in a checkpoint yet; ask again in some seconds');
  if (erased.messages + erased.records + erased.deadLetters === 0)
    throw new Problem('call_not_found', 'nothing is kept of it');
  return erased;
}
