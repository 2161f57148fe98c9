/**
 * Publishing a version of the call record at the expected sequence, so that each version exists once
 * whoever publishes it, and however often (log rule 36, invariant 25).
 */
import type { Effect } from '../../contract/effect.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { INCARNATION_HEADER, VERSION_HEADER } from '../../contract/record-headers.ts';
import { recordSubject } from '../../contract/subjects.ts';
import { WrongLastSequence } from '../../log/log.ts';
import type { Log, StoredMessage } from '../../log/log.ts';
import { encode, publication } from './publication.ts';
import { badPayload } from './task.ts';
import type { Prepared, Targets } from './task.ts';

/** Somebody wrote between each look and the append; with one owner once is already rare. */
const LOOKS_MAX = 3;

const CONFLICT: Outcome = {
  result: 'fatal',
  code: 'record_conflict',
  detail: 'The record stream holds another version than the one this follows.',
};
const RACED: Outcome = { result: 'retry', code: 'record_raced', detail: 'Somebody else writes this record.' };

interface Version {
  readonly incarnation: number;
  readonly version: number;
}

/**
 * Outcomes: `done` with `data.recordSeq`, also when that version was there already; `fatal` with
 * `record_conflict`; `retry` with `record_raced`, `log_unavailable`, `log_full`, `timeout`.
 */
export function record(effect: Effect, targets: Targets): Prepared {
  const { payload, callId, timeoutMs } = effect;
  const { log } = targets;
  if (!('recordVersion' in payload)) return badPayload(effect);
  const wanted: Version = { incarnation: payload.incarnation, version: payload.recordVersion };
  const subject = recordSubject(log.prefix, callId);
  const headers = {
    [INCARNATION_HEADER]: String(wanted.incarnation),
    [VERSION_HEADER]: String(wanted.version),
  };
  const message = { subject, data: encode(payload.record), headers };
  return publication(effect, targets, async (own) => {
    // A first version is the first message of its subject, unless the id was used before.
    let plan = wanted.version === 1 ? { expectSeq: 0 } : follow(wanted, await log.last('records', subject));
    for (let looks = 0; ; looks += 1) {
      if (!('expectSeq' in plan)) return plan;
      own.throwIfCancelled();
      const stored = await appendAt(log, message, plan.expectSeq, timeoutMs);
      if (stored !== undefined) return { result: 'done', data: { recordSeq: stored } };
      if (looks === LOOKS_MAX) return RACED;
      plan = follow(wanted, await log.last('records', subject));
    }
  });
}

/** Where the wanted version goes, given the newest; or what came of it. */
function follow(wanted: Version, last: StoredMessage | undefined): Outcome | { readonly expectSeq: number } {
  if (last === undefined) return wanted.version === 1 ? { expectSeq: 0 } : CONFLICT;
  const { incarnation, version } = versionOf(last);
  if (incarnation === wanted.incarnation) {
    if (version === wanted.version) return { result: 'done', data: { recordSeq: last.seq } };
    return version === wanted.version - 1 ? { expectSeq: last.seq } : CONFLICT;
  }
  return incarnation < wanted.incarnation && wanted.version === 1 ? { expectSeq: last.seq } : CONFLICT;
}

/** A message without our headers compares with nothing: NaN. */
function versionOf({ headers }: StoredMessage): Version {
  const read = (name: string): number => Number(headers.get(name) ?? Number.NaN);
  return { incarnation: read(INCARNATION_HEADER), version: read(VERSION_HEADER) };
}

/** The sequence, or undefined when somebody was first. */
async function appendAt(
  log: Log,
  message: Parameters<Log['append']>[1],
  expectLastSubjectSeq: number,
  timeoutMs: number,
): Promise<number | undefined> {
  try {
    return (await log.append('records', message, { expectLastSubjectSeq, timeoutMs })).seq;
  } catch (error) {
    if (error instanceof WrongLastSequence) return undefined;
    throw error;
  }
}
