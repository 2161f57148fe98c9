/**
 * The oracle: the whole log folded once more from its beginning, by one reader that never crashed. What
 * the nodes did has to agree with it.
 */
import type { CallState, Fold } from '../../actors/call-state.ts';
import { callRecord, stateName } from '../../actors/record.ts';
import type { Effect } from '../../contract/effect.ts';
import type { Message } from '../../contract/message.ts';
import { ownershipKey, partitionOf } from '../../contract/subjects.ts';
import { CallTable } from '../../supervisor/call-table.ts';
import type { PartitionState } from '../../supervisor/partition-fold.ts';
import { claimOf, firstPartitionState, foldPartition, worldOf } from '../../supervisor/partition-fold.ts';
import { stableJson } from '../../supervisor/stable-json.ts';
import { decoderOf } from './nodes.ts';
import { poisonableFold } from './poison.ts';
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
  readonly messages: Message[];
  readonly folds: Folded[];
  readonly effects: Effect[];
  /** Record version → what it may say: its facts from the decision until it was acknowledged. */
  readonly records: Map<number, Set<string>>;
  state: CallState | undefined;
  closed: boolean;
}

/** What a replay yields. */
export interface Replayed {
  readonly calls: ReadonlyMap<string, ReplayedCall>;
  /** Open calls per partition. */
  readonly tables: readonly CallTable[];
}

/** Folds everything that the log holds. Pure as to the world. */
export function replay(world: World): Replayed {
  const calls = new Map<string, ReplayedCall>();
  const known = (callId: string): ReplayedCall => {
    const found = calls.get(callId);
    if (found !== undefined) return found;
    const fresh: ReplayedCall = {
      callId,
      messages: [],
      folds: [],
      effects: [],
      records: new Map<number, Set<string>>(),
      state: undefined,
      closed: false,
    };
    calls.set(callId, fresh);
    return fresh;
  };
  const tables = Array.from({ length: world.partitions }, () => openTable(known));
  const states: (PartitionState | undefined)[] = firstStates(world);
  const keys = tables.map((_, partition) => ownershipKey(partition, world.partitions));
  for (const message of messagesOf(world)) {
    const partition = partitionOf(message.callId, world.partitions);
    const state = states[partition];
    if (state === undefined) continue;
    if (message.callId === keys[partition]) states[partition] = foldPartition(state, message, message.at);
    else {
      known(message.callId).messages.push(message);
      tables[partition]?.apply(message, worldOf(state));
    }
  }
  return { calls, tables };
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
  }
  return states;
}

function openTable(known: (callId: string) => ReplayedCall): CallTable {
  return new CallTable(poisonableFold, {
    onFold: (message, before, fold, gone) => {
      const call = known(fold.state.callId);
      call.folds.push({ message, before, fold });
      call.effects.push(...fold.effects);
      call.state = fold.state;
      call.closed = gone || stateName(fold.state) === 'closed';
      for (const { request } of Object.values(fold.state.effects)) {
        if ('recordVersion' in request.payload) keepRecord(call, fold.state, request.payload.recordVersion);
      }
    },
    onRefused: () => undefined,
    onThrow: () => undefined,
    onExpired: () => undefined,
  });
}

function keepRecord({ records }: ReplayedCall, state: CallState, version: number): void {
  const known = records.get(version) ?? new Set<string>();
  known.add(stableJson(callRecord(state, version)));
  records.set(version, known);
}
