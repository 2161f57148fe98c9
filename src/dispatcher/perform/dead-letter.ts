/** Appending a dead letter. */
import type { Effect } from '../../contract/effect.ts';
import { deadLetterSubject } from '../../contract/subjects.ts';
import { encode, publication } from './publication.ts';
import { badPayload } from './task.ts';
import type { Prepared, Targets } from './task.ts';

/**
 * The effect id is the message id, so that a repeat within the stream's window is stored once.
 * Outcomes: `done` with `data.deadLetterSeq`, and `retry` with `log_unavailable`, `log_full`, `timeout`.
 */
export function deadLetter(effect: Effect, targets: Targets): Prepared {
  const { payload, callId, effectId, timeoutMs } = effect;
  const { log } = targets;
  if (!('deadLetter' in payload)) return badPayload(effect);
  const message = {
    subject: deadLetterSubject(log.prefix, payload.deadLetter, callId),
    data: encode(payload.letter),
  };
  return publication(effect, targets, async () => {
    const { seq } = await log.append('deadLetters', message, { messageId: effectId, timeoutMs });
    return { result: 'done', data: { deadLetterSeq: seq } };
  });
}
