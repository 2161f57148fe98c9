/**
 * A recorded call: everything that its fold saw, as the log stored it, and what came of it when it was
 * recorded. Later builds read it through the production decoder and have to come to the same.
 */
import type { CallEntry, CallState, PinnedConfig } from '../../actors/call-state.ts';
import { callRecord, stateName } from '../../actors/record.ts';
import { createDecoder } from '../../contract/decode.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { StoredMessage } from '../../log/log.ts';
import { callFold } from '../../supervisor/call-fold.ts';
import { CallTable } from '../../supervisor/call-table.ts';
import { foldPartition, worldOf } from '../../supervisor/partition-fold.ts';
import type { PartitionState } from '../../supervisor/partition-fold.ts';

/** The messages of one call and of its partition meanwhile. */
export interface GoldenLog {
  readonly name: string;
  /** Where it was recorded. */
  readonly origin: string;
  readonly prefix: string;
  readonly partitions: number;
  readonly callId: string;
  /** The partition's facts before the first message. */
  readonly partition: PartitionState;
  readonly messages: readonly StoredMessage[];
}

/** A call half-way, as a checkpoint holds it. */
export interface GoldenCheckpoint {
  readonly afterSeq: number;
  readonly partition: PartitionState;
  readonly configs: Readonly<Record<string, PinnedConfig>>;
  readonly entry: CallEntry;
}

/** What came of the call. */
export interface GoldenResult {
  /** The last state of the call. */
  readonly state: string;
  /** Every version of the record, as it was asked to be published last. */
  readonly records: readonly JsonObject[];
  /** The account as it stood after the last message. */
  readonly final: JsonObject;
}

interface Line extends Omit<StoredMessage, 'headers' | 'data'> {
  readonly headers: Readonly<Record<string, string>>;
  readonly data: string;
}

/** One JSON object per line: first what it is about, then the messages, their bodies as text. */
export function writeGoldenLog({ messages, ...about }: GoldenLog): string {
  const lines = messages.map(({ headers, data, ...message }): Line => ({
    ...message,
    headers: Object.fromEntries(headers),
    data: new TextDecoder().decode(data),
  }));
  return `${[about, ...lines].map((line) => JSON.stringify(line)).join('\n')}\n`;
}

/** Throws a SyntaxError when the text is not one of {@link writeGoldenLog}. */
export function readGoldenLog(text: string): GoldenLog {
  const [about = '', ...lines] = text.trim().split('\n');
  const messages = lines.map((line): StoredMessage => {
    const { headers, data, ...message } = JSON.parse(line) as Line;
    return { ...message, headers: new Map(Object.entries(headers)), data: new TextEncoder().encode(data) };
  });
  return { ...(JSON.parse(about) as Omit<GoldenLog, 'messages'>), messages };
}

class Replayed {
  readonly table: CallTable;
  state: CallState | undefined;
  readonly records = new Map<number, JsonObject>();

  constructor() {
    this.table = new CallTable(callFold, {
      onFold: (_message, _before, { state, effects }) => {
        this.state = state;
        for (const { payload } of effects) {
          if ('recordVersion' in payload) this.records.set(payload.recordVersion, payload.record);
        }
      },
      onRefused: () => undefined,
      onThrow: (_message, error) => {
        throw error;
      },
    });
  }

  result(): GoldenResult {
    const { state } = this;
    if (state === undefined) return { state: 'none', records: [], final: {} };
    const final = callRecord(state, state.account.recordVersion);
    return { state: stateName(state), records: [...this.records.values()], final };
  }
}

/**
 * Folds a recorded call again, from its beginning or from a checkpoint of it. `halfway` is told after
 * each message, to keep a checkpoint. Throws what the fold throws. Pure.
 */
export function refoldGolden(
  { messages, partition: first, ...log }: GoldenLog,
  from?: GoldenCheckpoint,
  onMessage: (seq: number, table: CallTable, partition: PartitionState) => void = () => undefined,
): GoldenResult {
  const decode = createDecoder(log);
  const replayed = new Replayed();
  let partition = from?.partition ?? first;
  if (from !== undefined) {
    const unread = replayed.table.restore([from.entry], [], from.configs);
    if (unread.length > 0) return replayed.result();
  }
  for (const stored of messages) {
    const decoded = decode(stored);
    if (!decoded.ok || stored.seq <= (from?.afterSeq ?? 0)) continue;
    const { message } = decoded;
    if (message.callId === log.callId) replayed.table.apply(message, worldOf(partition));
    else partition = foldPartition(partition, message, stored.timestampMs);
    onMessage(stored.seq, replayed.table, partition);
  }
  return replayed.result();
}

/** Its checkpoint after half of the messages of its open life, or undefined when it never began. */
export function checkpointOf(log: GoldenLog): GoldenCheckpoint | undefined {
  const kept: GoldenCheckpoint[] = [];
  refoldGolden(log, undefined, (afterSeq, table, partition) => {
    const item = table.itemOf(log.callId)?.();
    if (item === undefined || !('entry' in item) || item.entry['value'] === 'closed') return;
    kept.push({ afterSeq, partition, configs: table.pinned(), entry: item.entry });
  });
  const half = kept[Math.floor(kept.length / 2)];
  // Written down as a chunk is: later folds do not reach into it.
  return half === undefined ? undefined : (JSON.parse(JSON.stringify(half)) as GoldenCheckpoint);
}
