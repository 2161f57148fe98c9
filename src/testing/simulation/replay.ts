/**
 * The oracle: the whole log folded once more from its beginning, by one reader that never crashed. What
 * the nodes did has to agree with it. After the log was rewound, it speaks for the calls that began
 * later: of the others the log itself forgot something that owners had read.
 */
import type { CallState, Fold } from '../../actors/call-state.ts';
import { callRecord, stateName } from '../../actors/record.ts';
import type { Effect } from '../../contract/effect.ts';
import type { Message } from '../../contract/message.ts';
import { ownershipKey, partitionOf } from '../../contract/subjects.ts';
import type { CallFold } from '../../supervisor/call-fold.ts';
import { CallTable } from '../../supervisor/call-table.ts';
import type { PartitionState } from '../../supervisor/partition-fold.ts';
import { claimOf, firstPartitionState, foldPartition, worldOf } from '../../supervisor/partition-fold.ts';
import { stableJson } from '../../supervisor/stable-json.ts';
import type { Takeover } from './nodes.ts';
import { decoderOf } from './nodes.ts';
import type { World } from './world.ts';

/** One fold of a call. */
export interface Folded {
  readonly message: Message;
  readonly before: CallState | undefined;
  readonly fold: Fold;
}

/** A call as the log tells it. */
export interface ReplayedCall {
  readonly callId: string;
  /** The log tells all of it. */
  readonly whole: boolean;
  readonly messages: Message[];
  readonly folds: Folded[];
  readonly effects: Effect[];
  /** Record version → what it may say: its facts from the decision until it was acknowledged. */
  readonly records: Map<number, Set<string>>;
  state: CallState | undefined;
}

/** What a replay yields. */
export interface Replayed {
  readonly calls: ReadonlyMap<string, ReplayedCall>;
  /** Open calls per partition. */
  readonly tables: readonly CallTable[];
}

/** How to read. */
export interface ReplayOptions {
  /** As the owners fold. */
  readonly fold: CallFold;
  /** Per partition the takeover from which on the log is what owners read; undefined = from the beginning. */
  readonly since: readonly (Takeover | 'never')[] | undefined;
  /** Nobody had heard of the call before. */
  readonly beganAfter: (callId: string, takeover: Takeover) => boolean;
  /** Told after each message of a partition, with its table and which calls the log tells wholly. */
  readonly onRead: (
    partition: number,
    seq: number,
    table: CallTable,
    whole: (callId: string) => boolean,
  ) => void;
}

/** Folds everything that the log holds. Pure as to the world. */
export function replay(world: World, options: ReplayOptions): Replayed {
  const calls = new Map<string, ReplayedCall>();
  const known = (callId: string): ReplayedCall => {
    let call = calls.get(callId);
    if (call === undefined) {
      const since = options.since?.[partitionOf(callId, world.partitions)];
      const whole = since === undefined || (since !== 'never' && options.beganAfter(callId, since));
      calls.set(callId, (call = begin(callId, whole)));
    }
    return call;
  };
  const whole = (callId: string): boolean => calls.get(callId)?.whole === true;
  const tables = Array.from({ length: world.partitions }, () => openTable(options.fold, known));
  const states = firstStates(world);
  const keys = tables.map((_, partition) => ownershipKey(partition, world.partitions));
  for (const message of messagesOf(world)) {
    const partition = partitionOf(message.callId, world.partitions);
    const [state, table] = [states[partition], tables[partition]];
    if (state === undefined || table === undefined) continue;
    if (message.callId === keys[partition]) {
      const takeover = options.since?.[partition];
      const here = typeof takeover === 'object' && takeover.seq === message.seq;
      states[partition] = here ? takeover.facts : foldPartition(state, message, message.at);
    } else {
      known(message.callId).messages.push(message);
      table.apply(message, worldOf(state));
    }
    options.onRead(partition, message.seq, table, whole);
  }
  return { calls, tables };
}

function begin(callId: string, whole: boolean): ReplayedCall {
  return {
    callId,
    whole,
    messages: [],
    folds: [],
    effects: [],
    records: new Map<number, Set<string>>(),
    state: undefined,
  };
}

function* messagesOf(world: World): Generator<Message> {
  const decode = decoderOf(world);
  const { log } = world.server.streams;
  for (let seq = 1; seq <= log.lastSeq; seq += 1) {
    const stored = log.at(seq);
    const decoded = stored && decode(stored);
    if (decoded?.ok === true) yield decoded.message;
  }
}

/** The first owner's configuration is in force from the log's beginning. */
function firstStates(world: World): (PartitionState | undefined)[] {
  const states: (PartitionState | undefined)[] = [];
  for (const message of messagesOf(world)) {
    const partition = partitionOf(message.callId, world.partitions);
    if (message.type === 'partition.claimed') states[partition] ??= firstPartitionState(claimOf(message));
    if (states.filter((state) => state !== undefined).length === world.partitions) break;
  }
  return states;
}

function openTable(fold: CallFold, known: (callId: string) => ReplayedCall): CallTable {
  return new CallTable(fold, {
    onFold: (message, before, made) => {
      const call = known(message.callId);
      call.folds.push({ message, before, fold: made });
      call.effects.push(...made.effects);
      call.state = made.state;
      for (const { request } of made.state.effects) {
        if ('recordVersion' in request.payload) keepRecord(call, made.state, request.payload.recordVersion);
      }
    },
    onRefused: (message, { effects }) => known(message.callId).effects.push(...effects),
    onThrow: () => undefined,
    onExpired: () => undefined,
  });
}

function keepRecord({ records }: ReplayedCall, state: CallState, version: number): void {
  const known = records.get(version) ?? new Set<string>();
  known.add(stableJson(callRecord(state, version)));
  records.set(version, known);
}

/** The name of the state in which the log leaves a call, or undefined when it never began. */
export function endOf({ state }: ReplayedCall): string | undefined {
  return state === undefined ? undefined : stateName(state);
}
