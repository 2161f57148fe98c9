/**
 * Word that a live owner saw the log rewound, for the next one: a checkpoint that lies before the gap does
 * not show it, and the next owner may be another node (log rule 30). Best effort, beside the hot path.
 */
import type { Log } from '../log/log.ts';

function keyOf(partition: number): string {
  return `doubt.${partition}`;
}

/** Never rejects: without it the very node that saw it still knows. May run twice. */
export async function noteDoubt(log: Log, partition: number): Promise<void> {
  await log
    .bucket('checkpoints')
    .put(keyOf(partition), new Uint8Array())
    .catch(() => undefined);
}

/** Rejects with `LogUnavailable`. */
export async function isDoubted(log: Log, partition: number): Promise<boolean> {
  return (await log.bucket('checkpoints').get(keyOf(partition))) !== undefined;
}

/** Settled: this owner has asked for every line. Never rejects; a word that stays asks once more. */
export async function forgetDoubt(log: Log, partition: number): Promise<void> {
  await log
    .bucket('checkpoints')
    .delete(keyOf(partition))
    .catch(() => undefined);
}
