/** Makes a tape of a history: decodes it, and follows the partition's own messages to each world. Pure. */
import type { PinnedConfig, World } from '../../actors/call-state.ts';
import type { Tape, TapeEntry } from '../../actors/tape.ts';
import { createDecoder } from '../../contract/decode.ts';
import { claimOf, firstPartitionState, foldPartition, worldOf } from '../../supervisor/partition-fold.ts';
import type { PartitionState } from '../../supervisor/partition-fold.ts';
import type { History } from './history.ts';

/** `fallback` stands in for a claim that is no longer in the log. */
export function tapeOf(history: History, fallback: PinnedConfig): Tape {
  const decode = createDecoder(history);
  let partition: PartitionState =
    history.partition ?? firstPartitionState({ epoch: 0, node: '', nonce: '', config: fallback });
  const worlds: World[] = [];
  const entries: TapeEntry[] = [];
  for (const stored of history.messages) {
    const decoded = decode(stored);
    if (!decoded.ok) {
      const { refusal, reason, gateway = '', type = '' } = decoded;
      const about = { seq: stored.seq, at: Math.floor(stored.timestampMs), gateway, type };
      if (decoded.callId === history.callId)
        entries.push({ refused: { ...about, reason: `${refusal}: ${reason}` } });
      continue;
    }
    const { message } = decoded;
    if (message.callId === history.callId) {
      entries.push({ message, world: indexOf(worlds, worldOf(partition)) });
      continue;
    }
    if (message.type === 'partition.claimed' && partition.claim.epoch === 0) {
      partition = firstPartitionState(claimOf(message));
    }
    partition = foldPartition(partition, message, stored.timestampMs);
  }
  return { callId: history.callId, entries, worlds: worlds.map(withoutPaths) };
}

/** Worlds change seldom: each is written once. */
function indexOf(worlds: World[], world: World): number {
  const last = worlds.at(-1);
  const same =
    last?.era === world.era &&
    last.config === world.config &&
    last.restoredAt === world.restoredAt &&
    last.paused === world.paused;
  return same ? worlds.length - 1 : worlds.push(world) - 1;
}

/** Where a function's module lies decides nothing, and is nobody's business who plays the tape. */
function withoutPaths(world: World): World {
  const functions = world.config.functions.map((manifest) => ({ ...manifest, module: '' }));
  return { ...world, config: { ...world.config, functions } };
}
