/**
 * Removes what the streams keep of a closed call: its messages, its records, its dead letters. Only once
 * a checkpoint knows that it is closed, else a recovery would find it open and without its end.
 */
import {
  deadLetterSubject,
  eventSubject,
  parseEventSubject,
  partitionOf,
  recordSubject,
} from '../contract/subjects.ts';
import type { Log } from '../log/log.ts';
import { readManifest } from './manifest.ts';

/** How many of each were removed. */
interface Erased {
  readonly messages: number;
  readonly records: number;
  readonly deadLetters: number;
}

/**
 * The caller has made sure that no owner holds the call. Resolves with `unsettled` when the checkpoint of
 * its partition lies before its last message: ask again within seconds. May run twice. Rejects with
 * `LogUnavailable`.
 */
export async function eraseCall(log: Log, callId: string): Promise<Erased | 'unsettled'> {
  const messages = await log.ofCall(callId);
  const last = messages.at(-1)?.seq ?? 0;
  const stored = await readManifest(log.bucket('checkpoints'), partitionOf(callId, log.partitions));
  if (last > (stored?.manifest.position.seq ?? 0)) return 'unsettled';
  return {
    messages: await eraseMessages(log, callId, messages),
    records: await log.purge('records', recordSubject(log.prefix, callId)),
    deadLetters: await eraseLetters(log, callId),
  };
}

/** Of one call, removed from the log itself; returns how many. */
export async function eraseMessages(
  log: Log,
  callId: string,
  messages: Awaited<ReturnType<Log['ofCall']>>,
): Promise<number> {
  const subjects = new Set<string>();
  for (const { subject } of messages) {
    const address = parseEventSubject(log.prefix, subject);
    if (address !== undefined) subjects.add(eventSubject(log.prefix, address.gateway, callId, address.type));
  }
  let removed = 0;
  for (const subject of subjects) removed += await log.purge('log', subject);
  return removed;
}

async function eraseLetters(log: Log, callId: string): Promise<number> {
  let removed = 0;
  for (const kind of ['function', 'leg', 'input'] as const) {
    removed += await log.purge('deadLetters', deadLetterSubject(log.prefix, kind, callId));
  }
  return removed;
}
