/** Everything that a call's fold saw: its own messages and those of its partition, from the log or a file. */
import { readFile, writeFile } from 'node:fs/promises';
import { ownershipKey, partitionOf } from '../../contract/subjects.ts';
import type { Log, StoredMessage } from '../../log/log.ts';
import type { PartitionState } from '../../supervisor/partition-fold.ts';
import { UsageError } from '../exit.ts';

export interface History {
  readonly prefix: string;
  readonly partitions: number;
  readonly callId: string;
  /** In stored order. */
  readonly messages: readonly StoredMessage[];
  /** The partition's facts before the first message; a golden log has them. */
  readonly partition?: PartitionState;
}

/** Renewals of about two hours; a claim before those is found through the epoch that they carry. */
const PARTITION_MESSAGES_MAX = 5_000;

/** There is nothing to replay. Exit 1. */
export class NoHistory extends Error {
  readonly code = 'no_history';
  constructor(callId: string) {
    super(`the log holds no message of call ${callId}; it was removed by age, or the id is another`);
    this.name = 'NoHistory';
  }
}

/** Reads a call's history. Throws {@link NoHistory}; rejects with `LogUnavailable`. */
export async function historyOf(log: Log, callId: string): Promise<History> {
  const { prefix, partitions } = log;
  const own = await log.ofCall(callId);
  const [first] = own;
  if (first === undefined) throw new NoHistory(callId);
  const key = ownershipKey(partitionOf(callId, partitions), partitions);
  const shared = await log.list('log', `${prefix}.evt.*.${key}.>`, PARTITION_MESSAGES_MAX);
  const claim = await claimBefore(log, first.seq, shared);
  const all = new Map([...own, ...shared, ...claim].map((message) => [message.seq, message]));
  return { prefix, partitions, callId, messages: [...all.values()].sort((a, b) => a.seq - b.seq) };
}

/** The claim in force when the call began, where only its renewals were listed. */
async function claimBefore(
  log: Log,
  seq: number,
  shared: readonly StoredMessage[],
): Promise<StoredMessage[]> {
  const renewal = shared.findLast(
    (message) => message.seq < seq && message.headers.get('ce-type') !== undefined,
  );
  if (renewal === undefined || renewal.headers.get('ce-type') === 'partition.claimed') return [];
  const { epoch } = JSON.parse(new TextDecoder().decode(renewal.data)) as { epoch?: number };
  const claim = epoch === undefined ? undefined : await log.at('log', epoch);
  return claim === undefined ? [] : [claim];
}

interface Line extends Omit<StoredMessage, 'headers' | 'data'> {
  readonly headers: Readonly<Record<string, string>>;
  /** Base64: a refused message may be any bytes. */
  readonly data: string;
}

/** One JSON object per line: first what it is about, then the messages. May hold personal data. */
export async function saveHistory(
  file: string,
  { messages, prefix, partitions, callId, partition }: History,
): Promise<void> {
  const about = { prefix, partitions, callId, partition };
  const lines = messages.map(({ headers, data, ...message }): Line => ({
    ...message,
    headers: Object.fromEntries(headers),
    data: Buffer.from(data).toString('base64'),
  }));
  await writeFile(file, `${[about, ...lines].map((line) => JSON.stringify(line)).join('\n')}\n`);
}

/** A saved history, or a golden log. Throws `UsageError` when the file is neither. */
export async function readHistory(file: string): Promise<History> {
  try {
    const [first = '', ...lines] = (await readFile(file, 'utf8')).trim().split('\n');
    const about = JSON.parse(first) as Omit<History, 'messages'>;
    // Golden logs are there to be read: their bodies are text.
    const encoding = 'origin' in about ? 'utf8' : 'base64';
    const messages = lines.map((text): StoredMessage => {
      const { headers, data, ...message } = JSON.parse(text) as Line;
      return { ...message, headers: new Map(Object.entries(headers)), data: Buffer.from(data, encoding) };
    });
    return { ...about, messages };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${file} is no saved history (${reason}); onhook replay <callId> --save writes one`);
  }
}
