/** Appending a dead letter, and taking it out again. */
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

/** Of one call; a call has a letter per function and leg. */
const LETTERS_MAX = 1_000;

/** Outcomes: `done`, also when there is none any more, and `retry` as above. */
export function removeDeadLetter(effect: Effect, targets: Targets): Prepared {
  const { payload, callId } = effect;
  const { log } = targets;
  if (!('letterId' in payload)) return badPayload(effect);
  const subject = deadLetterSubject(log.prefix, payload.letterKind, callId);
  return publication(effect, targets, async () => {
    for (const { seq, data } of await log.list('deadLetters', subject, LETTERS_MAX)) {
      if (idOf(data) === payload.letterId) await log.remove('deadLetters', seq);
    }
    return { result: 'done' };
  });
}

function idOf(data: Uint8Array): unknown {
  try {
    return (JSON.parse(new TextDecoder().decode(data)) as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}
