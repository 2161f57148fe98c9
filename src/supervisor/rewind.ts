/**
 * What tells that the log forgot messages that it had acknowledged, as after a power cut (log rule 30).
 * A checkpoint from before the gap does not show it; whoever had read what is gone leaves word for the
 * next owner, which may be another node.
 */
import type { Log, StoredMessage } from '../log/log.ts';
import type { Manifest } from './manifest.ts';
import type { OwnershipMark } from './partition-fold.ts';

/** A server may keep less than a nanosecond's digits of its own timestamp. */
const TIMESTAMP_TOLERANCE_MS = 1;

/** What was lost may lie between the anchor and P. A message that was purged on purpose proves nothing. */
export async function isPositionKept(log: Log, { seq, timestampMs }: Manifest['position']): Promise<boolean> {
  if (seq === 0) return true;
  if ((await log.state('log')).lastSeq < seq) return false;
  const message = await log.at('log', seq);
  return message === undefined || isAt(message, timestampMs);
}

/** True when the log still holds that message. */
export async function isStill(log: Log, [seq, timestampMs]: OwnershipMark): Promise<boolean> {
  const message = await log.at('log', seq);
  return message !== undefined && isAt(message, timestampMs);
}

/** For who reads one subject only: `last` is its newest message, `mark` what was the newest before. */
export async function isForgotten(
  log: Log,
  [seq, timestampMs]: OwnershipMark,
  last: StoredMessage | undefined,
): Promise<boolean> {
  if (last === undefined || last.seq < seq) return true;
  const there = last.seq === seq ? last : await log.at('log', seq);
  return there !== undefined && !isAt(there, timestampMs);
}

/** `lostAt`: timestamp of a message that is gone. Never rejects: who saw it still knows. May run twice. */
export async function noteDoubt(log: Log, partition: number, lostAt: number): Promise<void> {
  await log
    .bucket('checkpoints')
    .put(doubtKey(partition), Buffer.from(JSON.stringify({ lostAt }), 'utf8'))
    .catch(() => undefined);
}

/**
 * Timestamp of the newest message that somebody missed, -Infinity when nobody did. Settled once an era
 * began later. Rejects with `LogUnavailable`.
 */
export async function doubtOf(log: Log, partition: number): Promise<number> {
  const entry = await log.bucket('checkpoints').get(doubtKey(partition));
  if (entry === undefined) return -Infinity;
  return (JSON.parse(new TextDecoder().decode(entry.value)) as { readonly lostAt: number }).lostAt;
}

function doubtKey(partition: number): string {
  return `doubt.${partition}`;
}

function isAt(message: StoredMessage, timestampMs: number): boolean {
  return Math.abs(message.timestampMs - timestampMs) <= TIMESTAMP_TOLERANCE_MS;
}
